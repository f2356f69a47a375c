"""`syndicate bounces`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syndicate.cli.common import (
    console,
    json_option,
    notes,
    print_json,
    print_records,
    service,
    site_option,
    tell,
)
from syndicate.cli.group import Group
from syndicate.delivery.bounces.boxes import messages_in
from syndicate.delivery.bounces.model import Kind
from syndicate.delivery.bounces.store import MOST
from syndicate.errors import SettingsError
from syndicate.running.logs import configure_logging
from syndicate.running.signals import until_signal
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.app import App
    from syndicate.delivery.bounces.store import Done, Entry

#: Newest mailings of which `stats` tells.
_MAILINGS = 50
#: Stands for what is read from the pipe.
_PIPE = "-"


@click.group(cls=Group)
def bounces() -> None:
    """What comes back: bounces, complaints, and answers of machines."""


@bounces.command()
@click.option(
    "--at",
    metavar="ADDRESS",
    help="Where: unix:/path or 127.0.0.1:port.  [default: as the settings say]",
)
@site_option
def listen(at: str | None, folder: Path) -> None:
    """Take mail by LMTP from this machine's mail server; `up` runs it if the settings say where.

    \b
      syndicate bounces listen --at unix:/run/syndicate/bounces
    """  # noqa: D301 - click wants the character
    # The server, which nothing else needs.
    from syndicate.delivery.bounces import lmtp  # noqa: PLC0415 - see above

    configure_logging(form=load(folder).logs.format)
    with service(folder) as app:
        rules = app.settings.bounces
        where = at or rules.listen
        if not where:
            raise SettingsError("syndicate.toml: [bounces] listen: is missing; or say --at")
        bases = [base for base in (rules.address, rules.unsubscribe) if base]
        with until_signal() as stop, lmtp.listening(where, app.bounces.take, bases):
            console.print(f"Taking mail at {where}", markup=False)
            stop.wait()


@bounces.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--to", default="", metavar="ADDRESS", help="Where it came to.  [default: as its header says]"
)
@json_option
@site_option
def read(files: tuple[str, ...], to: str, as_json: bool, folder: Path) -> None:
    """Take mail from each FILE: one message, an mbox, or a Maildir folder; - is standard input.

    The files stay as they are.

    \b
      syndicate bounces read ~/Maildir
    """  # noqa: D301 - click wants the character
    done: Counter[tuple[Kind, Done]] = Counter()
    with service(folder) as app, tempfile.TemporaryDirectory() as spool:
        for name in files:
            for message in messages_in(_path(name, Path(spool))):
                taken = app.bounces.take(message, to)
                done[taken.verdict.kind, taken.done] += 1
    if as_json:
        print_json({"taken": done.total(), "counts": _counts(done.items())})
    else:
        _print_counts(done.items())


@bounces.command()
@json_option
@site_option
def poll(as_json: bool, folder: Path) -> None:
    """Take what is new in the Maildir or IMAP box of the settings, once.

    \b
      syndicate bounces poll
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        if not app.settings.bounces.polled:
            raise SettingsError("syndicate.toml: [bounces] names neither a maildir nor imap")
        done = app.bounces.poll()
    tell(f"{done} taken", {"taken": done}, as_json=as_json)


@bounces.command(name="list")
@click.option(
    "--count",
    "-n",
    default=20,
    show_default=True,
    type=click.IntRange(1, MOST),
    help="How many at the most.",
)
@json_option
@site_option
def list_(count: int, as_json: bool, folder: Path) -> None:
    """List what came back last, the newest first; readers by their ids.

    \b
      syndicate bounces list -n 50
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        records = [_record(entry) for entry in app.bounces.record.latest(count)]
    columns = ("at", "kind", "done", "subscriber", "mailing", "code", "reply")
    print_records(records, columns=columns, as_json=as_json)


def _record(entry: Entry) -> dict[str, object]:
    return {
        "at": entry.came_at,
        "kind": entry.kind,
        "done": entry.done,
        "subscriber": entry.subscriber or None,
        "mailing": entry.mailing or None,
        "code": entry.status,
        "reply": entry.diagnostic,
    }


@bounces.command()
@json_option
@site_option
def stats(as_json: bool, folder: Path) -> None:
    """Count what came back: in all, and of each of the newest mailings.

    \b
      syndicate bounces stats
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        counts = app.bounces.record.counts()
        of_mailings = app.bounces.record.of_mailings(app.ledger.latest(_MAILINGS))
        mailings = [_received(app, mailing, back) for mailing, back in of_mailings.items()]
    if as_json:
        print_json({"counts": _counts(counts.items()), "mailings": mailings})
        return
    _print_counts(counts.items())
    if mailings:
        print_records(mailings, as_json=False, title="Mailings")


#: Kinds that say how a mailing was received.
_SHOWN = (Kind.HARD, Kind.SOFT, Kind.CONTENT, Kind.POLICY, Kind.COMPLAINT)


def _received(app: App, mailing: int, counts: dict[Kind, int]) -> dict[str, object]:
    ours = counts.get(Kind.POLICY, 0) + counts.get(Kind.CONTENT, 0)
    trouble = f"{ours} refused for what we are or sent" if ours else ""
    shown = {kind.value: counts.get(kind, 0) for kind in _SHOWN}
    return {"mailing": mailing, "sent": app.ledger.get(mailing).sent, **shown, "trouble": trouble}


def _counts(counts: Iterable[tuple[tuple[Kind, Done], int]]) -> list[dict[str, object]]:
    return [{"kind": kind, "done": done, "count": n} for (kind, done), n in sorted(counts)]


def _print_counts(counts: Iterable[tuple[tuple[Kind, Done], int]]) -> None:
    if records := _counts(counts):
        print_records(records, as_json=False)
    else:
        notes.print("Nothing came back.")


def _path(name: str, spool: Path) -> Path:
    """The file of that name; what comes through a pipe is put into one."""
    if name != _PIPE:
        return Path(name)
    path = spool / "pipe"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return path
