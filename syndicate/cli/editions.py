"""`syndicate editions`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from syndicate.cli import watching
from syndicate.cli.common import (
    json_option,
    operator,
    print_json,
    print_record,
    print_table,
    service,
    site_option,
    tell,
    why_option,
)
from syndicate.cli.group import Group
from syndicate.cli.workers import hurry
from syndicate.delivery.model import MailingState
from syndicate.desk.ticks import TICK
from syndicate.digests.model import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from syndicate.app import App
    from syndicate.delivery.model import Mailing
    from syndicate.desk.desk import Desk
    from syndicate.digests.model import Edition

edition_argument = click.argument("edition", type=click.IntRange(1))


@click.group(cls=Group)
def editions() -> None:
    """The editions that were cut: what became of them, and what is to."""


@editions.command(name="list")
@click.option("--drafts", is_flag=True, help="Only those that wait for approval.")
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="How many at the most.",
)
@json_option
@site_option
def list_(drafts: bool, limit: int, as_json: bool, folder: Path) -> None:
    """List the editions, the last one cut first.

    \b
      syndicate editions list
      syndicate editions list --drafts
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        if drafts:
            found = [app.editions.get(number) for number in app.editions.drafts()[-limit:]]
        else:
            found = app.editions.latest(limit)
        records = [record(app, edition) for edition in found]
    if as_json:
        print_json(records)
        return
    columns = ("edition", "category", "cadence", "number", "cut", "posts", "state", "sent")
    rows = [_in_words(each) for each in records]
    print_table("", columns, [[row[name] for name in columns] for row in rows])


def record(app: App, edition: Edition) -> dict[str, Any]:
    """An edition, and how far it has come."""
    # Its own, and that of all in one that has it too.
    mailings = [app.ledger.get(number) for number in app.editions.mailings_of(edition.id)]
    own = mailings[0] if mailings else None
    return {
        "edition": edition.id,
        "category": edition.category,
        "cadence": edition.cadence,
        "number": edition.number,
        "cut": edition.cut_at.astimezone(app.settings.site.zone),
        "posts": len(edition.posts),
        "state": own.state if own else edition.life,
        "mailing": own.id if own else None,
        "audience": own.audience if own else None,
        "sent": own.sent if own else None,
        "waits_until": _waits_until(app, mailings),
        "all_in_one": [{"mailing": m.id, "state": m.state} for m in mailings[1:]],
    }


def _waits_until(app: App, mailings: Sequence[Mailing]) -> datetime | None:
    """Until when nothing more of it is due: its readers' hour is to come, or its window."""
    under_way = [m.id for m in mailings if not m.state.ended]
    moments = [app.ledger.waits_until(number, app.clock()) for number in under_way]
    known = [moment for moment in moments if moment]
    if not known or len(known) < len(under_way):
        return None
    return min(known).astimezone(app.settings.site.zone)


def _in_words(found: dict[str, Any]) -> dict[str, Any]:
    """The same for people: what belongs together in one place."""
    joined = [f"mailing {each['mailing']}: {each['state']}" for each in found["all_in_one"]]
    sent = None if found["mailing"] is None else f"{found['sent']} of {found['audience']}"
    said = {"sent": sent, "all_in_one": joined}
    return {name: value for name, value in (found | said).items() if name != "audience"}


@editions.command()
@edition_argument
@click.option(
    "--watch",
    "watched",
    is_flag=True,
    help="Look on until it has arrived; Ctrl-C stops only that.",
)
@json_option
@site_option
def show(edition: int, watched: bool, as_json: bool, folder: Path) -> None:
    """Show an EDITION: its posts, how far it has come, and each step of its life, by whom.

    EDITION is its number in `syndicate editions list`, first column.

    \b
      syndicate editions show 12
      syndicate editions show 12 --watch
    """  # noqa: D301 - click wants the character
    if watched and as_json:
        raise click.UsageError("--watch is for people; without it, --json says how it stands now")
    with service(folder) as app:
        if watched:
            watching.watch(app, edition)
            return
        found = app.editions.get(edition)
        stands, zone = record(app, found), app.settings.site.zone
        history, posts = _history(app, edition), app.posts.get(found.posts)
    titles = [posts[number].title if number in posts else "(withdrawn)" for number in found.posts]
    if as_json:
        print_json(stands | {"titles": titles, "history": [asdict(event) for event in history]})
        return
    print_record(_in_words(stands), as_json=False)
    print_table("\nPosts", ("", "title"), enumerate(titles, 1))
    events = [(event.at.astimezone(zone), event.step, event.by, event.why) for event in history]
    print_table("\nHistory", ("when", "step", "by", "why"), events)


