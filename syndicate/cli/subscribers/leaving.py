"""`syndicate subscribers unsubscribe|suppress|lift|forget`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli.common import console, operator, service, site_option, why_option
from syndicate.cli.subscribers.common import (
    act,
    dry_run_option,
    for_each,
    where_option,
    yes_option,
)
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
@click.option("--category", "-c", help="Only this category; otherwise all.")
@click.option("--cadence", help="Only this cadence; otherwise all.")
@where_option
@dry_run_option
@yes_option
@why_option
@site_option
def unsubscribe(  # noqa: PLR0913, PLR0917 - click hands each option over by itself
    address: str | None,
    category: str | None,
    cadence: str | None,
    where: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    why: str,
    folder: Path,
) -> None:
    """Have readers leave their digests, as if they had clicked.

    WHO is an address or an id; otherwise it is those of --where.

    \b
      syndicate subscribers unsubscribe reader@example.net
      syndicate subscribers unsubscribe --where domain=old.example --dry-run
      syndicate subscribers unsubscribe -c tech --where category=tech
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        wanted = category and app.categories.require(category).name
        rhythm = cadence and app.settings.cadence(cadence).name

        def leave(one: Subscriber) -> bool:
            now = app.clock()

            def change(him: Subscriber) -> Subscriber:
                return changes.leave(him, _meant(him, wanted, rhythm), now)

            before, after = app.subscribers.alter(one.id, change, now, act(why))
            return before != after

        what = " ".join(filter(None, ["unsubscribed from", rhythm or "all", wanted]))
        for_each(app, what, address, where, leave, dry_run=dry_run, yes=yes)


def _meant(one: Subscriber, category: str | None, cadence: str | None) -> list[Digest]:
    return [
        digest
        for digest in one.subscriptions
        if category in (None, digest.category) and cadence in (None, digest.cadence)
    ]


@click.command()
@click.argument("entry", required=False, metavar="[ENTRY]")
@where_option
@dry_run_option
@yes_option
@why_option
@site_option
def suppress(
    entry: str | None,
    where: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    why: str,
    folder: Path,
) -> None:
    """Have nothing sent any more to an address or to a domain.

    ENTRY is an address, @DOMAIN, or @.DOMAIN for all domains below it as well;
    otherwise it is the addresses of those of --where.

    \b
      syndicate subscribers suppress reader@example.net --why "asked by phone"
      syndicate subscribers suppress @spamtrap.example
      syndicate subscribers suppress --where own:team=red --dry-run
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        if entry and not where:
            name = parse_entry(entry)
            if dry_run:
                console.print(f"{name} would be suppressed", markup=False)
                return
            done = _bar(app, name, why)
            console.print(f"{name}: suppressed; {done} subscribers get nothing more", markup=False)
            return

        def bar_him(one: Subscriber) -> bool:
            return bool(_bar(app, lookup_key(one.address), why))

        for_each(app, "suppressed", entry, where, bar_him, dry_run=dry_run, yes=yes)


def _bar(app: App, entry: str, why: str) -> int:
    now = app.clock()
    reason = Suppression(Reason.OPERATOR, why or operator(), now)
    return app.suppressions.add(entry, reason, now, act(why))


@click.command()
@click.argument("entry", metavar="ENTRY")
@why_option
@site_option
def lift(entry: str, why: str, folder: Path) -> None:
    """Take ENTRY off the suppression list: an address, @DOMAIN or @.DOMAIN.

    Its readers get again what they are subscribed to.

    \b
      syndicate subscribers lift reader@example.net --why "the box works again"
    """  # noqa: D301 - click wants the character
    name = parse_entry(entry)
    with service(folder) as app:
        done = app.suppressions.lift(name, app.clock(), act(why))
    console.print(f"{name}: lifted; {done} subscribers get mail again", markup=False)


@click.command()
@who_argument
@where_option
@dry_run_option
@yes_option
@why_option
@site_option
def forget(
    address: str | None,
    where: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    why: str,
    folder: Path,
) -> None:
    """Erase all that is kept of readers, for ever; no import brings them back.

    WHO is an address or an id; otherwise it is those of --where.

    \b
      syndicate subscribers forget reader@example.net --why "asked by mail"
      syndicate subscribers forget --where before=2024-01-01 --dry-run
    """  # noqa: D301 - click wants the character
    if address and not where and not (dry_run or yes):
        click.confirm(f"Erase all that is kept of {address}?", abort=True, err=True)
    with service(folder) as app:

        def erase(one: Subscriber) -> bool:
            app.erasure.erase(one.id, act(why))
            return True

        for_each(app, "erased", address, where, erase, dry_run=dry_run, yes=yes)
