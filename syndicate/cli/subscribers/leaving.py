"""`syndicate subscribers unsubscribe|suppress|lift|forget`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from syndicate.cli import completing
from syndicate.cli.common import (
    json_option,
    operator,
    service,
    site_option,
    tell,
    why_option,
)
from syndicate.cli.subscribers.common import Chosen, act, agreed, choosing, for_each
from syndicate.subscribers import changes
from syndicate.subscribers.address import lookup_key
from syndicate.subscribers.model import Reason, Suppression
from syndicate.subscribers.suppressions import parse_entry

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App
    from syndicate.subscribers.model import Digest, Subscriber

who_argument = click.argument("address", required=False, metavar="[WHO]")


@click.command()
@who_argument
@click.option(
    "--category",
    "-c",
    help="Only this category; otherwise all.",
    shell_complete=completing.categories,
)
@click.option(
    "--cadence", help="Only this cadence; otherwise all.", shell_complete=completing.cadences
)
@choosing
@why_option
@site_option
def unsubscribe(
    address: str | None,
    category: str | None,
    cadence: str | None,
    why: str,
    folder: Path,
    **chosen: Unpack[Chosen],
) -> None:
    """Have readers leave their digests, as if they had clicked.

    WHO is an address or an id; otherwise it is those of --where.

    \b
      syndicate subscribers unsubscribe reader@example.net
      syndicate subscribers unsubscribe --where domain=old.example --dry-run
      syndicate subscribers unsubscribe -c tech --where category=tech
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        wanted = app.categories.require(category).name if category else ""
        rhythm = app.settings.cadence(cadence).name if cadence else ""

        def leave(one: Subscriber) -> bool:
            now = app.clock()

            def change(him: Subscriber) -> Subscriber:
                return changes.leave(him, _meant(him, wanted, rhythm), now)

            before, after = app.subscribers.alter(one.id, change, now, act(why))
            return before != after

        what = " ".join(filter(None, ["unsubscribed from", rhythm or "all", wanted]))
        for_each(app, what, leave, address, chosen, category=wanted, cadence=rhythm)


def _meant(one: Subscriber, category: str, cadence: str) -> list[Digest]:
    return [
        digest
        for digest in one.subscriptions
        if category in ("", digest.category) and cadence in ("", digest.cadence)
    ]


@click.command()
@click.argument("entry", required=False, metavar="[ENTRY]")
@choosing
@why_option
@site_option
def suppress(entry: str | None, why: str, folder: Path, **chosen: Unpack[Chosen]) -> None:
    """Have nothing sent any more to an address or to a domain.

    ENTRY is an address, @DOMAIN, or @.DOMAIN for all domains below it as well;
    otherwise it is the addresses of those of --where.

    \b
      syndicate subscribers suppress reader@example.net --why "asked by phone"
      syndicate subscribers suppress @spamtrap.example
      syndicate subscribers suppress --where own:team=red --dry-run
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        if entry and not chosen["where"]:
            name, dry_run = parse_entry(entry), chosen["dry_run"]
            done = 0 if dry_run else _bar(app, name, why)
            line = f"{name}: suppressed; {done} subscribers get nothing more"
            facts = {"entry": name, "dry_run": dry_run, "done": done}
            said = f"{name} would be suppressed" if dry_run else line
            tell(said, facts, as_json=chosen["as_json"])
            return

        def bar_him(one: Subscriber) -> bool:
            return bool(_bar(app, lookup_key(one.address), why))

        for_each(app, "suppressed", bar_him, entry, chosen)


def _bar(app: App, entry: str, why: str) -> int:
    now = app.clock()
    reason = Suppression(Reason.OPERATOR, why or operator(), now)
    return app.suppressions.add(entry, reason, now, act(why))


@click.command()
@click.argument("entry", metavar="ENTRY")
@why_option
@json_option
@site_option
def lift(entry: str, why: str, as_json: bool, folder: Path) -> None:
    """Take ENTRY off the suppression list: an address, @DOMAIN or @.DOMAIN.

    Its readers get again what they are subscribed to.

    \b
      syndicate subscribers lift reader@example.net --why "the box works again"
    """  # noqa: D301 - click wants the character
    name = parse_entry(entry)
    with service(folder) as app:
        done = app.suppressions.lift(name, app.clock(), act(why))
    line = f"{name}: lifted; {done} subscribers get mail again"
    tell(line, {"entry": name, "done": done}, as_json=as_json)


@click.command()
@who_argument
@choosing
@why_option
@site_option
def forget(address: str | None, why: str, folder: Path, **chosen: Unpack[Chosen]) -> None:
    """Erase all that is kept of readers, for ever; no import brings them back.

    WHO is an address or an id; otherwise it is those of --where.

    \b
      syndicate subscribers forget reader@example.net --why "asked by mail"
      syndicate subscribers forget --where before=2024-01-01 --dry-run
    """  # noqa: D301 - click wants the character
    said = chosen["where"] or chosen["dry_run"] or chosen["yes"]
    if address and not said and not agreed(f"Erase all that is kept of {address}?"):
        raise click.Abort
    with service(folder) as app:

        def erase(one: Subscriber) -> bool:
            app.erasure.erase(one.id, act(why))
            return True

        for_each(app, "erased", erase, address, chosen)
