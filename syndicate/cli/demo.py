"""`syndicate demo`: the main job on an example site, with real parts, from files to mailboxes."""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from syndicate import tasks
from syndicate.app import opened
from syndicate.cli.common import bar, console, notes, print_table
from syndicate.cli.processes import running
from syndicate.delivery import outbox
from syndicate.errors import DeliveryError, SettingsError, SyndicateError
from syndicate.running.signals import until_signal
from syndicate.settings import ENV_PREFIX, OUTBOX, load
from syndicate.store.keys import WHOLE_SITE
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicate.app import App
    from syndicate.delivery.model import Mailing
    from syndicate.running.signals import Stop
    from syndicate.running.supervise import Processes

#: In the demo's folder, so that no other folder is ever emptied.
_MARK = "made-by-syndicate-demo"
#: Who reads: each in every category, and one of his own in each.
_READERS = ("lan@reader.example", "omar@reader.example")
_CADENCE = "daily"
#: Seconds that the whole job may take before we say that it doesn't work.
_LIMIT = 300.0
_POLL = 0.1
#: Lines of the children's log that are shown when the job fails.
_TAIL = 30
#: Rows of a table before it says "and … more".
_ROWS = 12


@click.command()
@click.option(
    "--site",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("examples/site"),
    show_default=True,
    metavar="DIR",
    help="Its posts are read; nothing is written there.",
)
@click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=Path(".demo"),
    show_default=True,
    metavar="DIR",
    help="What the demo makes; emptied first.",
)
@click.option("--once", is_flag=True, help="End when all is delivered, or say why it isn't.")
def demo(folder: Path, work: Path, once: bool) -> None:
    """Show the main job: read a site, write its feeds, mail its digests to a captured mailbox.

    \b
      syndicate demo
      syndicate demo --site ~/my-site --once
    """  # noqa: D301 - click wants the character
    _make_folder(work)
    _point_at(folder, work)
    settings = load(folder)
    log: deque[str] = deque(maxlen=_TAIL)
    with (work / "log").open("w") as file, until_signal() as stop:
        try:
            with running(settings, _logger(file, log)) as processes, opened(settings) as app:
                mailings = _do_the_job(app, processes, stop)
                _print_results(app, mailings, work)
                _require_all(mailings)
                if once:
                    return
                console.print("\nPress Ctrl-C to stop.")
                while not stop.wait(_POLL):
                    processes.tend()
        except SyndicateError:
            for line in log:
                notes.print(line, markup=False)
            raise


def _make_folder(work: Path) -> None:
    """An empty folder that bears our mark.

    Raises:
        SettingsError: it can't be written, or isn't ours to empty.
    """
    try:
        if work.exists():
            if any(work.iterdir()) and not (work / _MARK).exists():
                raise SettingsError(f"{work} holds something else; name another with --work DIR")
            shutil.rmtree(work)
        work.mkdir(parents=True)
        (work / _MARK).touch()
    except OSError as error:
        raise SettingsError(
            f"can't write {work}: {error.strerror}; run this in a folder of yours, or name one "
            "with --work DIR"
        ) from error


def _point_at(folder: Path, work: Path) -> None:
    """Have this process and its children keep all that they make in the demo's folder."""
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; name a site with --site DIR")
    settings = load(folder)
    values = {
        "STATE__FOLDER": str((work / "state").resolve()),
        "FEEDS__OUTPUT": str((work / "public").resolve()),
        "MAIL__RELAY": OUTBOX,
        "REDIS__URL": "",
        "WEB__URL": f"http://{settings.web.host}:{settings.web.port}",
    }
    if not settings.mail.postal_address:
        values["MAIL__POSTAL_ADDRESS"] = "1 Example Road, 100000 Example Town"
    os.environ.update({ENV_PREFIX + name: value for name, value in values.items()})


def _logger(file: IO[str], tail: deque[str]) -> Callable[[str, str], None]:
    def say(name: str, line: str) -> None:
        tail.append(f"{name:8}│ {line}")
        print(tail[-1], file=file, flush=True)

    return say


