"""The states of a mailing and of a delivery, and the rules by which a chunk goes on."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from syndicate.subscribers.model import Digest

#: The editions in one reader's message of all in one, in his order; empty where all get the same.
Variant = tuple[int, ...]

#: Deliveries in a chunk: the unit of lease and of work.
CHUNK = 500
#: Bits that a chunk has in the bitmaps: a power of two over `CHUNK`, so that it starts on a byte.
STRIDE = 512
#: Seconds to wait before the try after the first, second, … deferral (RFC 5321 §4.5.4.1).
RETRIES = (300, 900, 1800, 3600, 7200, 14400)
#: Final-dot time-outs to wait before an uncertain message goes out again: by then whoever was
#: sending it has either its answer or none to come.
PATIENCE = 1.1
#: Seconds that a chunk rests when the relay, not a recipient, was in the way.
RELAY_REST = 60.0
#: Seconds that a delivery rests whose reader's relay has something against us: an operator may mend
#: it before the message expires, and nobody is asked more than that often.
POLICY_REST = 3600.0
#: Seconds that the messages of a mailing are kept after its end: for what was parked.
TEMPLATES_KEPT = 7 * 86400
#: Seconds that it is known of each delivery how it went, after the mailing's end: bounces come
#: within days, and questions within weeks. Its counts are kept for ever.
LEDGER_KEPT = 90 * 86400


class MailingState(StrEnum):
    """What a mailing is doing; the first three still have work."""

    ORDERED = "ordered"
    #: Its audience is frozen and being divided into chunks; the first ones go out already.
    PLANNING = "planning"
    SENDING = "sending"
    #: Nothing of it goes out until somebody resumes it; `trouble` says why.
    PAUSED = "paused"
    SENT = "sent"
    #: Nothing of it goes out any more; `trouble` says why.
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing of it goes out any more, whatever anybody does."""
        return self in (MailingState.SENT, MailingState.CANCELLED)


