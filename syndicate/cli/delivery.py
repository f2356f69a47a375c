"""`syndicate delivery`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from syndicate.cli.common import (
    bar,
    console,
    json_option,
    notes,
    print_json,
    print_table,
    service,
    site_option,
    tell,
)
from syndicate.cli.group import Group
from syndicate.cli.subscribers.common import person
from syndicate.cli.workers import hurry
from syndicate.delivery.model import State
from syndicate.reports import deliveries, outcomes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from syndicate.app import App
    from syndicate.delivery.model import Mailing
    from syndicate.reports.deliveries import Told

#: Stands for the terminal, or the pipe.
_PIPE = "-"

mailing_argument = click.argument("mailing", metavar="MAILING")


@click.group(cls=Group)
def delivery() -> None:
    """What became of every message, and what is to become of those that didn't arrive."""


@delivery.command()
@click.argument("who", metavar="ADDRESS|ID")
@click.argument("which", metavar="[EDITION|MAILING]", default="")
@click.option(
    "--limit",
    default=10,
    show_default=True,
    type=click.IntRange(1, 100),
    metavar="N",
    help="Mails at the most.",
)
@json_option
@site_option
def explain(who: str, which: str, limit: int, as_json: bool, folder: Path) -> None:
    """Tell what became of a reader's mails: of his last ones, or of one [EDITION|MAILING].

    ADDRESS|ID is who he is. EDITION is a number of `syndicate editions list`; a MAILING of
    `syndicate delivery list` has an m before it. A mail that was taken at the first try is known to
    the span of its chunk, some seconds or minutes; all others to the second.

    \b
      syndicate delivery explain reader@example.net
      syndicate delivery explain reader@example.net 12
      syndicate delivery explain 17 m30 --json
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        told = deliveries.explain(app, person(app, who), which, limit)
    if as_json:
        print_json([_told(each) for each in told])
        return
    for each in told:
        console.print(f"mailing {each.mailing}: {each.what}", markup=False)
        console.print(f"  {each.account.text}", markup=False)
    if not told:
        notes.print("No mailing of a digest of his went out yet.")


def _told(each: Told) -> dict[str, object]:
    """With the fields of its account beside its own."""
    values = asdict(each)
    account: dict[str, object] = values.pop("account")
    return values | account


@delivery.command(name="list")
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
def list_(limit: int, as_json: bool, folder: Path) -> None:
    """List the mailings, the newest first, and how far each has come.

    \b
      syndicate delivery list
      syndicate delivery list --limit 3 --json
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        rows = [_record(app, app.ledger.get(number)) for number in app.ledger.latest(limit)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["mailing"] = f"m{row['mailing']}"
    columns = (
        *("mailing", "editions", "state", "ordered", "audience", "sent", "failed", "skipped"),
        *("parked", "open", "trouble"),
    )
    print_table("", columns, [[row[name] for name in columns] for row in rows])


def _record(app: App, mailing: Mailing) -> dict[str, object]:
    return {
        "mailing": mailing.id,
        "editions": mailing.editions,
        "state": mailing.state,
        "ordered": mailing.ordered_at.astimezone(app.settings.site.zone),
        "audience": mailing.audience,
        "sent": mailing.sent,
        "failed": mailing.failed,
        "skipped": mailing.skipped,
        "parked": mailing.parked,
        "open": mailing.open,
        "trouble": mailing.trouble,
    }


@delivery.command()
@mailing_argument
@click.argument("file", metavar="[FILE]", default=_PIPE)
@click.option("--addresses", is_flag=True, help="Name readers by their addresses, too.")
@site_option
def export(mailing: str, file: str, addresses: bool, folder: Path) -> None:
    """Write what became of every message of a MAILING as CSV, one a row, to a FILE or stdout.

    MAILING is its name in `syndicate delivery list`. Readers are named by their ids. Times are UTC:
    `first` and `last` are the same where the moment is known, and `again` is when it is tried next.

    \b
      syndicate delivery export m30 m30.csv
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        found = deliveries.mailing_of(app, mailing)
        # What can't be told leaves the file as it was.
        outcomes.require_kept(app, found)
        with _written(file) as sheet, bar("Exporting") as move:
            done = outcomes.export(app, found, sheet, addresses=addresses, progress=move)
    notes.print(f"{done} deliveries")


@contextmanager
def _written(name: str) -> Iterator[TextIO]:
    """A file to write to, or stdout."""
    if name == _PIPE:
        yield sys.stdout
        return
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        yield file


@delivery.command()
@mailing_argument
@click.option("--failed", is_flag=True, help="Those that relays refused, or that had no more time.")
@click.option(
    "--uncertain",
    is_flag=True,
    help="Those that may have been sent, now; else once their relay must have forgotten them.",
)
@json_option
@site_option
def retry(mailing: str, failed: bool, uncertain: bool, as_json: bool, folder: Path) -> None:
    """Have messages of a MAILING tried again: the failed ones, or the uncertain ones, or both.

    MAILING is its name in `syndicate delivery list`. They have all their time once more. Who left
    meanwhile gets nothing. A message that is uncertain may arrive twice if its relay is still busy
    with it.

    \b
      syndicate delivery retry m30 --failed
    """  # noqa: D301 - click wants the character
    if not failed and not uncertain:
        raise click.UsageError("say what: --failed, --uncertain, or both")
    states = [State.FAILED] * failed + [State.UNCERTAIN] * uncertain
    _try_again(folder, mailing, states, as_json=as_json)


@delivery.command()
@mailing_argument
@json_option
@site_option
def release(mailing: str, as_json: bool, folder: Path) -> None:
    """Send what is parked of a MAILING: sent or not, nobody knows, so it may arrive twice.

    MAILING is its name in `syndicate delivery list`.

    \b
      syndicate delivery release m30
    """  # noqa: D301 - click wants the character
    _try_again(folder, mailing, [State.PARKED], as_json=as_json)


def _try_again(folder: Path, word: str, states: Collection[State], *, as_json: bool) -> None:
    with service(folder) as app:
        mailing = deliveries.mailing_of(app, word)
        found = outcomes.try_again(app, mailing, states)
        stands = _record(app, app.ledger.get(mailing.id))
        hurry(app.settings)
    line = f"{found.done} messages of mailing {mailing.id} are tried again."
    tell(line, stands | {"tried_again": found.done, "busy": found.busy}, as_json=as_json)
    if found.busy:
        notes.print(f"{found.busy} are in a worker's hands just now; say it again in a minute.")
