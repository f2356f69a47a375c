"""What the commands on subscribers share: whom they are about, and how a change is written down."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from syndicate.cli.common import (
    bar,
    console,
    json_option,
    notes,
    operator,
    print_json,
    print_table,
)
from syndicate.errors import NotFoundError, SettingsError
from syndicate.settings.checks import one_line
from syndicate.subscribers import filters
from syndicate.subscribers.address import parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syndicate.app import App
    from syndicate.subscribers.model import Subscriber

_Command = TypeVar("_Command", bound="Callable[..., Any] | click.Command")

#: Subscribers that are shown before something is done to many.
_SHOWN = 10
#: Changes between two moves of a progress bar.
_MOVE = 50

where_option = click.option(
    "--where",
    multiple=True,
    metavar="NAME=VALUE",
    help="Those of whom this holds: category=tech, cadence=daily, status=active, "
    "domain=mail.example, language=de, own:city=Bonn, before=2026-01-31, after=2026-01-01.  May be "
    "given often: of one name any value will do, of several names each must hold.",
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say how many it is about, show the first, change nothing."
)
yes_option = click.option("--yes", "-y", is_flag=True, help="Don't ask.")


class Chosen(TypedDict):
    """Of whom something is meant, and how it is gone about: what the options of `choosing` say."""

    where: tuple[str, ...]
    dry_run: bool
    yes: bool
    as_json: bool


def choosing(command: _Command) -> _Command:
    """Give a command the options of `Chosen`."""
    for option in (json_option, yes_option, dry_run_option, where_option):
        command = option(command)
    return command


def act(why: str) -> dict[str, str]:
    """How a change by hand is written down."""
    how = {"method": "operator", "where": "command line", "by": operator()}
    return {**how, "why": why} if why else how


def one_line_of(value: str) -> str:
    """A name or a field that may stand in a header.

    Raises:
        click.BadParameter: it may not.
    """
    try:
        return one_line(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} {error}") from error


def person(app: App, text: str) -> Subscriber:
    """Who has that address, or that id.

    Raises:
        AddressError: it is neither.
        NotFoundError: there is nobody.
    """
    if not text.isdecimal():
        return app.subscribers.find(parse_address(text))
    found = app.subscribers.get([int(text)])
    if not found:
        raise NotFoundError(f"no subscriber with id {text}")
    return found[0]


def selected(app: App, where: tuple[str, ...]) -> Iterator[Subscriber]:
    """Those of whom the conditions hold, all if there are none, in the order of their ids."""
    wanted = filters.parse(where)
    return (one for one in app.subscribers.all() if wanted.matches(one))


def record(one: Subscriber) -> dict[str, object]:
    """The most important of a subscriber, under the names that `subscribers show` has."""
    return {
        "id": one.id,
        "address": one.address,
        "name": one.name,
        "status": one.status,
        "subscriptions": [{**digest._asdict(), "state": s} for digest, s in one.states.items()],
        "together": dict(one.together),
    }


def for_each(
    app: App,
    what: str,
    do: Callable[[Subscriber], bool],
    address: str | None,
    chosen: Chosen,
    **facts: object,
) -> None:
    """Do something to one, or to all of whom the conditions hold, after showing who they are.

    `do` says whether it changed anything; `facts` are what JSON says of it besides.

    Raises:
        SettingsError: it isn't clear to whom, or nobody is there to be asked.
    """
    where, dry_run, as_json = chosen["where"], chosen["dry_run"], chosen["as_json"]
    if bool(address) == bool(where):
        raise SettingsError("name either an ADDRESS or, with --where, of whom it is meant")
    found = [person(app, address)] if address else None
    ids = [one.id for one in found or selected(app, where)]
    first = app.subscribers.get(ids[:_SHOWN])
    if (dry_run or where) and not as_json:
        _show(what, len(ids), first)
    question = f"{len(ids)} subscribers: {what}. Go on?"
    may = not dry_run and ids and (not where or chosen["yes"] or agreed(question))
    done = _do(app, what, ids, where, do) if may else 0
    if as_json:
        print_json({**facts, "dry_run": dry_run, "found": len(ids), "done": done, "ids": ids})
    elif may:
        shown = first[0].address if address else f"{done} of {len(ids)} subscribers"
        console.print(f"{shown}: {what}{'' if done else ', as before'}", markup=False)


def _do(
    app: App,
    what: str,
    ids: Sequence[int],
    where: tuple[str, ...],
    do: Callable[[Subscriber], bool],
) -> int:
    """How many it changed."""
    done, wanted = 0, filters.parse(where)
    with bar(what) as move:
        for place, number in enumerate(ids, 1):
            # Erased since, or no more of whom the conditions hold.
            with suppress(NotFoundError):
                done += any(do(one) for one in app.subscribers.get([number]) if wanted.matches(one))
            if not place % _MOVE:
                move(place, len(ids))
    return done


def _show(what: str, many: int, first: list[Subscriber]) -> None:
    rows = [
        (one.id, one.address, one.status, ", ".join(map(str, one.subscriptions))) for one in first
    ]
    if rows:
        print_table("", ("id", "address", "status", "subscriptions"), rows)
    more = f" These are the first {len(rows)}." if many > len(rows) else ""
    console.print(f"{many} subscribers would be: {what}.{more}", markup=False)


def agreed(question: str) -> bool:
    """Whether a person says yes.

    Raises:
        SettingsError: nobody is there to be asked.
    """
    if not sys.stdin.isatty():
        raise SettingsError("nobody is there to be asked; say --yes, or look with --dry-run first")
    notes.print()
    return click.confirm(question, err=True)
