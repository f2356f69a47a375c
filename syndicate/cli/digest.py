"""`syndicate digest`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from syndicate.cli.common import bar, console, notes, service, site_option
from syndicate.cli.subscribers import cadence_option
from syndicate.delivery import outbox
from syndicate.errors import DeliveryError, RelayError
from syndicate.settings import OUTBOX

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from syndicate.app import App


@click.group()
def digest() -> None:
    """Editions: what is mailed."""


@digest.command()
@click.argument("category")
@cadence_option
@click.option("--to", metavar="ADDRESS", help="Only a test, to this address; nothing is cut.")
@site_option
def send(category: str, cadence: str, to: str | None, folder: Path) -> None:
    r"""Cut an edition of CATEGORY from what is new, and send it to its subscribers now.

    \b
      syndicate digest send techweb --to me@example.net     a test, to me
      syndicate digest send techweb                         the real thing

    Workers that are running help; without any, this process sends alone.
    """
    with service(folder) as app, ExitStack() as stack:
        stack.enter_context(_relay(app))
        if to:
            reply = app.send_test(cadence, category, to)
            console.print(f"Sent a test to {to}: {reply}", markup=False)
            return
        edition = app.cut(cadence, category)
        if edition is None:
            console.print(f"Nothing new in {category} for its {cadence} digest.", markup=False)
            return
        mailing = app.order(edition.id)
        with bar("Sending") as progress:
            for chunk in app.plan(mailing):
                app.deliver(mailing, chunk)
                now = app.ledger.get(mailing)
                progress(now.audience - now.open, now.audience)
        done = app.ledger.get(mailing)
    console.print(
        f"Edition {edition.number} of {category}: posts {len(edition.posts)}, "
        f"readers {done.audience}, sent {done.sent}, failed {done.failed}, "
        f"skipped {done.skipped}, still to come {done.open}",
        markup=False,
    )
    if done.trouble:
        raise DeliveryError(f"mailing {mailing} waits: {done.trouble}")
    if done.open:
        notes.print("What is still to come is sent by `syndicate up`.")


def _relay(app: App) -> AbstractContextManager[object]:
    """The captured mailbox, if that is the relay and nobody runs it; else nothing."""
    if app.settings.mail.relay != OUTBOX:
        return ExitStack()
    try:
        app.connect().close()
    except RelayError:
        return outbox.listening(app.settings.state_folder)
    return ExitStack()
