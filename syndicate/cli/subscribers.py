"""`syndicate subscribers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli.common import console, print_table, service, site_option
from syndicate.errors import NotFoundError
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
@site_option
def add(address: str, categories: tuple[str, ...], cadence: str, folder: Path) -> None:
    r"""Note that ADDRESS asked for digests. Nothing is mailed to it until it is confirmed.

    \b
      syndicate subscribers add reader@example.net -c techweb -c hongguan
    """
    recipient = parse_address(address)
    with service(folder) as app:
        app.settings.cadence(cadence)
        digests = [Digest(cadence, app.require_category(name).name) for name in categories]
        subscriber = app.subscribers.add(recipient, app.clock())
        app.subscribers.change(subscriber, digests, Status.PENDING, app.clock(), _CONSENT)
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
            )
            for one in app.subscribers.all()
            if category is None or any(d.category == category for d in one.subscriptions)
        ]
    print_table("", ("id", "address", "status", "subscriptions"), rows)
