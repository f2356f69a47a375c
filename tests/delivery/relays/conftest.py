"""Relays of invented hosts, and the roads to them, over a real Redis and in a virtual clock."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from syndicate.delivery.relays.roads import Roads
from syndicate.delivery.relays.store import RelayStore
from syndicate.delivery.transaction import nothing
from syndicate.settings.relays import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicate.delivery.stuffing import Data
    from syndicate.store.client import Store
    from tests.conftest import Clock

ZONE = ZoneInfo("Europe/Berlin")


def relay(name: str = "main", **said: Any) -> Relay:  # noqa: ANN401 - as a settings file says it
    return Relay(**{"name": name, "url": f"smtp://{name}.relay.example", **said})


@dataclass
class Way:
    """An open way that goes nowhere."""

    closed: bool = False
    sent: list[str] = field(default_factory=list)

    def send(
        self,
        sender: str,
        recipient: str,
        message: bytes | Data,
        meanwhile: Callable[[], None] = nothing,
    ) -> str:
        del sender, message, meanwhile
        self.sent.append(recipient)
        return "250 2.0.0 fine"

    def usable(self) -> bool:
        return not self.closed

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def roads(store: Store, clock: Clock) -> Iterator[Callable[..., Roads]]:
    """The roads of some relays, as one process has them; what is random is the same each time."""

    made: list[Roads] = []

    def make(*relays: Relay, connect: Callable[[Relay], Way] = lambda _relay: Way()) -> Roads:
        draw = random.Random(1).random  # noqa: S311 - chooses relays
        made.append(Roads(relays, ZONE, RelayStore(store), connect, clock, draw))
        return made[-1]

    yield make
    for each in made:
        each.close()
