"""What the commands share: which site, a way to its service, tables and progress."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from syndicate.app import opened
from syndicate.cli import completing
from syndicate.settings import SITE_VARIABLE, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from syndicate.app import App
    from syndicate.posts.model import Problem


class _Console(Console):
    """Rich's, but that who reads us and goes away is no failure of ours."""

    def on_broken_pipe(self) -> None:
        """Leave it to whoever runs the command; rich would end it with exit code 1."""
        raise BrokenPipeError


#: Where results go; what is said beside them goes to `notes`, so that a pipe stays clean.
console = _Console(highlight=False, soft_wrap=True, emoji=False)
notes = _Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

#: Columns. Wider than any table of ours.
_WIDEST = 1000

site_option = click.option(
    "--site",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    envvar=SITE_VARIABLE,
    metavar="DIR",
    help="The site's folder, where syndicate.toml is.  [default: this folder]",
)

cadence_option = click.option(
    "--cadence",
    default="daily",
    show_default=True,
    help="Which rhythm, such as weekly.",
    shell_complete=completing.cadences,
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")

why_option = click.option(
    "--why", default="", metavar="TEXT", help="The reason; it is written down."
)


def operator() -> str:
    """Who gives this command, as an edition's history names him."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A user id without a name, as in a container.
        return f"user {os.getuid()}"


@contextmanager
def service(folder: Path) -> Iterator[App]:
    """The service of the site in `folder`; the embedded Redis is started if nobody has."""
    with opened(load(folder), may_start_redis=True) as app:
        yield app


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, where that is a terminal; yields what moves it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as shown:
        task = shown.add_task(what, total=None)

        def move(done: int, total: int) -> None:
            shown.update(task, completed=done, total=total)

        yield move


def cell(value: object) -> str:
    """A value as a person reads it, a dash for none; of a moment in UTC the seconds, too."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%SZ}" if value.tzinfo is UTC else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value)) or "–"
    return str(value)


def print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A table of plain cells; numbers stand to the right. No cell is folded: URLs stay whole."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None)
    listed = [list(row) for row in rows]
    for place, name in enumerate(columns):
        numbers = bool(listed) and all(isinstance(row[place], int) for row in listed)
        table.add_column(
            name, justify="right" if numbers else "left", no_wrap=True, header_style="dim"
        )
    for row in listed:
        # Text: what stands in brackets is no markup.
        table.add_row(*(Text(cell(value)) for value in row))
    # A console as wide as the table: rich folds or cuts what is wider than its console.
    natural = console.measure(table, options=console.options.update(width=_WIDEST)).maximum
    _Console(highlight=False, emoji=False, width=max(natural, console.width)).print(table)


def print_records(
    records: Sequence[Mapping[str, object]],
    *,
    as_json: bool,
    columns: Sequence[str] = (),
    title: str = "",
) -> None:
    """Records as a list for other programs, or for people as a table of these fields, or of all."""
    if as_json:
        print_json(records)
        return
    names = columns or list(records[0] if records else ())
    headings = [name.replace("_", " ") for name in names]
    print_table(title, headings, [[record[name] for name in names] for record in records])


def print_record(record: Mapping[str, object], *, as_json: bool) -> None:
    """One record: as an object for other programs, or for people a line a field."""
    if as_json:
        print_json(record)
        return
    width = max(map(len, record)) + 2
    for name, value in record.items():
        console.print(f"{name.replace('_', ' '):<{width}}{cell(value) or '–'}", markup=False)


def tell(line: str, facts: Mapping[str, object], *, as_json: bool) -> None:
    """Say what was done: in a line for people, as its facts in one object for other programs."""
    if as_json:
        print_json(facts)
    else:
        console.print(line, markup=False)


def print_json(value: object) -> None:
    """For other programs to read; times in ISO 8601."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=datetime.isoformat))


def print_problems(problems: Iterable[Problem], most: int = 20) -> None:
    """One line a problem on stderr; of many, the first."""
    listed = list(problems)
    for problem in listed[:most]:
        notes.print(str(problem), markup=False)
    if len(listed) > most:
        notes.print(f"… and {len(listed) - most} more; `syndicate posts check` lists all")
