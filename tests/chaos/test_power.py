"""The power fails: what Redis had not yet written to the disk is gone, and so is every worker."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Literal

import pytest

from tests.chaos import site as sites
from tests.chaos.board import Board
from tests.chaos.crew import Crew
from tests.chaos.laws import judge
from tests.chaos.outside import Outside
from tests.chaos.people import People
from tests.chaos.redis_server import RedisServer
from tests.chaos.rounds import Scenario, gather, world
from tests.chaos.run import quiet

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

#: Seconds. `everysec` promises one, and two where the disk is slow.
WINDOW = 2.0
#: What a message may be under way beside that.
SLACK = 0.5
PATIENCE = 60


def wait(crew: Crew, redis: RedisServer) -> None:
    end = time.monotonic() + PATIENCE
    while not crew.is_at_rest():
        crew.look_after()
        redis.note()
        assert time.monotonic() < end, "the workers don't come to rest"
        # How long the AOF was and when, `note` can only learn by looking often.
        time.sleep(0.01)


@pytest.mark.parametrize(("fsync", "lost"), [("everysec", WINDOW), ("always", 0.0)])
def test_a_power_cut_loses_nobody_and_repeats_no_more_than_redis_forgot(
    fsync: Literal["everysec", "always"], lost: float, short: Path
) -> None:
    scenario = Scenario("power", slots=2, readers=90, delay=0.2)
    board, folder = Board.make(sites.START), short / "round"
    folder.mkdir()
    with quiet(), RedisServer(short, fsync) as redis:
        site = sites.make(folder / "site", redis.url, "power", board.clock)
        sites.populate(site, scenario.readers, 0, random.Random(1))  # noqa: S311 - readers
        with Outside(world(scenario, redis, folder, board)) as outside:
            crew = Crew(outside, random.Random(1))  # noqa: S311 - not used
            crew.start()
            board.jump(61)
            begun = time.monotonic()
            while outside.progress()[1] < 30 or time.monotonic() < begun + WINDOW + 1:
                redis.note()
                # Two real seconds must pass, and the AOF's length in each hundredth be known.
                time.sleep(0.01)
            assert not crew.is_at_rest(), "it was over before the power failed"
            crew.disturb(-1, "power cut")
            crew.kill_all()
            cut = time.monotonic()
            redis.cut_power(lost)
            redis.start()
            site.reconnect()
            crew.start()
            while site.has_work():
                board.jump(61)
                wait(crew, redis)
            crew.kill_all()
            report = outside.report()
            report.record.disturbances += crew.disturbances
            seen = gather(site, report, People(site, crew.draw))
        site.app.store.close()
    taken = [each for each in report.record.transactions if each.taken]
    assert {seen.ids[each.message_id] for each in taken} == seen.owed
    firsts: dict[str, float] = {}
    for each in taken:
        firsts.setdefault(each.message_id, each.dot)
        again = each.dot > firsts[each.message_id]
        assert not again or firsts[each.message_id] > cut - lost - SLACK
    assert len({(each.message_id, each.digest) for each in taken}) == len(firsts)
    if not lost:
        # All that the ledger was told is there: what is sent again was named.
        assert judge(seen).broken == []
