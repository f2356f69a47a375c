"""The timetables that there are: seen, given and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from syndicate.cli.common import (
    cell,
    console,
    json_option,
    operator,
    print_json,
    print_record,
    print_records,
    print_table,
    service,
    site_option,
    tell,
)
from syndicate.cli.schedule.common import (
    cadence_argument,
    category_option,
    difference,
    record,
    scope_of,
)
from syndicate.schedules.scope import Scope
from syndicate.schedules.timetable import Timetable

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App


@click.command(name="list")
@json_option
@site_option
def list_(as_json: bool, folder: Path) -> None:
    """List the timetables, when each is due next, what waits, and which slots are held.

    \b
      syndicate schedule list
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        held = app.schedules.held()
        records = [record(app, scope, held) for scope in _scopes(app)]
        pauses = app.desk.pauses.all()
    if as_json:
        paused = [{**p.scope._asdict(), "by": p.by, "at": p.at, "why": p.why} for p in pauses]
        print_json({"timetables": records, "paused": paused})
        return
    columns = ("cadence", "cron", "next", "category", "posts_waiting", "in_categories", "held")
    print_records([_in_words(each) for each in records], columns=columns, as_json=False)
    for pause in pauses:
        console.print(str(pause), markup=False)


def _scopes(app: App) -> list[Scope]:
    scopes = [Scope(cadence.name) for cadence in app.settings.cadences]
    known = {scope.cadence for scope in scopes}
    return scopes + [s for s in app.desk.timetables.own() if s.category and s.cadence in known]


def _in_words(found: dict[str, Any]) -> dict[str, object]:
    return found | {
        "category": found["category"] or None,
        "next": f"{cell(found['next'])} {found['zone']}",
    }


@click.command()
@cadence_argument
@category_option
@json_option
@site_option
def show(cadence: str, category: str, as_json: bool, folder: Path) -> None:
    """Show the timetable of a CADENCE: who gave it, its exceptions, and what was changed.

    \b
      syndicate schedule show daily
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        scope = scope_of(app, cadence, category)
        found = record(app, scope, app.schedules.held())
        entry = app.schedules.entries([scope]).get(scope)
        found |= {"given_by": entry.by if entry else "its cadence" if category else "settings"}
        found |= {"skips": app.schedules.skips().get(scope)}
        changes = [change for change in app.schedules.log() if scope.covers(change.scope)]
    if as_json:
        said = [{"at": c.at, "by": c.by, **c.scope._asdict(), "what": c.what} for c in changes]
        print_json(found | {"changes": said})
        return
    print_record(_in_words(found), as_json=False)
    rows = [(c.at, c.by, c.scope.named, c.what) for c in changes]
    print_table("\nChanges", ("when", "by", "of", "what"), rows)


@click.command(name="set")
@cadence_argument
@category_option
@click.option("--cron", metavar="CRON", help='Five fields, such as "0 8 * * 1-5".')
@click.option("--zone", metavar="ZONE", help="IANA name, such as Asia/Shanghai.")
@click.option(
    "--grace",
    type=float,
    metavar="HOURS",
    help="A slot that was missed for longer is held until a person decides.",
)
@json_option
@site_option
def set_(folder: Path, cadence: str, category: str, as_json: bool, **said: object) -> None:
    """Have a CADENCE go by another timetable than the settings say; what is left out stays.

    \b
      syndicate schedule set daily --cron "0 7 * * 1-5"
    """  # noqa: D301 - click wants the character
    given = {name: value for name, value in said.items() if value is not None}
    if not given:
        raise click.UsageError("say what is to be another: --cron, --zone or --grace")
    with service(folder) as app:
        scope = scope_of(app, cadence, category)
        now = app.desk.timetables.of(*scope)
        is_now = {"cron": now.cron, "zone": now.zone, "grace": now.grace}
        step = app.desk.timetables.set(scope, Timetable.checked(is_now | given), operator())
        facts = record(app, scope, app.schedules.held()) | {"changed": step is not None}
    tell(str(step) if step else f"{scope.named}: as it was", facts, as_json=as_json)


@click.command()
@cadence_argument
@category_option
@json_option
@site_option
def remove(cadence: str, category: str, as_json: bool, folder: Path) -> None:
    """Have a CADENCE go by the settings again, or a --category by its cadence.

    \b
      syndicate schedule remove daily
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        # Of a cadence that the settings have no more, too.
        step = app.desk.timetables.remove(Scope(cadence, category), operator())
    tell(str(step), difference(step), as_json=as_json)
