"""`syndicate subscribers show|find|list|stats`."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from syndicate.cli import completing
from syndicate.cli.common import (
    console,
    json_option,
    notes,
    print_json,
    print_table,
    service,
    site_option,
)
from syndicate.cli.subscribers.common import person, record, selected, where_option
from syndicate.errors import NotFoundError
from syndicate.subscribers.address import domain_of, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.subscribers.model import Subscriber

limit_option = click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="How many at the most.",
)


@click.command()
@click.argument("who", metavar="WHO")
@json_option
@site_option
def show(who: str, as_json: bool, folder: Path) -> None:
    """Show all that is kept of a reader, each change with the act it was made by.

    WHO is an address or an id.

    \b
      syndicate subscribers show reader@example.net
      syndicate subscribers show 17 --json
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        found = _record(app, who)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        if not isinstance(value, list):
            console.print(f"{name.replace('_', ' '):<14}{_cell(value)}", markup=False)
    for name in ("subscriptions", "consents"):
        for entry in found.get(name, ()):
            console.print(f"{name.removesuffix('s'):<14}{_cell(entry)}", markup=False)


def _record(app: App, who: str) -> dict[str, Any]:
    """What is kept of him, or, of an address that nobody has, why it is suppressed."""
    try:
        found = app.erasure.record_of(person(app, who))
    except NotFoundError:
        if who.isdecimal():
            raise
        address = parse_address(who)
        barred = app.suppressions.which([address]).get(address)
        if barred is None:
            raise
        return {"address": address, "status": "no subscriber", "suppression": barred.reason.value}
    for entry in found["consents"]:
        number, _, line = entry.get("how", {}).get("import", "").partition(":")
        if number:
            entry["imported"] = {**app.imports.facts(int(number)), "line": line}
    return found


@click.command()
@click.argument("text")
@limit_option
@json_option
@site_option
def find(text: str, limit: int, as_json: bool, folder: Path) -> None:
    """List the readers whose address or name has TEXT in it; of @DOMAIN all.

    \b
      syndicate subscribers find wanda
      syndicate subscribers find @mail.example
    """  # noqa: D301 - click wants the character
    wanted = text.casefold()
    with service(folder) as app:
        if wanted.startswith("@"):
            found = (one for one in app.subscribers.all() if f"@{domain_of(one.address)}" == wanted)
        else:
            found = (one for one in app.subscribers.all() if _has(one, wanted))
        _print(found, limit, as_json=as_json)


def _has(one: Subscriber, wanted: str) -> bool:
    return wanted in one.address.casefold() or wanted in one.name.casefold()


@click.command(name="list")
@where_option
@click.option(
    "--category",
    "-c",
    help="The same as --where category=…",
    shell_complete=completing.categories,
)
@limit_option
@json_option
@site_option
def list_(
    where: tuple[str, ...],
    category: str | None,
    limit: int,
    as_json: bool,
    folder: Path,
) -> None:
    """List readers with their subscriptions, the first to come first.

    \b
      syndicate subscribers list --where status=pending
      syndicate subscribers list -c tech --where cadence=daily --limit 1000 --json
    """  # noqa: D301 - click wants the character
    conditions = (*where, *((f"category={category}",) if category else ()))
    with service(folder) as app:
        _print(selected(app, conditions), limit, as_json=as_json)


@click.command()
@json_option
@site_option
def stats(as_json: bool, folder: Path) -> None:
    """Count people and subscriptions by how they stand. It takes no longer with a million.

    \b
      syndicate subscribers stats
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        counted = app.subscribers.audiences()
        entries = app.suppressions.count()
    if as_json:
        print_json({**asdict(counted), "suppressions": entries})
        return
    rows = [(s, n, counted.subscriptions.get(s, "–")) for s, n in counted.people.items()]
    print_table("", ("status", "people", "subscriptions"), rows)
    why = [f"{many} {reason}" for reason, many in counted.suppressed.items() if many]
    console.print(f"suppressed: {', '.join(why) or 'nobody'}", markup=False)
    console.print(f"{entries} entries on the suppression list")


def _print(found: Iterable[Subscriber], limit: int, *, as_json: bool) -> None:
    listed = list(islice(found, limit + 1))
    if as_json:
        print_json([record(one) for one in listed[:limit]])
    else:
        columns = ("id", "address", "name", "status", "subscriptions", "all in one")
        print_table("", columns, map(_row, listed[:limit]))
    if len(listed) > limit:
        notes.print(f"… and more; --limit {limit * 10} shows them")


def _row(one: Subscriber) -> tuple[object, ...]:
    subscriptions = ", ".join(f"{d.category} ({d.cadence}, {s})" for d, s in one.states.items())
    return (one.id, one.address, one.name, one.status, subscriptions, ", ".join(one.together))


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(each)}" for name, each in value.items() if each) or "–"
    if isinstance(value, list):
        return " ".join(map(_cell, value))
    return "–" if value in (None, "") else str(value)