class State(StrEnum):
    """What became of one delivery. Sent ones that need no explanation are bits, not records."""

    SENT = "sent"
    #: The relay asked for another try later.
    DEFERRED = "deferred"
    #: It will not be tried again.
    FAILED = "failed"
    #: He left, or was suppressed, before his turn.
    SKIPPED = "skipped"
    #: The connection broke when the message may have been taken already; it is sent again.
    UNCERTAIN = "uncertain"
    #: The same, but it isn't sent again: its digest wants no message twice.
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A delivery that is not plainly sent."""

    state: State
    #: What the relay said, or why it was never asked; it names no address.
    reply: str = ""
    #: Seconds since the epoch from which it may be tried again; 0 for never.
    until: float = 0.0
    attempts: int = 0
    #: Seconds since the epoch at which that was known, and the relay that it went by; 0 and empty
    #: of what never came so far.
    at: float = 0.0
    relay: str = ""

    def to_json(self) -> str:
        """The outcome as the ledger keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """What `to_json` wrote, or the shorter form that a script wrote."""
        values = json.loads(text)
        return cls(**{**values, "state": State(values["state"])})

    @property
    def final(self) -> bool:
        """Whether nothing more will be tried."""
        return self.state not in (State.DEFERRED, State.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """Editions on their way to an audience, as counted so far."""

    id: int
    editions: tuple[int, ...]
    state: MailingState
    ordered_at: datetime
    ended_at: datetime | None = None
    audience: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    #: Sent or not, nobody knows, and so it stays.
    parked: int = 0
    #: Why it waits, in one line; empty when nothing is in the way.
    trouble: str = ""
    #: CADENCE:CATEGORY of the pause that stopped it; empty: none did.
    pause: str = ""
    #: Whether it is of all in one: each reader's message has his editions.
    together: bool = False
    #: The mailing of all in one that has its edition too, for those who want that; None: none has.
    without: int | None = None
    #: Id of the key that signs its links and Message-IDs; None before it is planned.
    key: int | None = None
    #: When somebody last had some of it tried again: it has all its time from then on.
    again_at: datetime | None = None

    @property
    def open(self) -> int:
        """Deliveries that nothing final is known of."""
        return self.audience - self.sent - self.failed - self.skipped - self.parked


@dataclass(frozen=True, slots=True)
class Lease:
    """A chunk in one worker's hands, until it gives it back or is taken for dead."""

    mailing: int
    chunk: int
    #: Grows with every lease: an old one is told from a new one.
    token: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How one delivery went."""

    delivery: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Begin:
    """A delivery to be begun."""

    delivery: int
    subscriber: int
    #: What the message is of.
    digests: tuple[Digest, ...]
    #: Its editions, where they differ from reader to reader.
    variant: Variant = ()
    #: The language that its reader wished for.
    language: str = ""
    #: The entries of the suppression list that would bar the address it goes to.
    barring: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as its worker finds it: who is in it, and what the ledger says of each."""

    number: int
    subscribers: tuple[int, ...]
    #: A bit a delivery, most significant bit first, as Redis keeps it.
    sending: bytes
    sent: bytes
    #: By place in the chunk.
    outcomes: Mapping[int, Outcome]
    #: By place: what is in a message of all in one that was begun and may be under way.
    variants: Mapping[int, Variant] = field(default_factory=dict)
    #: By place: the language of a message that was begun and may be under way; empty: no wish.
    languages: Mapping[int, str] = field(default_factory=dict)
    #: Seconds since the epoch: when it was planned to go out, and what its messages are dated.
    begins: float = 0.0
    #: The zone by whose clocks it goes out; empty: that of the mailing's cadence.
    zone: str = ""

    def delivery(self, place: int) -> int:
        """The delivery's number in the mailing: its bit in the bitmaps."""
        return self.number * STRIDE + place


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done about a chunk now."""

    #: Places to send to, in order.
    now: tuple[int, ...]
    #: Places that a crash left between *sending* and *sent*.
    uncertain: tuple[int, ...]
    #: The next moment at which something else may be tried, in seconds since the epoch.
    later: float | None


def decide(chunk: Chunk, now: float) -> Work:
    """What is to be done about a chunk, from the ledger alone.

    *sending* without *sent* is exactly what a crash made unknowable, unless it is known as such
    already: it has to wait, for whoever was sending it may still live. Everything else goes on as
    if nothing had happened.
    """
    todo: list[int] = []
    uncertain: list[int] = []
    times: list[float] = []
    for place in range(len(chunk.subscribers)):
        outcome = chunk.outcomes.get(place)
        if is_set(chunk.sent, place) or (outcome and outcome.final):
            continue
        known = outcome is not None and outcome.state is State.UNCERTAIN
        if is_set(chunk.sending, place) and not known:
            uncertain.append(place)
        elif outcome and outcome.until > now:
            times.append(outcome.until)
        else:
            todo.append(place)
    return Work(tuple(todo), tuple(uncertain), min(times, default=None))


def is_set(bitmap: bytes, place: int) -> bool:
    """A bit of a Redis bitmap; those past its end are 0."""
    byte, bit = divmod(place, 8)
    return byte < len(bitmap) and bool(bitmap[byte] & (0x80 >> bit))


def unpack(packed: bytes) -> tuple[int, ...]:
    """The subscribers of a chunk: little-endian unsigned 32-bit integers."""
    return struct.unpack(f"<{len(packed) // 4}I", packed)


def unknown(before: Outcome | None, why: str, until: float, *, again: bool) -> Outcome:
    """The outcome of a message that may have been taken: `again` at that moment, or never."""
    attempts = before.attempts if before else 0
    if again:
        return Outcome(State.UNCERTAIN, why, until, attempts)
    return Outcome(State.PARKED, why, 0, attempts)


def waiting(before: Outcome | None, why: str, until: float) -> Outcome:
    """The outcome of a try that failed without its recipient: it doesn't count."""
    return Outcome(State.DEFERRED, why, until, before.attempts if before else 0)


def deferred(
    before: Outcome | None, reply: str, now: float, jitter: float, expires: float
) -> Outcome:
    """The outcome of a 4xx answer: later, or never when its time is over.

    `jitter` in 0…1 spreads the retries of a crowd over a quarter of the pause.
    """
    attempts = (before.attempts if before else 0) + 1
    pause = RETRIES[min(attempts, len(RETRIES)) - 1] * (1 + jitter / 4)
    if now + pause > expires:
        return Outcome(State.FAILED, f"expired after {attempts} tries; last: {reply}", 0, attempts)
    return Outcome(State.DEFERRED, reply, now + pause, attempts)


def later(times: Sequence[float | None]) -> float | None:
    """The earliest of some moments, any of which may be none."""
    return min((moment for moment in times if moment is not None), default=None)
