"""What became of one message: rules over what the ledger says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.delivery.model import LEDGER_KEPT, MailingState, State

if TYPE_CHECKING:
    from syndicate.delivery.history import Trace
    from syndicate.delivery.model import Mailing

#: Days for which it is known of each delivery how it went, after its mailing's end.
KEPT_DAYS = LEDGER_KEPT // 86400


class Fate(StrEnum):
    """What became of one reader's message of a mailing."""

    SENT = "sent"
    #: A worker has it in hand.
    SENDING = "being sent"
    #: Its turn is still to come.
    WAITING = "waiting"
    #: The relay asked for another try later.
    DEFERRED = "deferred"
    FAILED = "failed"
    #: He left, or was suppressed, before his turn.
    SKIPPED = "skipped"
    #: It may have arrived; it is sent again.
    UNCERTAIN = "uncertain"
    #: It may have arrived; it isn't sent again.
    PARKED = "parked"
    #: The mailing was cancelled before it went out.
    CANCELLED = "cancelled"
    #: He wasn't in the audience.
    ABSENT = "not in the audience"
    #: The mailing ended so long ago that only its counts are left.
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of one message; times are UTC."""

    fate: Fate
    #: All of it in a sentence.
    text: str
    #: It was then, at the earliest and at the latest: one moment, where it is known so well.
    first: datetime | None = None
    last: datetime | None = None
    #: When it is tried, or tried again.
    until: datetime | None = None
    #: The zone by whose clocks that is; empty: that of its cadence.
    zone: str = ""
    #: Tries that the relay put off.
    attempts: int = 0
    #: The relay; the relays of its chunk, where there were several.
    relays: tuple[str, ...] = ()
    reply: str = ""


#: What an outcome is where nothing in the mailing's state says otherwise.
_FATES = {
    State.SENT: Fate.SENT,
    State.DEFERRED: Fate.DEFERRED,
    State.FAILED: Fate.FAILED,
    State.SKIPPED: Fate.SKIPPED,
    State.UNCERTAIN: Fate.UNCERTAIN,
    State.PARKED: Fate.PARKED,
}


def fate_of(trace: Trace, state: MailingState) -> Fate:
    """What became of a delivery of a mailing in that state.

    *Begun* without *sent* is what nobody can know, unless a worker that lives is at it.
    """
    if trace.sent:
        return Fate.SENT
    known = _FATES[trace.outcome.state] if trace.outcome else None
    if known in (Fate.FAILED, Fate.SKIPPED, Fate.PARKED):
        return known
    if trace.begun and trace.held:
        return Fate.SENDING
    if trace.begun:
        return Fate.UNCERTAIN
    if state is MailingState.CANCELLED:
        return Fate.CANCELLED
    return known or Fate.WAITING


def when(
    trace: Trace, fate: Fate, mailing: Mailing
) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
    """Between which moments it happened, and by which relays.

    A message with a record of its own knows its moment, a plain success that of its chunk; where
    neither is known, it was while the mailing was on its way.
    """
    outcome = trace.outcome
    if outcome and outcome.at and (fate is not Fate.SENT or outcome.state is State.SENT):
        at = datetime.fromtimestamp(outcome.at, UTC)
        return at, at, (outcome.relay,) if outcome.relay else ()
    if fate is Fate.SENT and trace.span:
        return trace.span.first, trace.span.last, trace.span.relays
    if fate is Fate.SENT:
        return mailing.ordered_at, mailing.ended_at, ()
    return None, None, ()


def is_kept(mailing: Mailing, now: datetime) -> bool:
    """Whether more than the counts is known of a mailing."""
    ended = mailing.ended_at
    return ended is None or (now - ended).total_seconds() <= LEDGER_KEPT


def again_at(trace: Trace, mailing: Mailing) -> datetime | None:
    """When it is tried, or tried again; what was cancelled isn't, whatever its record says."""
    outcome = trace.outcome
    if trace.sent or mailing.state.ended:
        return None
    if outcome is None:
        return None if mailing.state is MailingState.PAUSED else trace.due_at
    tried_again = outcome.until and not outcome.final
    return datetime.fromtimestamp(outcome.until, UTC) if tried_again else None
