"""What may go wrong outside the engine, and when it does: seeded, counted, one round at a time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

#: What stands before the name of a script at the moment when Redis hasn't heard of it yet, and
#: when it has done it but its caller doesn't know.
BEFORE, AFTER = "before ", "after "
#: What stands behind an act at the final dot: the message is in the mailbox, or it isn't.
TAKEN, LOST = ", taken", ", not taken"


class Place(StrEnum):
    """Where an SMTP session can go wrong: at its answer to that, or while reading it."""

    CONNECT = "CONNECT"
    TLS = "TLS"
    EHLO = "EHLO"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "BODY"
    DOT = "DOT"
    #: The 250 to the final dot is out.
    TOLD = "TOLD"
    RSET = "RSET"
    QUIT = "QUIT"


class Act(StrEnum):
    """What goes wrong there."""

    CLOSING = "421"
    DEFER = "451"
    REFUSE = "550"
    TOO_LARGE = "552"
    LATE = "late"
    TOO_LATE = "too late"
    HANG_UP = "hang up"
    RESET = "reset"
    HALF = "half a reply"
    GARBAGE = "garbage"
    SLOW = "slow"
    #: Nobody listens for a while.
    REFUSE_ALL = "connects refused"
    #: A certificate that nobody trusts.
    FOREIGN = "wrong certificate"
    #: The worker gets SIGKILL.
    KILL = "kill"
    #: The worker gets SIGSTOP, and SIGCONT when its lease is over.
    STALL = "stall"
    #: Redis's connection is cut.
    CUT = "cut"


_GONE = (Act.HANG_UP, Act.RESET, Act.HALF, Act.GARBAGE)
_WORKER = (Act.KILL, Act.STALL)
_USUAL = (Act.CLOSING, Act.DEFER, Act.LATE, *_GONE, *_WORKER)

#: What can happen where. At the final dot, what breaks off leaves the message taken or not.
ACTS: dict[Place, tuple[str, ...]] = {
    Place.CONNECT: (*_USUAL, Act.REFUSE_ALL),
    Place.TLS: (Act.HANG_UP, Act.RESET, Act.GARBAGE, Act.FOREIGN),
    Place.EHLO: _USUAL,
    Place.MAIL: _USUAL,
    Place.RCPT: (*_USUAL, Act.REFUSE),
    Place.DATA: _USUAL,
    Place.BODY: (Act.SLOW, Act.HANG_UP, Act.RESET, Act.KILL),
    Place.DOT: (
        *(Act.CLOSING, Act.DEFER, Act.TOO_LARGE, Act.LATE),
        *(act + how for act in (*_GONE, *_WORKER) for how in (TAKEN, LOST)),
        # It takes its time, and a message that isn't taken late is as one that was refused.
        Act.TOO_LATE + TAKEN,
    ),
    Place.TOLD: (*_WORKER, Act.RESET),
    Place.RSET: (Act.CLOSING, Act.LATE, *_GONE),
    Place.QUIT: (Act.HANG_UP, Act.GARBAGE, Act.KILL),
}
#: What can happen to a script, before and after.
SCRIPT_ACTS = (Act.KILL, Act.KILL, Act.CUT, Act.CUT, Act.STALL)
#: Of a hundred, how many go wrong there: where it matters most, most.
_RATES = {Place.DOT: 14, Place.TOLD: 5, Place.CONNECT: 9, Place.EHLO: 5, Place.QUIT: 10}
_RATE = 2.5
#: The same of scripts; one is called for relays, as often as all others together.
_SCRIPT_RATES = {"advance": 4.0, "take_grants": 1.0}
_SCRIPT_RATE = 3.5


@dataclass
class Plan:
    """The faults of a round: so many, drawn from a seed; or one that is wanted at one place."""

    seed: str
    #: How many; then all is well.
    budget: int
    #: Place → act, done once, first of all.
    wanted: dict[str, str] = field(default_factory=dict)
    #: Place → acts that may happen there, others don't; empty: whatever can.
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - draws faults

    def at(self, place: str) -> str | None:
        """What goes wrong here now, if anything does; whoever asks does it."""
        if place in self.wanted:
            return self._counted(place, self.wanted.pop(place))
        if self.budget <= 0:
            return None
        name = place.removeprefix(BEFORE).removeprefix(AFTER)
        known = Place(place) if name == place else None
        rate = _RATES.get(known, _RATE) if known else _SCRIPT_RATES.get(name, _SCRIPT_RATE)
        acts = ACTS[known] if known else SCRIPT_ACTS
        if self.only:
            acts = self.only.get(place, ())
        if not acts or self._random.uniform(0, 100) >= rate:
            return None
        return self._counted(place, self._random.choice(acts))

    def _counted(self, place: str, act: str) -> str:
        self.budget -= 1
        self.done[f"{place}: {act}"] += 1
        return act
