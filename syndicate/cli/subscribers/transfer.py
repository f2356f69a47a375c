"""`syndicate subscribers import|export`."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syndicate.cli.common import (
    bar,
    json_option,
    notes,
    operator,
    print_json,
    print_table,
    service,
    site_option,
    tell,
)
from syndicate.cli.subscribers.common import dry_run_option, selected, where_option, yes_option
from syndicate.errors import ImportFileError
from syndicate.people.imports import Wishes
from syndicate.running.signals import until_signal
from syndicate.subscribers import exporting
from syndicate.subscribers.importing.decide import Outcome
from syndicate.subscribers.importing.formats import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicate.people.imports import Plan, Report

#: What a shell has of a command that Ctrl-C ended.
_INTERRUPTED = 130
#: Objects that are made before Python looks for cycles among them.
_OBJECTS = 50_000
#: Columns of a cell that is shown before an import.
_WIDTH = 28


def _pairs(
    context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """What stands before the last equals sign, and behind it."""
    del context
    found = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        if not equals or not name or not value:
            raise click.BadParameter(f"{text!r} is no {option.metavar}")
        found[name.strip()] = value.strip()
    return found


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--category", "-c", "categories", multiple=True, help="For rows that say none.")
@click.option(
    "--cadence",
    "cadences",
    multiple=True,
    default=("daily",),
    show_default=True,
    help="The rhythm of what they get.  May be given often.",
)
@click.option(
    "--map-list",
    "lists",
    multiple=True,
    callback=_pairs,
    metavar="NAME=CATEGORY",
    help="What a list or a tag of the file is here.  May be given often.",
)
@click.option(
    "--map",
    "columns",
    multiple=True,
    callback=_pairs,
    metavar="COLUMN=FIELD",
    help=f"What a column says: {', '.join(list(Field)[:16])}, own:NAME, or - for nothing.",
)
@click.option(
    "--consent", default="", metavar="TEXT", help="Where those agreed whose row doesn't say it."
)
@click.option(
    "--confirm", is_flag=True, help="Ask the unconfirmed by letter; else they are skipped."
)
@click.option(
    "--per-hour",
    default=200,
    show_default=True,
    type=click.IntRange(1),
    help="How many such letters go out an hour.",
)
@click.option("--encoding", default="", help="Such as cp1252; otherwise it is found out.")
@dry_run_option
@yes_option
@json_option
@site_option
def import_(  # noqa: PLR0913, PLR0917 - click hands each option over by itself
    file: Path,
    categories: tuple[str, ...],
    cadences: tuple[str, ...],
    lists: dict[str, str],
    columns: dict[str, str],
    consent: str,
    confirm: bool,
    per_hour: int,
    encoding: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    folder: Path,
) -> None:
    """Take in the readers of FILE: a CSV export of syndicate, listmonk, Mailchimp, Ghost,
    Buttondown or Substack, or any whose columns --map explains.

    Who left, bounced or complained there gets nothing here, and who left here stays so. An import
    that was stopped goes on with the same command, and one that is repeated changes nothing. Rows
    that can't be taken are in FILE.rejected.csv, each with its line and the reason.

    \b
      syndicate subscribers import members.csv -c tech --dry-run
      syndicate subscribers import audience.csv --map-list VIP=tech
      syndicate subscribers import list.csv -c tech --map Ort=own:city \\
        --consent "paper form at our stand, May 2026"

    Exit code 1 if rows were rejected.
    """  # noqa: D205, D301 - click wants the character, and wraps the first sentence
    wishes = Wishes(
        categories=categories,
        cadences=cadences,
        columns=columns,
        lists=lists,
        consent=consent,
        letters=per_hour if confirm else 0,
        encoding=encoding,
    )
    with service(folder) as app:
        plan = app.imports.look(file, wishes)
        _show(plan)
        if not (yes or dry_run) and sys.stdin.isatty():
            click.confirm("Import it so?", abort=True, err=True)
        with _collecting_seldom(), bar("Importing") as move:
            if dry_run:
                report = app.imports.rehearse(plan, move)
            else:
                report = _run(partial(app.imports.run, plan, operator()), move)
    _print(report, dry_run=dry_run, as_json=as_json)
    if report.counts[Outcome.REJECTED]:
        sys.exit(1)


def _run(
    run: Callable[[Callable[[int, int], None]], Report], move: Callable[[int, int], None]
) -> Report:
    """Ctrl-C ends it between two batches: in the midst of one it could come anywhere."""
    with until_signal() as stop:

        def step(done: int, total: int) -> None:
            move(done, total)
            if stop.wait(0):
                notes.print("Stopped; the same command goes on from here.")
                sys.exit(_INTERRUPTED)

        return run(step)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """A batch makes thousands of objects and drops them: looking for cycles costs a tenth."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _show(plan: Plan) -> None:
    """What each column is taken for, with the first rows."""
    shape = plan.shape
    notes.print(
        f"{plan.path.name}: {plan.columns.format.name}, {shape.lines} lines, {shape.encoding}, "
        f"delimiter {shape.delimiter!r}",
        markup=False,
    )
    for place, (column, said) in enumerate(zip(shape.header, plan.columns.says, strict=True)):
        cells = [row.cells[place] if place < len(row.cells) else "" for row in plan.first]
        shown = " · ".join(" ".join(cell.split())[:_WIDTH] for cell in cells)
        meaning = "not read" if said == Field.NOTHING else said
        notes.print(f"  {column[:_WIDTH]:<{_WIDTH}} {meaning:<14} {shown}", markup=False)


def _print(report: Report, *, dry_run: bool, as_json: bool) -> None:
    rows = [
        (outcome.value, report.counts[outcome]) for outcome in Outcome if report.counts[outcome]
    ]
    if report.resumed_at:
        notes.print(f"Went on after row {report.resumed_at}.")
    if as_json:
        where = str(report.rejected) if report.rejected else None
        print_json({"counts": dict(rows), "rejected": where, "dry_run": dry_run})
        return
    print_table("", ("would be" if dry_run else "rows", "how many"), rows)
    for outcome, lines in report.examples.items():
        if dry_run or outcome is Outcome.REJECTED:
            for line in lines:
                notes.print(f"  {outcome}: {line}", markup=False)
    if report.rejected:
        notes.print(f"Rejected rows are in {report.rejected}", markup=False)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@where_option
@click.option("--json", "as_json", is_flag=True, help="A line of JSON each instead of CSV.")
@site_option
def export(file: Path | None, where: tuple[str, ...], as_json: bool, folder: Path) -> None:
    """Write readers as CSV into FILE, or to standard output: what `import` takes.

    Cells that a spreadsheet would take for a formula have an apostrophe before them, which `import`
    takes away. It is no backup of Redis: links in mails that went out name readers by number.

    \b
      syndicate subscribers export readers.csv
      syndicate subscribers export --where category=tech --json
    """  # noqa: D301 - click wants the character
    write = exporting.write_json if as_json else exporting.write_csv
    with service(folder) as app:
        source = partial(selected, app, where)
        if file is None:
            write(source, sys.stdout)
            return
        # A half-written file is no export.
        half = file.with_name(f".{file.name}.part")
        try:
            with half.open("w", encoding="utf-8", newline="") as out:
                done = write(source, out)
            half.replace(file)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise ImportFileError(f"can't write {file}: {error.strerror}") from error
    facts = {"file": str(file), "readers": done}
    tell(f"{done} readers are in {file}", facts, as_json=as_json)
