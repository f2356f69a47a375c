"""Letters go out within the same limits as all other mail, and by whichever relay is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.relays.model import Condition
from syndicate.delivery.relays.singly import Singly
from syndicate.errors import RefusedError, RelayError, UncertainError
from tests.delivery.relays.conftest import Way, relay

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.delivery.relays.roads import Roads
    from syndicate.settings.relays import Relay
    from tests.conftest import Clock


class Ways:
    """Opens ways, and fails as a test says."""

    def __init__(self) -> None:
        self.opened: dict[str, list[Way]] = {}
        self.down: set[str] = set()

    def __call__(self, to: Relay) -> Way:
        if to.name in self.down:
            raise RelayError(f"{to.name} doesn't answer")
        self.opened.setdefault(to.name, []).append(Way())
        return self.opened[to.name][-1]

    def sent(self, name: str) -> int:
        return sum(len(way.sent) for way in self.opened.get(name, ()))


def send(way: Singly) -> str:
    return way.send("news@blog.example", "ann@reader.example", b"")


def test_one_connection_does_for_many_and_each_message_counts(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    ways = Ways()
    way = Singly(roads(relay(per_minute=3, connections=1), connect=ways), clock)
    for _ in range(3):
        assert send(way) == "250 2.0.0 fine"
    with pytest.raises(RelayError, match="has had what it may have a minute"):
        send(way)
    way.close()
    assert [len(each.sent) for each in ways.opened["main"]] == [3]
    assert ways.opened["main"][0].closed


def test_a_relay_that_is_down_is_gone_round(roads: Callable[..., Roads], clock: Clock) -> None:
    ways = Ways()
    mine = roads(relay("first"), relay("spare", priority=2), connect=ways)
    way = Singly(mine, clock)
    send(way)
    ways.down.add("first")
    ways.opened["first"][0].close()
    with pytest.raises(RelayError):
        send(way)
    assert mine.standing("first").condition is Condition.DOWN
    send(way)
    assert (ways.sent("first"), ways.sent("spare")) == (1, 1)


@pytest.mark.parametrize(
    ("error", "condition"),
    [
        (RefusedError("no", "550 5.1.1 nobody"), Condition.UP),
        (RelayError("no", "421 4.3.2 closing"), Condition.DOWN),
        (UncertainError("no", "421 4.3.2 closing"), Condition.DOWN),
        (UncertainError("hung up at the final dot"), Condition.UP),
    ],
)
def test_what_is_said_of_a_recipient_is_no_trouble_of_the_relay(
    roads: Callable[..., Roads],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    condition: Condition,
) -> None:
    def fail(*_: object) -> str:
        raise error

    monkeypatch.setattr(Way, "send", fail)
    mine = roads(relay())
    with pytest.raises(type(error)):
        send(Singly(mine, clock))
    assert mine.standing("main").condition is condition
