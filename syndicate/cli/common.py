"""What the commands share: which site, a way to its service, tables and progress."""

from __future__ import annotations

import getpass
import json
import os
from contextlib import contextmanager
from datetime import datetime
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
    help="Of which rhythm.",
    shell_complete=completing.cadences,
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")

why_option = click.option("--why", default="", metavar="TEXT", help="Written down with it.")


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
        table.add_row(*(Text(str(cell)) for cell in row))
    # A console as wide as the table: rich folds or cuts what is wider than its console.
    natural = console.measure(table, options=console.options.update(width=_WIDEST)).maximum
    _Console(highlight=False, emoji=False, width=max(natural, console.width)).print(table)


def print_rows(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, as_json: bool, title: str = ""
) -> None:
    """Rows as a table for people, or as a list of objects for other programs."""
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(title, columns, rows)


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
