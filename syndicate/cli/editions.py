"""`syndicate editions`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from syndicate.cli import watching
from syndicate.cli.common import (
    console,
    operator,
    print_table,
    service,
    site_option,
    why_option,
)
from syndicate.delivery.model import MailingState
from syndicate.digests.model import Event
from syndicate.ticks import TICK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from syndicate.app import App
    from syndicate.delivery.model import Mailing
    from syndicate.digests.model import Edition

json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
edition_argument = click.argument("edition", type=click.IntRange(1))


@click.group()
def editions() -> None:
    """What was cut, what became of it, and what is to become of it."""


@editions.command(name="list")
@click.option("--drafts", is_flag=True, help="Only those that wait for approval.")
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="At the most.",
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
        rows = [_row(app, edition) for edition in found]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    columns = ("edition", "category", "cadence", "number", "cut", "posts", "state", "sent")
    print_table("", columns, [[row[name] for name in columns] for row in rows])


def _row(app: App, edition: Edition) -> dict[str, object]:
    # Its own, and that of all in one that has it too.
    mailings = [app.ledger.get(number) for number in app.editions.mailings_of(edition.id)]
    own = mailings[0] if mailings else None
    return {
        "edition": edition.id,
        "category": edition.category,
        "cadence": edition.cadence,
        "number": edition.number,
        "cut": _shown(edition.cut_at, app.settings.site.zone),
        "posts": len(edition.posts),
        "state": own.state if own else edition.life,
        "sent": f"{own.sent} of {own.audience}" if own else "–",
        "waits": _waits(app, mailings),
        "all in one": ", ".join(f"mailing {m.id}: {m.state}" for m in mailings[1:]) or "–",
    }


def _waits(app: App, mailings: Sequence[Mailing]) -> str:
    """Until when nothing more of it is due: its readers' hour is to come, or its window."""
    under_way = [m.id for m in mailings if not m.state.ended]
    moments = [app.ledger.waits_until(number, app.clock()) for number in under_way]
    known = [moment for moment in moments if moment]
    if not known or len(known) < len(under_way):
        return "–"
    return f"until {_shown(min(known), app.settings.site.zone)}"


@editions.command()
@edition_argument
@click.option("--watch", "watched", is_flag=True, help="Until it has arrived; Ctrl-C leaves it be.")
@json_option
@site_option
def show(edition: int, watched: bool, as_json: bool, folder: Path) -> None:
    """Show an EDITION: its posts, how far it has come, and each step of its life, by whom.

    EDITION is its number in `syndicate editions list`, first column.

    \b
      syndicate editions show 12
      syndicate editions show 12 --watch
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        if watched:
            watching.watch(app, edition)
            return
        found = app.editions.get(edition)
        row, zone = _row(app, found), app.settings.site.zone
        history, posts = _history(app, edition), app.posts.get(found.posts)
    titles = [posts[number].title if number in posts else "(withdrawn)" for number in found.posts]
    if as_json:
        more = {"titles": titles, "history": [asdict(event) for event in history]}
        text = json.dumps(row | more, ensure_ascii=False, indent=1, default=datetime.isoformat)
        click.echo(text)
        return
    for name, value in row.items():
        console.print(f"{name:<10}{value}", markup=False)
    print_table("\nPosts", ("", "title"), enumerate(titles, 1))
    events = [(_shown(event.at, zone), event.step, event.by, event.why) for event in history]
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
@site_option
def approve(edition: int, folder: Path) -> None:
    """Let an EDITION go out that is a draft, or held. Running workers send it at once.

    \b
      syndicate editions approve 12
    """  # noqa: D301 - click wants the character
    _step(folder, edition, "approved", lambda app: app.desk.approve(edition, operator()))


@editions.command()
@edition_argument
@why_option
@site_option
def hold(edition: int, why: str, folder: Path) -> None:
    """Keep an EDITION back that isn't on its way yet, until somebody approves it.

    \b
      syndicate editions hold 12 --why "wait for the numbers"
    """  # noqa: D301 - click wants the character
    _step(folder, edition, "held", lambda app: app.desk.hold(edition, operator(), why))


@editions.command()
@edition_argument
@why_option
@site_option
def pause(edition: int, why: str, folder: Path) -> None:
    """Stop an EDITION that is on its way, within one message a connection.

    \b
      syndicate editions pause 12 --why "a wrong link"
    """  # noqa: D301 - click wants the character
    _step(folder, edition, "paused", lambda app: app.desk.pause(edition, operator(), why))


@editions.command()
@edition_argument
@site_option
def resume(edition: int, folder: Path) -> None:
    """Have a paused EDITION go on where it stopped; nobody gets it twice.

    \b
      syndicate editions resume 12
    """  # noqa: D301 - click wants the character
    _step(folder, edition, "resumed", lambda app: app.desk.resume(edition, operator()))


@editions.command()
@edition_argument
@why_option
@site_option
def cancel(edition: int, why: str, folder: Path) -> None:
    """Have an EDITION go no further than it has. There is no way back.

    \b
      syndicate editions cancel 12 --why "sent by mistake"
    """  # noqa: D301 - click wants the character
    _step(folder, edition, "cancelled", lambda app: app.desk.cancel(edition, operator(), why))


def _step(folder: Path, edition: int, step: str, take: Callable[[App], object]) -> None:
    with service(folder) as app:
        take(app)
    console.print(f"Edition {edition} is {step}.")


def _shown(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