def _do_the_job(app: App, processes: Processes, stop: Stop) -> list[Mailing]:
    """Have the workers sync, publish and deliver; returns the mailings, ended."""
    with bar("Reading posts, writing feeds") as progress:
        tasks.sync.delay(announce=True)
        for _ in _until(lambda: app.posts.imported() and not app.feeds.dirty(), processes, stop):
            progress(0, 0)
    _subscribe_readers(app)
    ordered = []
    for category in app.pending.counts(_CADENCE):
        edition = app.desk.cut(_CADENCE, category)
        if edition:
            ordered.append(app.desk.order(edition.id))
            tasks.plan.delay(ordered[-1])
    with bar("Delivering digests") as progress:
        for _ in _until(lambda: not app.ledger.active(), processes, stop):
            found = [app.ledger.get(mailing) for mailing in ordered]
            progress(sum(m.audience - m.open for m in found), sum(m.audience for m in found))
    return [app.ledger.get(mailing) for mailing in ordered]


def _until(done: Callable[[], bool], processes: Processes, stop: Stop) -> Iterator[None]:
    """Yield now and then until it is done.

    Raises:
        DeliveryError: it takes too long, or somebody pressed Ctrl-C.
    """
    end = time.monotonic() + _LIMIT
    while not done():
        processes.tend()
        if stop.wait(_POLL):
            raise DeliveryError("stopped before all was delivered")
        if time.monotonic() > end:
            raise DeliveryError(f"not done after {_LIMIT:.0f} s; the workers' last lines are above")
        yield


def _subscribe_readers(app: App) -> None:
    """Invented readers, confirmed: everybody's in each category, and one of its own in each."""
    consent = {"method": "demo"}
    names = [name for name in app.categories.all() if name != WHOLE_SITE]
    everything = [Digest(_CADENCE, name) for name in names]
    wishes = dict.fromkeys(_READERS, everything)
    wishes |= {f"reader{n}@reader.example": [digest] for n, digest in enumerate(everything, 1)}
    for address, digests in wishes.items():
        subscriber = app.subscribers.add(address, app.clock())
        app.subscribers.change(subscriber, digests, Status.ACTIVE, app.clock(), consent)


def _print_results(app: App, mailings: list[Mailing], work: Path) -> None:
    state, web = app.settings.state_folder, app.settings.web.url
    feeds = app.publisher.listed()
    rows = [(feed.title, f"{feed.base}rss.xml") for feed in feeds[:_ROWS]]
    if len(feeds) > _ROWS:
        rows.append((f"and {len(feeds) - _ROWS} more", f"{web}/"))
    title = f"{app.posts.count()} posts read, {len(feeds)} feeds"
    print_table(title, ("feed", "URL (beside it: atom.xml, feed.json)"), rows)
    columns = ("edition", "No.", "posts", "readers", "delivered", "on the web")
    print_table(f"\n{len(mailings)} editions", columns, [_row(app, one) for one in mailings])
    print_table(
        f"\n{len(outbox.messages(state))} messages delivered",
        ("where to look", ""),
        [
            ("feeds and pages", f"{web}/"),
            ("subscribe yourself", f"{web}/subscribe"),
            ("the mailbox", f"{web}/outbox"),
            ("feeds as files", app.settings.output),
            ("mails as files", state / outbox.FOLDER),
            ("what the workers said", work / "log"),
        ],
    )


def _row(app: App, mailing: Mailing) -> tuple[object, ...]:
    edition = app.editions.get(mailing.editions[0])
    category = app.categories.get(edition.category)
    return (
        app.postmaster.category_title(edition.category, category),
        edition.number,
        len(edition.posts),
        mailing.audience,
        mailing.sent,
        f"{app.settings.web.url}/editions/{edition.id}",
    )


def _require_all(mailings: list[Mailing]) -> None:
    """See that everybody got everything.

    Raises:
        DeliveryError: somebody didn't; says what is missing.
    """
    if not mailings:
        raise DeliveryError("no edition was made: the site has no posts with a category")
    missing = sum(mailing.audience - mailing.sent for mailing in mailings)
    if missing:
        trouble = next((m.trouble for m in mailings if m.trouble), "see the log")
        raise DeliveryError(f"{missing} messages were not delivered: {trouble}")
