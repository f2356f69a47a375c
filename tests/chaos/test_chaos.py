"""Delivery loses nothing, whatever goes wrong: `make chaos` in small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.faults import AFTER, BEFORE, LOST, TAKEN, Act, Place
from tests.chaos.redis_server import RedisServer
from tests.chaos.rounds import Scenario, play
from tests.chaos.run import quiet, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FAULTS = 200
#: Those between which a delivery's state changes.
TRANSITIONS = {"order_mailings", "plan_chunk", "lease_chunk", "advance", "release_chunk"}
LETTERS = {"lease_letter", "keep_letter", "end_letter"}


def test_two_hundred_faults_lose_nothing_and_repeat_only_what_nobody_could_know(
    short: Path,
) -> None:
    totals = run("1", FAULTS, short)
    print(totals)  # noqa: T201 - what was proved
    assert sum(totals.faults.values()) >= FAULTS
    assert totals.lost == 0
    # The proof isn't empty.
    assert totals.messages > FAULTS
    assert totals.uncertain > 0


def test_a_worker_may_die_at_every_transition(short: Path) -> None:
    """Before Redis hears of it, and when it is done but nobody was told; and all along SMTP."""

    def die(number: int, place: str, act: str) -> None:
        scenario = Scenario(
            f"tour {place}",
            slots=2,
            readers=8,
            letters=2,
            eventful=False,
            wanted={place: act} if place else {},
        )
        ended = play(scenario, redis, short / str(number))
        assert not ended.verdict.broken, (place, act, ended.verdict.broken)
        assert not place or sum(ended.faults.values()) == 1, f"{place} was never reached"
        called.update(ended.called)

    called: set[str] = set()
    with quiet(), RedisServer(short) as redis:
        die(0, "", "")
        assert called >= TRANSITIONS | LETTERS
        scripts = [when + name for name in sorted(called) for when in (BEFORE, AFTER)]
        steps = sorted(set(Place) - {Place.DOT, Place.TLS, Place.RSET})
        points = [(str(place), str(Act.KILL)) for place in [*scripts, *steps]]
        points += [(Place.DOT, Act.KILL + TAKEN), (Place.DOT, Act.KILL + LOST)]
        for number, (place, act) in enumerate(points, 1):
            die(number, place, act)
