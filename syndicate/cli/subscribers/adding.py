"""`syndicate subscribers add|confirm|together`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from syndicate.cli import completing
from syndicate.cli.common import (
    cadence_option,
    json_option,
    service,
    site_option,
    tell,
    why_option,
)
from syndicate.cli.subscribers.common import act, one_line_of, record
from syndicate.errors import NotFoundError
from syndicate.settings.words import is_name
from syndicate.subscribers.address import parse_address
from syndicate.subscribers.changes import describe
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("address")
@click.option(
    "--category",
    "-c",
    "categories",
    multiple=True,
    required=True,
    help="What is asked for.  May be given often.",
    shell_complete=completing.categories,
)
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
@why_option
@json_option
@site_option
def add(  # noqa: PLR0913, PLR0917 - click hands each option over by itself
    address: str,
    categories: tuple[str, ...],
    cadence: str,
    name: str | None,
    fields: tuple[tuple[str, str], ...],
    why: str,
    as_json: bool,
    folder: Path,
) -> None:
    """Note that ADDRESS asked for digests. Nothing is mailed to it until it is confirmed.

    \b
      syndicate subscribers add reader@example.net -c techweb -c hongguan
    """  # noqa: D301 - click wants the character
    recipient = parse_address(address)
    known = {field: one_line_of(value) for field, value in fields}
    for field in known:
        if not is_name(field):
            raise click.BadParameter(f"{field!r} is no name of a field, such as 'city'")
    told = partial(describe, name=name if name is None else one_line_of(name), fields=known)
    with service(folder) as app:
        app.settings.cadence(cadence)
        digests = [Digest(cadence, app.categories.require(name).name) for name in categories]
        subscriber, how = app.subscribers.add(recipient, app.clock()), act(why)
        app.subscribers.change(subscriber, digests, Status.PENDING, app.clock(), how)
        app.subscribers.alter(subscriber, told, app.clock(), how)
        stands = app.subscribers.find(recipient)
    line = (
        f"{recipient} is noted; once the reader has agreed: syndicate subscribers confirm "
        f"{recipient}"
    )
    tell(line, record(stands), as_json=as_json)


@click.command()
@click.argument("address")
@why_option
@json_option
@site_option
def confirm(address: str, why: str, as_json: bool, folder: Path) -> None:
    """Record that ADDRESS has agreed to all that it asked for.

    \b
      syndicate subscribers confirm reader@example.net --why "signed at our stand"
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        subscriber = app.subscribers.find(parse_address(address))
        asked = subscriber.having(Status.PENDING)
        if not asked and subscriber.status is not Status.ACTIVE:
            raise NotFoundError(
                f"{subscriber.address} has asked for nothing; `syndicate subscribers add` first"
            )
        done = app.subscribers.change(subscriber.id, asked, Status.ACTIVE, app.clock(), act(why))
        stands = app.subscribers.find(subscriber.address)
    line = f"{stands.address}: {done} subscriptions confirmed"
    tell(line, record(stands) | {"confirmed": done}, as_json=as_json)


@click.command()
@click.argument("address")
@cadence_option
@click.option("--on/--off", default=True, show_default=True, help="In one mail, or in one each.")
@click.option(
    "--first",
    multiple=True,
    metavar="CATEGORY",
    help="Comes first in it.  May be given often.",
    shell_complete=completing.categories,
)
@json_option
@site_option
def together(
    address: str, cadence: str, on: bool, first: tuple[str, ...], as_json: bool, folder: Path
) -> None:
    """Have ADDRESS get all its categories of a cadence in one mail.

    \b
      syndicate subscribers together me@example.net --cadence weekly --first tech
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        app.settings.cadence(cadence)
        subscriber = app.subscribers.find(parse_address(address))
        names = [app.categories.require(name).name for name in first]
        now, wanted = app.clock(), names if on else None
        app.subscribers.choose_together(subscriber.id, cadence, wanted, now, act(""))
        stands = app.subscribers.find(subscriber.address)
    how = "in one mail" if on else "one mail each"
    tell(f"{stands.address}: all {cadence} digests {how}", record(stands), as_json=as_json)
