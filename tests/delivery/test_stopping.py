"""SIGTERM ends a worker well: what is in flight is finished, the rest is anybody's at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from syndicate.app import App
from syndicate.delivery.model import MailingState
from syndicate.running.stopping import Stopping
from syndicate.settings import load
from tests.delivery.test_crash import wait_until, worker
from tests.delivery.test_send import mailing, run, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.store.client import Store
    from tests.delivery.conftest import FaultyRelay

__all__ = ["mailing"]  # a fixture of theirs
READERS = 60


def test_a_worker_that_is_to_end_finishes_its_message_and_gives_the_rest_back_at_once(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
) -> None:
    subscribe(app, 5)
    number = mailing()
    (chunk,) = app.plan(number)
    stopping = threading.Event()

    def stop(_recipient: str) -> None:
        if len(relay.taken) == 2:
            stopping.set()

    relay.at_dot = stop
    assert app.deliver(number, chunk, stopping.is_set)
    assert len(relay.taken) == 2
    assert app.ledger.get(number).sent == 2
    assert app.ledger.is_due(number, chunk, app.clock())
    run(app, number)
    assert len(relay.taken) == 5
    assert app.ledger.get(number).state is MailingState.SENT


def test_what_ended_a_chunk_early_is_due_again_and_what_is_done_or_waits_is_not(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
) -> None:
    subscribe(app, 1)
    relay.answer = lambda verb, _argument: "450 4.2.1 later" if verb == "RCPT" else None
    number = mailing()
    (chunk,) = app.plan(number)
    assert app.deliver(number, chunk)
    assert not app.ledger.is_due(number, chunk, app.clock())
    assert not app.ledger.is_due(number, chunk + 1, app.clock())


#: In a process of its own: one that has threads, as that of the tests, is not to be forked.
TERMINATED = """
import os, signal
from syndicate.running.stopping import Stopping
stopping = Stopping()
if not (child := os.fork()):
    with stopping.ending_well():
        os.kill(os.getpid(), signal.SIGTERM)
        if not stopping.is_near():
            os._exit(1)
    os._exit(2)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
TOLD = """
import os
from syndicate.running.stopping import Stopping
stopping = Stopping()
reads, writes = os.pipe()
if not (child := os.fork()):
    os.read(reads, 1)
    os._exit(stopping.is_near())
stopping.tell()
os.write(writes, b"!")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def printed_by(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_sigterm_waits_for_the_block_and_then_does_what_it_does() -> None:
    assert printed_by(TERMINATED) == str(-signal.SIGTERM)


def test_what_the_parent_says_its_children_hear() -> None:
    assert printed_by(TOLD) == "1"


def test_the_main_process_handles_sigterm_as_it_likes() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    try:
        with Stopping().ending_well():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


@pytest.mark.slow
@pytest.mark.parametrize("everybody", [False, True], ids=["the main process", "all processes"])
def test_a_real_worker_ends_well_and_leaves_nothing_uncertain(
    site: Path,
    store: Store,
    write_post: Callable[..., Path],
    relay: FaultyRelay,
    everybody: bool,
) -> None:
    path = site / "syndicate.toml"
    path.write_text(path.read_text().replace("connections = 1", "connections = 3\nsweep = 1"))
    # The workers go by the wall clock, so this process does.
    app = App(load(site), store)
    app.sync()
    write_post("one", "tech", day="2026-11-01")
    app.sync()
    addresses = subscribe(app, READERS)
    edition = app.desk.cut("daily", "tech")
    assert edition
    number = app.desk.order(edition.id)
    begun, signalled = threading.Event(), threading.Event()

    def hold(_recipient: str) -> None:
        if len(relay.taken) >= READERS // 3:
            begun.set()
            signalled.wait(60)

    relay.at_dot = hold
    with worker(site) as process:
        wait_until(begun.is_set, "a third is sent")
        (os.killpg if everybody else os.kill)(process.pid, signal.SIGTERM)
        # The connections in hand wait for their answers still.
        assert process.poll() is None
        threading.Timer(0.5, signalled.set).start()
        wait_until(lambda: process.poll() is not None, "the worker's end")
    sent = app.ledger.get(number).sent
    assert len(relay.taken) == sent < READERS
    assert app.store.text.hlen(app.store.keys.part(number, "outcomes")) == 0
    assert app.ledger.is_due(number, 0, app.clock())
    with worker(site):
        wait_until(lambda: app.ledger.get(number).state is MailingState.SENT, "all sent")
    assert Counter(relay.recipients()) == Counter(addresses)
