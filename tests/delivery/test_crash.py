"""A worker is killed with -9 in the middle of an edition; another takes its place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate import tasks
from syndicate.app import App
from syndicate.delivery.model import MailingState
from syndicate.settings import SITE_VARIABLE, load
from tests.delivery.test_send import subscribe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicate.store.client import Store
    from tests.delivery.conftest import FaultyRelay

ROOT = Path(__file__).parents[2]
READERS = 300
KILL_AT = (40, 120, 200)
CONNECTIONS = 3
#: Seconds: what a loaded machine may need for a job of five.
PATIENCE = 90


@contextmanager
def worker(site: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker with its beat, in a process group of its own."""
    log = (site / "worker.log").open("ab")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "--app", "worker", "--quiet", "worker", "--beat"),
            *("--schedule", str(site / "beat"), "--queues", ",".join(tasks.QUEUES)),
            *("--concurrency", "2", "--without-gossip", "--without-mingle"),
        ],
        cwd=ROOT,
        env=os.environ | {SITE_VARIABLE: str(site)},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


def wait_until(done: Callable[[], bool], what: str) -> None:
    """The worker is another process: only looking again and again tells when it is done."""
    end = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not done():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE} s"
        pause.wait(0.05)


@pytest.mark.slow
def test_killing_the_worker_loses_nobody_and_repeats_only_what_the_kill_made_unknowable(
    site: Path, store: Store, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    text = (site / "syndicate.toml").read_text()
    limits = (
        "final_dot = 1\nhard_limit = 20\nlease = 40\nvisibility = 80\nheartbeat = 1\nsweep = 1\n"
        f"connections = {CONNECTIONS}\n"
    )
    (site / "syndicate.toml").write_text(text[: text.index("final_dot")] + limits)
    # The workers go by the wall clock, so this process does.
    app = App(load(site), store)
    app.sync()
    write_post("one", "tech", day="2026-11-01")
    app.sync()
    addresses = subscribe(app, READERS)
    edition = app.desk.cut("daily", "tech")
    assert edition
    mailing = app.desk.order(edition.id)
    reached = {count: threading.Event() for count in KILL_AT}

    def count(_recipient: str) -> None:
        due = next((n for n, event in reached.items() if not event.is_set()), None)
        if due is not None and len(relay.taken) >= due:
            reached[due].set()
            # The worker waits for its answer now, and is killed while it waits.
            killed.wait(PATIENCE)

    killed = threading.Event()
    relay.at_dot = count
    for reach in reached.values():
        killed.clear()
        with worker(site):
            wait_until(reach.is_set, f"{len(relay.taken)} messages sent")
        killed.set()
    with worker(site):
        wait_until(lambda: app.ledger.get(mailing).state is MailingState.SENT, "all sent")
    counts = Counter(relay.recipients())
    assert set(counts) == set(addresses)
    twice = {recipient for recipient, times in counts.items() if times > 1}
    assert len(twice) <= len(KILL_AT) * CONNECTIONS
    for recipient in twice:
        assert len({message for to, message in relay.taken if to == recipient}) == 1
    done = app.ledger.get(mailing)
    assert (done.audience, done.sent, done.failed, done.skipped) == (READERS, READERS, 0, 0)
