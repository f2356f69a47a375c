"""Days of sending in a virtual clock: all mail gets out, no limit is broken, nothing is lost."""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.relays.model import FullError, Grant
from syndicate.delivery.relays.quiet import quiet_until
from syndicate.errors import RelayError
from tests.conftest import NOW
from tests.delivery.relays.conftest import ZONE, Way, relay
from tests.delivery.relays.test_limits import most_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.delivery.relays.roads import Roads
    from syndicate.settings.relays import Relay
    from tests.conftest import Clock

DOMAINS = ["gmail.example", "qq.example", "x.example", "y.example"]


@dataclass
class World:
    """Relays that note what they took and when; one of them dies for an hour."""

    clock: Clock
    dies: float
    taken: dict[str, list[tuple[float, int, str]]] = field(default_factory=dict)
    failed: int = 0

    def connect(self, to: Relay) -> Way:
        self.check(to.name)
        return Way()

    def check(self, name: str) -> None:
        if name == "big" and self.dies <= self.clock().timestamp() < self.dies + 3600:
            self.failed += 1
            raise RelayError(f"{name} doesn't answer")

    def take(self, name: str, message: int, domain: str) -> None:
        self.check(name)
        self.taken.setdefault(name, []).append((self.clock().timestamp(), message, domain))

    def times(self, name: str, domain: str = "") -> list[float]:
        return [at for at, _, to in self.taken.get(name, ()) if domain in ("", to)]


def work(mine: Roads, world: World, queue: deque[tuple[int, str]], draw: random.Random) -> float:
    """What a worker does at one moment with a few messages; when it comes again."""
    now = world.clock().timestamp()
    batch = [queue.popleft() for _ in range(min(8, len(queue)))]
    waits = [now + draw.uniform(0.2, 0.6)]
    for (message, domain), answer in zip(batch, mine.take([d for _, d in batch], now), strict=True):
        if not isinstance(answer, Grant):
            waits.append(answer.until)
            queue.append((message, domain))
            continue
        try:
            way = mine.open(answer.relay)
            try:
                world.take(answer.relay, message, domain)
                mine.report(answer.relay, None)
            finally:
                way.close()
                mine.ended(answer)
        except FullError:
            queue.append((message, domain))
        except RelayError as error:
            mine.report(answer.relay, error)
            queue.append((message, domain))
    return min(waits[1:], default=waits[0])


def run(roads: Callable[..., Roads], world: World, relays: list[Relay], messages: int) -> None:
    """Three workers send until nothing is left; each message arrived once, within all limits."""
    draw = random.Random(7)  # noqa: S311 - a world
    queue = deque((n, draw.choice(DOMAINS)) for n in range(messages))
    workers = [roads(*relays, connect=world.connect) for _ in range(3)]
    due = [(world.clock().timestamp(), n) for n in range(len(workers))]
    while queue:
        moment, n = heapq.heappop(due)
        world.clock.advance(seconds=max(0.0, moment - world.clock().timestamp()))
        heapq.heappush(due, (work(workers[n], world, queue, draw), n))
    arrived = Counter(message for told in world.taken.values() for _, message, _ in told)
    assert arrived == Counter(range(messages))
    for one in relays:
        for seconds, most in one.limits:
            assert most_within(world.times(one.name), seconds) <= most
        for rule in one.domains:
            for seconds, most in rule.limits:
                assert most_within(world.times(one.name, rule.match[0]), seconds) <= most
        if one.quiet_hours:
            quiet = (quiet_until(one.quiet_hours, ZONE, at) for at in world.times(one.name))
            assert not any(quiet)


@pytest.mark.slow
def test_days_of_ramp_and_quiet_hours_and_an_hour_of_death_lose_nothing(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    rules = [{"match": ["gmail.example"], "per_minute": 2, "connections": 3}]
    about = {"per_second": 1, "per_hour": 40, "weight": 3, "connections": 2, "domains": rules}
    big = relay("big", quiet="22:00-07:00", **about)
    new = relay("new", warmup=[40, 80, 160], per_minute=20)
    # It is 07:00 in Berlin; half an hour later the large relay dies.
    world = World(clock, clock().timestamp() + 1800)
    run(roads, world, [big, new], 1600)
    assert 1 <= world.failed < 30
    assert clock() > NOW + timedelta(days=2)
    first = min(world.times("new"))
    days = Counter(int((at - first) // 86400) for at in world.times("new"))
    assert [days[day] for day in range(2)] == [40, 80]
    assert days[2] <= 160


@pytest.mark.slow
def test_a_spare_relay_carries_the_mail_for_as_long_as_the_other_is_dead(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    world = World(clock, clock().timestamp() + 1800)
    run(roads, world, [relay("big", per_minute=20), relay("spare", per_minute=5, priority=2)], 3000)
    spared = world.times("spare")
    assert world.dies <= min(spared) < world.dies + 61
    assert world.dies + 3600 <= max(spared) < world.dies + 3600 * 2.3
    assert most_within(world.times("big"), 3600) > 1150