def _history(app: App, edition: int) -> list[Event]:
    """Every step of an edition's life; those of its mailing are the ledger's."""
    events = app.editions.history(edition)
    number = app.editions.mailing_of(edition)
    if number:
        mailing = app.ledger.get(number)
        events.append(Event(mailing.ordered_at, "ordered", TICK))
        if mailing.state is MailingState.SENT and mailing.ended_at:
            events.append(Event(mailing.ended_at, "sent", TICK))
    return sorted(events, key=lambda event: event.at)


@editions.command()
@edition_argument
@json_option
@site_option
def approve(edition: int, as_json: bool, folder: Path) -> None:
    """Let an EDITION go out that is a draft, or held. Running workers send it at once.

    EDITION is its number in `syndicate editions list`, first column.

    \b
      syndicate editions approve 12
    """  # noqa: D301 - click wants the character
    with _step(folder, edition, "approved", as_json=as_json) as desk:
        desk.approve(edition, operator())


@editions.command()
@edition_argument
@why_option
@json_option
@site_option
def hold(edition: int, why: str, as_json: bool, folder: Path) -> None:
    """Keep an EDITION back that isn't on its way yet, until somebody approves it.

    EDITION is its number in `syndicate editions list`, first column.

    \b
      syndicate editions hold 12 --why "wait for the numbers"
    """  # noqa: D301 - click wants the character
    with _step(folder, edition, "held", as_json=as_json) as desk:
        desk.hold(edition, operator(), why)


@editions.command()
@edition_argument
@why_option
@json_option
@site_option
def pause(edition: int, why: str, as_json: bool, folder: Path) -> None:
    """Stop an EDITION that is on its way, within one message a connection.

    EDITION is its number in `syndicate editions list`, first column.

    \b
      syndicate editions pause 12 --why "a wrong link"
    """  # noqa: D301 - click wants the character
    with _step(folder, edition, "paused", as_json=as_json) as desk:
        desk.pause(edition, operator(), why)


@editions.command()
@edition_argument
@json_option
@site_option
def resume(edition: int, as_json: bool, folder: Path) -> None:
    """Have a paused EDITION go on where it stopped; nobody gets it twice.

    EDITION is its number in `syndicate editions list`, first column.

    \b
      syndicate editions resume 12
    """  # noqa: D301 - click wants the character
    with _step(folder, edition, "resumed", as_json=as_json) as desk:
        desk.resume(edition, operator())


@editions.command()
@edition_argument
@why_option
@json_option
@site_option
def cancel(edition: int, why: str, as_json: bool, folder: Path) -> None:
    """Have an EDITION go no further than it has. There is no way back.

    EDITION is its number in `syndicate editions list`, first column.

    \b
      syndicate editions cancel 12 --why "sent by mistake"
    """  # noqa: D301 - click wants the character
    with _step(folder, edition, "cancelled", as_json=as_json) as desk:
        desk.cancel(edition, operator(), why)


@contextmanager
def _step(folder: Path, edition: int, step: str, *, as_json: bool) -> Iterator[Desk]:
    """Have the desk take a step of an edition's life, and tell how it stands then."""
    with service(folder) as app:
        yield app.desk
        stands = record(app, app.editions.get(edition))
        hurry(app.settings)
    tell(f"Edition {edition} is {step}.", stands, as_json=as_json)
