"""The timetables as a file, for people who keep it in git."""

from __future__ import annotations

from pathlib import Path

import click

from syndicate.cli.common import (
    console,
    json_option,
    operator,
    print_json,
    service,
    site_option,
)
from syndicate.cli.schedule.common import difference
from syndicate.errors import SettingsError
from syndicate.schedules import written


@click.command()
@json_option
@site_option
def export(as_json: bool, folder: Path) -> None:
    """Print the timetables that people gave, as TOML, or with --json as JSON, for `apply`.

    \b
      syndicate schedule export > timetables.toml
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        tables = {scope: entry.timetable for scope, entry in app.desk.timetables.own().items()}
    click.echo(written.to_json(tables) if as_json else written.to_toml(tables))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@json_option
@site_option
def apply(file: Path, dry_run: bool, as_json: bool, folder: Path) -> None:
    """Have the timetables that people gave be those of FILE, TOML or .json, and no others.

    \b
      syndicate schedule apply timetables.toml --dry-run
    """  # noqa: D301 - click wants the character
    wanted = written.read(file.name, file.read_bytes())
    with service(folder) as app:
        faults = list(written.unknown(file.name, wanted, app.desk.timetables.require))
        if faults:
            raise SettingsError("\n".join(faults))
        act = app.desk.timetables
        steps = act.compare(wanted) if dry_run else act.apply(wanted, operator())
    if as_json:
        print_json({"dry_run": dry_run, "changes": [difference(step) for step in steps]})
        return
    for step in steps:
        console.print(f"{'would change ' if dry_run else ''}{step}", markup=False)
    if not steps:
        console.print("Nothing to change.")
