"""A way to a relay is used again while it is good, and given up when it isn't."""

from __future__ import annotations

import gc
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.pool import Pool
from syndicate.delivery.transaction import nothing
from syndicate.errors import RelayError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Transport:
    is_good: bool = True
    closed: threading.Event = field(default_factory=threading.Event)

    def send(
        self,
        sender: str,
        recipient: str,
        message: object,
        meanwhile: Callable[[], None] = nothing,
    ) -> str:
        meanwhile()
        return f"250 {sender} {recipient} {message!r}"

    def usable(self) -> bool:
        return self.is_good

    def close(self) -> None:
        self.closed.set()


@dataclass
class Relays:
    opened: list[tuple[str, Transport]] = field(default_factory=list)

    def open(self, relay: str) -> Transport:
        if relay == "down":
            raise RelayError("it is down")
        self.opened.append((relay, Transport()))
        return self.opened[-1][1]

    def pool(self, most: int | None = None, idle: float = 60) -> Pool:
        return Pool(self.open, lambda _relay: most, idle)


def test_the_next_message_goes_over_the_same_way() -> None:
    relays = Relays()
    pool = relays.pool()
    first = pool.take("a")
    pool.give(first)
    assert pool.take("a") is first
    assert len(relays.opened) == 1


def test_each_thread_has_a_way_of_its_own_and_each_relay_its_ways() -> None:
    relays = Relays()
    pool = relays.pool()
    ways = [pool.take("a"), pool.take("a"), pool.take("b")]
    for way in ways:
        pool.give(way)
    assert pool.take("b") is ways[2]
    assert {id(pool.take("a")), id(pool.take("a"))} == {id(way) for way in ways[:2]}
    assert len(relays.opened) == 3


def test_a_way_that_was_left_from_the_other_side_is_not_used_again() -> None:
    relays = Relays()
    pool = relays.pool()
    pool.give(pool.take("a"))
    ((_, old),) = relays.opened
    old.is_good = False
    assert pool.take("a").transport is not old
    assert old.closed.is_set()


def test_a_way_that_broke_is_not_kept() -> None:
    relays = Relays()
    pool = relays.pool()
    way = pool.take("a")
    relays.opened[0][1].is_good = False
    pool.give(way)
    assert relays.opened[0][1].closed.is_set()


def test_no_more_messages_go_over_a_way_than_its_relay_wants() -> None:
    relays = Relays()
    pool = relays.pool(most=2)
    way = pool.take("a")
    way.used = 1
    assert not pool.is_worn(way)
    pool.give(way)
    assert pool.take("a") is way
    way.used = 2
    assert pool.is_worn(way)
    pool.give(way)
    assert relays.opened[0][1].closed.is_set()
    assert pool.take("a") is not way


def test_a_way_that_nobody_uses_is_closed_by_itself() -> None:
    relays = Relays()
    pool = relays.pool(idle=0.05)
    pool.give(pool.take("a"))
    assert relays.opened[0][1].closed.wait(10)
    assert pool.take("a").transport is relays.opened[1][1]


def test_who_closes_or_forgets_the_pool_closes_its_ways() -> None:
    relays = Relays()
    pool = relays.pool()
    pool.give(pool.take("a"))
    pool.close()
    assert relays.opened[0][1].closed.is_set()
    pool.give(pool.take("a"))
    del pool
    gc.collect()
    assert relays.opened[1][1].closed.is_set()


def test_a_relay_that_is_not_to_be_had_is_told_as_it_is() -> None:
    with pytest.raises(RelayError, match="it is down"):
        Relays().pool().take("down")
