"""Three workers and two beats on one Redis, some of them killed: everybody gets each edition."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate.app import opened
from syndicate.errors import BusyError
from syndicate.settings import load
from syndicate.store.embedded import EmbeddedServer, url_of
from syndicate.store.keys import QUEUES
from tests.running.machine import (
    ROOT,
    environment,
    make_site,
    sink,
    subscribe,
    write_post,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

READERS, DELAY, CONNECTIONS = 120, 0.3, 4
#: Slots that are waited for: they come by the minute.
SLOTS = 2
LIMITS = f"""\

[delivery]
final_dot = 1
hard_limit = 20
lease = 40
visibility = 80
heartbeat = 1
sweep = 1
connections = {CONNECTIONS}

[[cadences]]
name = "minutely"
cron = "* * * * *"
"""
WORKER = ("worker", "--queues", ",".join(QUEUES), "--concurrency", "2")


class Machines:
    """Processes of one site, as if each ran on a machine of its own."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        folder = self._site.parent
        beat = ("beat", "--pidfile=", "--schedule", str(folder / f"{name}.schedule"))
        what = beat if name.startswith("beat") else (*WORKER, "--hostname", name)
        with (folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "celery", "--app", "worker", "--quiet", *what],
                cwd=ROOT,
                env=environment(self._site),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """With all its processes."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    """One whose sockets' paths are short enough."""
    found = Path(tempfile.mkdtemp(prefix="machines-"))
    yield found
    shutil.rmtree(found)


def test_each_slot_runs_once_and_each_reader_gets_each_edition_whoever_is_killed(
    folder: Path,
) -> None:
    draw, killed = random.Random(7), Counter[str]()  # noqa: S311 - draws whom to kill
    with EmbeddedServer(folder / "redis"), sink(DELAY) as relay:
        where = f'relay = "smtp://127.0.0.1:{relay.port}"\n\n[redis]\n'
        where += f'url = "{url_of(folder / "redis")}"\n'
        site = make_site(folder / "site", where + LIMITS)
        machines = Machines(site)
        with opened(load(site)) as app:
            app.sync()
            readers = subscribe(app, READERS, "tech", cadence="minutely")
            try:
                for name in ("worker1", "worker2", "worker3", "beat1", "beat2"):
                    machines.start(name)
                end = time.monotonic() + 60 * (SLOTS + 3)
                kill_at, posts = time.monotonic() + 8, 0
                while (cut := len(app.editions.latest(SLOTS))) < SLOTS or app.ledger.active():
                    assert time.monotonic() < end, app.ledger.active()
                    if cut < SLOTS:
                        posts += 1
                        write_post(site, f"post-{posts}")
                        # Beat's own may be under way, or have died with its worker.
                        with suppress(BusyError):
                            app.sync()
                    if time.monotonic() > kill_at:
                        name = draw.choice(sorted(machines.running))
                        machines.kill(name)
                        machines.start(name)
                        killed[name] += 1
                        kill_at = time.monotonic() + draw.uniform(3, 9)
                    time.sleep(0.5)
            finally:
                for name in machines.running:
                    machines.kill(name)
            editions = app.editions.latest(2 * SLOTS)[::-1]
    workers = sum(count for name, count in killed.items() if name.startswith("worker"))
    assert workers >= 3
    assert killed.total() > workers
    # One edition a slot, and no slot was passed over.
    slots = [datetime.fromisoformat(edition.slot) for edition in editions]
    assert len(slots) >= SLOTS
    assert {later - one for one, later in pairwise(slots)} == {timedelta(minutes=1)}
    # No post is in two.
    numbers = [post for edition in editions for post in edition.posts]
    assert len(numbers) == len(set(numbers))
    again = 0
    for reader in readers:
        taken = relay.of(reader)
        first = {one.message_id: one.body for one in reversed(taken)}
        assert len(first) == len(editions), reader
        assert all(one.body == first[one.message_id] for one in taken)
        again += len(taken) - len(first)
    # A killed worker has two processes, each at one message a connection.
    assert again <= 2 * CONNECTIONS * workers
