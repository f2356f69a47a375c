"""What the log says of a delivery: ids, never addresses (`running.logs` sees to replies)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.model import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.delivery.model import Chunk, Outcome

_log = structlog.get_logger()

#: The reply code, and the enhanced one where there is one (RFC 3463).
_CODE = re.compile(r"\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?\b")
#: What a person may want to look at.
_LOUD = (State.FAILED, State.UNCERTAIN, State.PARKED)


def log_outcome(
    outcome: Outcome, mailing: int, chunk: Chunk, place: int, editions: Sequence[int]
) -> None:
    """A line for a delivery that isn't plainly sent: that at this place of the chunk."""
    code = _CODE.match(outcome.reply)
    (_log.warning if outcome.state in _LOUD else _log.info)(
        "delivery",
        state=outcome.state.value,
        mailing=mailing,
        edition=" ".join(map(str, editions)),
        chunk=chunk.number,
        delivery=chunk.delivery(place),
        subscriber=chunk.subscribers[place],
        relay=outcome.relay,
        code=code[0] if code else "",
        reply=outcome.reply,
    )
