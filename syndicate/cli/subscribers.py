"""`syndicate subscribers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli.common import console, print_table, service, site_option
from syndicate.errors import NotFoundError
from syndicate.settings.words import is_name
from syndicate.subscribers.model import Digest, Status, parse_address

if TYPE_CHECKING:
    from pathlib import Path

_CONSENT = {"method": "operator", "where": "command line"}

categories_option = click.option(
    "--category", "-c", "categories", multiple=True, required=True, help="May be given often."
)
cadence_option = click.option("--cadence", default="daily", show_default=True)


@click.group()
def subscribers() -> None:
    """Who gets the digests."""


@subscribers.command()
@click.argument("address")
@categories_option
@cadence_option
@click.option("--name", help="What a greeting calls the reader.")
@click.option(
    "--field",
    "fields",
    type=(str, str),
    multiple=True,
    metavar="FIELD VALUE",
    help="What another merge field says.  May be given often.",
)
@site_option
def add(
    address: str,
    categories: tuple[str, ...],
    cadence: str,
    name: str | None,
    fields: tuple[tuple[str, str], ...],
    folder: Path,
) -> None:
    """Note that ADDRESS asked for digests. Nothing is mailed to it until it is confirmed.

    \b
      syndicate subscribers add reader@example.net -c techweb -c hongguan
    """  # noqa: D301 - click wants the character
    recipient = parse_address(address)
    known = dict(fields) if name is None else {**dict(fields), "name": name}
    for field in known:
        if not is_name(field):
            raise click.BadParameter(f"{field!r} is no name of a field, such as 'city'")
    with service(folder) as app:
        app.settings.cadence(cadence)
        digests = [Digest(cadence, app.categories.require(name).name) for name in categories]
        subscriber = app.subscribers.add(recipient, app.clock())
        app.subscribers.change(subscriber, digests, Status.PENDING, app.clock(), _CONSENT)
        app.subscribers.describe(subscriber, known)
    console.print(
        f"{recipient} is noted; once the reader has agreed: syndicate subscribers confirm "
        f"{recipient}",
        markup=False,
    )


@subscribers.command()
@click.argument("address")
@site_option
def confirm(address: str, folder: Path) -> None:
    """Record that ADDRESS has agreed to all that it asked for."""
    with service(folder) as app:
        subscriber = app.subscribers.find(parse_address(address))
        asked = [
            digest for digest, state in subscriber.subscriptions.items() if state is Status.PENDING
        ]
        if not asked and subscriber.status is not Status.ACTIVE:
            raise NotFoundError(
                f"{subscriber.address} has asked for nothing; `syndicate subscribers add` first"
            )
        done = app.subscribers.change(subscriber.id, asked, Status.ACTIVE, app.clock(), _CONSENT)
    console.print(f"{subscriber.address}: {done} subscriptions confirmed", markup=False)


@subscribers.command()
@click.argument("address")
@cadence_option
@click.option("--on/--off", default=True, show_default=True, help="In one mail, or in one each.")
@click.option(
    "--first", multiple=True, metavar="CATEGORY", help="Comes first in it.  May be given often."
)
@site_option
def together(address: str, cadence: str, on: bool, first: tuple[str, ...], folder: Path) -> None:
    """Have ADDRESS get all its categories of a cadence in one mail.

    \b
      syndicate subscribers together me@example.net --cadence weekly --first tech
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        app.settings.cadence(cadence)
        subscriber = app.subscribers.find(parse_address(address))
        names = [app.categories.require(name).name for name in first]
        now, wanted = app.clock(), names if on else None
        app.subscribers.choose_together(subscriber.id, cadence, wanted, now, _CONSENT)
    how = "in one mail" if on else "one mail each"
    console.print(f"{subscriber.address}: all {cadence} digests {how}", markup=False)


@subscribers.command(name="list")
@click.option("--category", "-c", help="Only those with a subscription to it.")
@site_option
def list_(category: str | None, folder: Path) -> None:
    """List subscribers with their subscriptions."""
    with service(folder) as app:
        rows = [
            (
                one.id,
                one.address,
                one.status,
                ", ".join(f"{d.category} ({d.cadence}, {s})" for d, s in one.subscriptions.items()),
                ", ".join(one.together),
            )
            for one in app.subscribers.all()
            if category is None or any(d.category == category for d in one.subscriptions)
        ]
    print_table("", ("id", "address", "status", "subscriptions", "all in one"), rows)
