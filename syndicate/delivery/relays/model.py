"""What a message is told that asks for a relay, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.errors import RelayError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to send one message now; it is counted, whether or not it is made use of."""

    relay: str
    #: Names its place among those under way to a domain that takes only so many at once; empty:
    #: there is no such limit. `Roads.ended` gives it back.
    place: str = ""
    #: Whether it is to find out if the relay is well again.
    probe: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """No leave before that moment, in seconds since the epoch."""

    until: float
    #: One line for people.
    why: str
    #: The domain that alone has to wait; empty: whatever it is, nothing goes out now.
    domain: str = ""


class FullError(RelayError):
    """All connections that a relay may have are in use; nothing is wrong with it."""


class Condition(StrEnum):
    """How a relay is."""

    UP = "up"
    #: It failed, and is tried again by itself soon.
    DOWN = "down"
    #: It wants nothing of us: until somebody resumes it, or its `hold` is over.
    HELD = "held"
    #: Somebody paused it; only somebody resumes it.
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a relay at a moment."""

    condition: Condition = Condition.UP
    #: Why it isn't up, in one line.
    why: str = ""
    #: Seconds since the epoch: since when it isn't up, and when it is tried again.
    since: float = 0.0
    until: float = 0.0
    #: How often it failed in a row.
    times: int = 0
    #: When it had its first message, in seconds since the epoch; 0: it had none.
    first: float = 0.0
    #: Connections that are open, over all workers.
    connections: int = 0
    #: Seconds of a span → messages in it so far.
    used: Mapping[int, int] = field(default_factory=dict)
    #: Day of its warm-up (0 is the first) and messages on it.
    day: int = 0
    today: int = 0
