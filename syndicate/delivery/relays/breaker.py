"""When a relay is left alone, and for how long: by what it said, and how often in a row."""

from __future__ import annotations

import re
from enum import Enum

from syndicate.delivery.bounces.codes import classify_reply
from syndicate.delivery.bounces.model import Kind

#: Policy answers in a row, to different recipients, that mean us and not them.
IN_A_ROW = 5
#: RFC 4954 §6: who we are isn't believed, or isn't proved as they want it.
_UNKNOWN_TO_THEM = frozenset(("530", "534", "535", "538"))
_REPLY = re.compile(r"([245]\d\d)(?![0-9])")
#: Seconds. A relay that is busy or away is asked again soon, one that refuses to talk later.
_SOON, _LATER = 5.0, 60.0
#: Seconds. A relay that comes back is noticed within this time.
_LONGEST = 3600.0
#: Waits double until the longest: 5 s × 2^10 is more than an hour.
_STEPS = 11


class Fault(Enum):
    """What is wrong with a relay, or between it and us."""

    #: It can't be reached, or said 421 or another "later".
    AWAY = "away"
    #: It broke a connection off without a word. Once it may be about that one.
    HUNG_UP = "hung up"
    #: It refuses to talk: at the greeting, EHLO, STARTTLS or MAIL FROM.
    REFUSES = "refuses"
    #: It doesn't let us in: AUTH was refused. Only a person can mend that.
    NO_ENTRY = "no entry"
    #: It doesn't want what we send, or how we say it. Once it may be about one recipient.
    POLICY = "policy"

    @property
    def holds(self) -> bool:
        """Whether trying again soon would make it worse, and a person should look."""
        return self in (Fault.NO_ENTRY, Fault.POLICY)

    @property
    def patience(self) -> int:
        """How often in a row it is the relay's, and not a recipient's or a connection's."""
        return {Fault.HUNG_UP: 3, Fault.POLICY: IN_A_ROW}.get(self, 1)


def judge(reply: str) -> Fault:
    """What is wrong with a relay that was reached, by what it said; empty: it hung up."""
    code = _REPLY.match(reply)
    if code is None:
        return Fault.HUNG_UP
    if not code[1].startswith("5"):
        return Fault.AWAY
    if code[1] in _UNKNOWN_TO_THEM:
        return Fault.NO_ENTRY
    return Fault.POLICY if classify_reply(reply) is Kind.POLICY else Fault.REFUSES


def pauses(fault: Fault, hold: float, jitter: float) -> tuple[float, ...]:
    """Seconds to leave a relay alone after its first failure, its second in a row, ….

    `jitter` in 0…1 makes them up to a quarter longer, so that workers don't come back as one.
    """
    if fault.holds:
        return (hold,)
    first = _LATER if fault is Fault.REFUSES else _SOON
    steps = (min(_LONGEST, first * 2**step) for step in range(_STEPS))
    return tuple(seconds * (1 + jitter / 4) for seconds in steps)
