"""The same with the real thing: Celery's workers and beat, by the clock on the wall."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate import tasks
from syndicate.app import wall_clock
from syndicate.settings import SITE_VARIABLE
from tests.chaos import site as sites
from tests.chaos.board import Board
from tests.chaos.crew import Crew, environment
from tests.chaos.faults import AFTER, BEFORE, LOST, SCRIPT_ACTS, TAKEN, Act, Place, Plan
from tests.chaos.laws import judge
from tests.chaos.outside import Outside, World
from tests.chaos.people import People
from tests.chaos.redis_server import RedisServer
from tests.chaos.rounds import gather
from tests.chaos.run import quiet
from tests.chaos.story import story
from tests.chaos.wire import scripts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.site import Site

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
READERS = 150
FAULTS = 25
#: Seconds.
FINAL_DOT = 1.0
PATIENCE = 150
LIMITS = f"""\
final_dot = {FINAL_DOT}
hard_limit = 20
lease = 40
visibility = 80
heartbeat = 1
sweep = 1
"""
#: What is over within seconds. A relay that closes or says "later" has everybody wait for minutes.
KILLS = (Act.KILL, Act.CUT)
ONLY: dict[str, tuple[str, ...]] = {
    Place.DOT: tuple(act + how for act in (Act.KILL, Act.HANG_UP) for how in (TAKEN, LOST)),
    Place.TOLD: (Act.KILL,),
    Place.MAIL: (Act.LATE,),
} | {
    when + name: tuple(set(SCRIPT_ACTS) & set(KILLS))
    for name in scripts().values()
    for when in (BEFORE, AFTER)
}


class Workers:
    """Two Celery workers, the first with its beat; each with two processes for tasks."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, slot: int) -> None:
        folder = self._outside.world.folder
        beat = ["--beat", "--schedule", str(folder / f"beat{slot}")] if slot == 0 else []
        with (folder / f"worker{slot}.log").open("ab") as log:
            self._running[slot] = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "--app", "worker", "--quiet", "worker"),
                    *beat,
                    *("--queues", ",".join(tasks.QUEUES), "--concurrency", "2"),
                    *("--without-gossip", "--without-mingle"),
                ],
                cwd=ROOT,
                env=os.environ
                | environment(self._outside, slot)
                | {SITE_VARIABLE: str(folder / "site")},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, slot: int) -> None:
        """With all its processes."""
        os.killpg(self._running[slot].pid, signal.SIGKILL)
        self._running[slot].wait()

    def end(self) -> None:
        for slot in self._running:
            if self._running[slot].poll() is None:
                self.kill(slot)


def order(site: Site) -> None:
    """Cut and order each category's edition, as an operator does."""
    for category in sites.CATEGORIES:
        edition = site.app.desk.cut("daily", category)
        assert edition
        site.app.desk.order(edition.id)


@pytest.fixture
def redis(short: Path) -> Iterator[RedisServer]:
    with RedisServer(short) as server:
        yield server


def test_celerys_workers_lose_nothing_when_they_are_killed(redis: RedisServer, short: Path) -> None:
    folder, draw = short / "round", random.Random(1)  # noqa: S311 - draws readers
    folder.mkdir()
    board = Board.make(sites.START)
    with quiet():
        site = sites.make(folder / "site", redis.url, "celery", wall_clock, limits=LIMITS)
        # Letters are for clocks that can be put forward: one that may have arrived waits minutes.
        sites.populate(site, READERS, 0, draw, together=0)
        order(site)
        world = World(folder, redis.socket, board, 2, Plan("celery", FAULTS, only=ONLY), FINAL_DOT)
        with Outside(world) as outside:
            crew, workers = Crew(outside, draw), Workers(outside)
            try:
                workers.start(0)
                workers.start(1)
                end, kill_at = time.monotonic() + PATIENCE, time.monotonic() + 6
                while site.has_work():
                    assert time.monotonic() < end, sites.unfinished(site)
                    if time.monotonic() > kill_at:
                        kill_at = time.monotonic() + 10
                        slot = draw.randrange(2)
                        crew.disturb(slot, "Celery worker killed with all its processes")
                        workers.kill(slot)
                        workers.start(slot)
                    # The end is written into Redis by processes that this test kills.
                    time.sleep(0.05)
            finally:
                workers.end()
            report = outside.report()
        report.record.disturbances += crew.disturbances
        seen = gather(site, report, People(site, draw))
        verdict = judge(seen)
        site.app.store.close()
    print(json.dumps(crew.faults + report.done, indent=1), verdict)  # noqa: T201 - what was proved
    assert verdict.broken == [], "\n".join(story(seen))
    assert sum(report.done.values()) > FAULTS / 2
