"""`syndicate digest send`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from syndicate.cli import completing
from syndicate.cli.common import (
    bar,
    cadence_option,
    console,
    json_option,
    notes,
    print_json,
    service,
    site_option,
    tell,
)
from syndicate.cli.digest.language import language_option
from syndicate.cli.editions import record
from syndicate.delivery import outbox
from syndicate.digests.model import Life
from syndicate.errors import DeliveryError, RelayError
from syndicate.reports.preview import send as send_test
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from syndicate.app import App


@click.command()
@click.argument("category", shell_complete=completing.categories)
@cadence_option
@click.option(
    "--test",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help="Only a test, to this address; nothing is cut.  May be given often.",
)
@language_option
@json_option
@site_option
def send(
    category: str,
    cadence: str,
    addresses: tuple[str, ...],
    language: str,
    as_json: bool,
    folder: Path,
) -> None:
    """Cut an edition of CATEGORY from what is new, and send it to its subscribers now.

    \b
      syndicate digest send techweb --test me@example.net   a test, to me
      syndicate digest send techweb                         the real thing

    Workers that are running help; without any, this process sends alone.
    """  # noqa: D301 - click wants the character
    if language and not addresses:
        raise click.UsageError("--language is for --test; each reader has his own language")
    digest = Digest(cadence, category)
    with service(folder) as app, ExitStack() as stack:
        stack.enter_context(_relay(app))
        if addresses:
            _send_tests(send_test(app, digest, addresses, language), as_json=as_json)
        else:
            _send(app, digest, as_json=as_json)


def _send_tests(replies: Iterator[tuple[str, str]], *, as_json: bool) -> None:
    tests = []
    for address, reply in replies:
        tests.append({"address": address, "reply": reply})
        if not as_json:
            console.print(f"Sent a test to {address}: {reply}", markup=False)
    if as_json:
        print_json({"tests": tests})


def _send(app: App, digest: Digest, *, as_json: bool) -> None:
    # By a state that nothing is sent by, nothing is cut either.
    app.life.require()
    edition = app.desk.cut(*digest)
    if edition is None:
        line = f"Nothing new in {digest.category} for its {digest.cadence} digest."
        tell(line, {"edition": None, **digest._asdict()}, as_json=as_json)
        return
    if edition.life is Life.DRAFT:
        line = f"It waits for approval: syndicate editions approve {edition.id}"
        tell(line, record(app, edition), as_json=as_json)
        return
    mailing = app.desk.order(edition.id)
    with bar("Sending") as progress:
        for chunk in app.plan(mailing):
            app.deliver(mailing, chunk)
            now = app.ledger.get(mailing)
            progress(now.audience - now.open, now.audience)
    done = app.ledger.get(mailing)
    counts = {"failed": done.failed, "skipped": done.skipped, "open": done.open}
    line = (
        f"Edition {edition.number} of {edition.category}: posts {len(edition.posts)}, "
        f"readers {done.audience}, sent {done.sent}, failed {done.failed}, "
        f"skipped {done.skipped}, still to come {done.open}"
    )
    tell(line, record(app, edition) | counts | {"trouble": done.trouble}, as_json=as_json)
    if done.trouble:
        raise DeliveryError(f"mailing {mailing} waits: {done.trouble}")
    if done.open:
        notes.print("What is still to come is sent by `syndicate up`.")


def _relay(app: App) -> AbstractContextManager[object]:
    """The captured mailbox, if that is the relay and nobody runs it; else nothing."""
    if not app.settings.captures:
        return ExitStack()
    try:
        app.connect().close()
    except RelayError:
        return outbox.listening(app.settings.state_folder)
    return ExitStack()
