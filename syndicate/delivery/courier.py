"""Letters go out: lease one, make it, hand it to a relay, end it; then the next.

A letter is gone from Redis only when a relay has it, or when nobody may get it any more. A worker
that dies in between leaves it to the next, which sends the same bytes under the same Message-ID.
"""

from __future__ import annotations

import random
import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Self

import structlog

from syndicate.delivery.bounces.verp import LETTER
from syndicate.delivery.heartbeat import Heartbeat
from syndicate.delivery.model import RELAY_REST, Outcome, State, deferred
from syndicate.errors import (
    AddressError,
    DeferredError,
    MessageError,
    RefusedError,
    RelayError,
    SettingsError,
    TemplateError,
    UncertainError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from syndicate.delivery.letters import Leased, Letter, Letters
    from syndicate.delivery.secretary import Secretary
    from syndicate.delivery.send import Transport
    from syndicate.delivery.turn import Terms
    from syndicate.errors import SyndicateError
    from syndicate.subscribers.model import Subscriber

_log = structlog.get_logger()

#: How long after the act a letter is of use: the links of most are good no longer.
EXPIRES = timedelta(hours=48)


class Courier:
    """Sends the letters of one site, one at a time."""

    def __init__(
        self,
        letters: Letters,
        secretary: Secretary,
        connect: Callable[[], Transport],
        terms: Terms,
    ) -> None:
        self._letters = letters
        self._secretary = secretary
        self._connect = connect
        self._terms = terms
        self._limits, self._clock = terms.limits, terms.clock

    def send_all(self) -> int:
        """Send every letter that is due; how many a relay took.

        Call it as often as you like, from anywhere. Where the relay itself is in trouble it stops:
        what is left is due still.
        """
        # What is left of the task's time must do for one last final dot.
        stop = self._now() + self._limits.hard_limit - self._limits.final_dot
        sent = 0
        with _Way(self._connect) as way:
            while self._may_go_on(stop) and (leased := self._lease()):
                with Heartbeat(partial(self._letters.renew, leased), self._limits, self._clock):
                    try:
                        sent += self._deliver(leased, way)
                    except RelayError as error:
                        self._rest(leased, error)
                        break
                    except Exception as error:
                        # A fault of ours, which mustn't hold up the others at each turn.
                        self._put_off(leased, type(error).__name__)
                        raise
        return sent

    def _may_go_on(self, stop: float) -> bool:
        return self._now() <= stop and not self._terms.stopping()

    def _lease(self) -> Leased | None:
        return self._letters.lease(self._clock(), self._now() + self._limits.heartbeat)

    def _deliver(self, leased: Leased, way: _Way) -> bool:
        """Do what can be done about a letter now; whether a relay took it.

        Raises:
            RelayError: the letter has nothing to do with it.
        """
        letter = leased.letter
        reader = self._secretary.reader(letter)
        address = self._secretary.address_for(letter, reader) if reader else ""
        if reader is None or not address:
            return self._end(letter, State.SKIPPED, "nobody to send it to")
        if self._now() > _expires(letter):
            return self._end(letter, State.FAILED, "expired")
        try:
            message = self._message(leased, reader)
            if message is None:
                return False
            sender = self._secretary.sender(letter, reader)
            way.send(sender, address, self._secretary.address(message, address))
            return self._end(letter, State.SENT)
        except (DeferredError, UncertainError) as error:
            self._put_off(leased, _without(address, error.reply or str(error)))
        except AddressError as error:
            self._end(letter, State.FAILED, _without(address, str(error)))
        except RefusedError as error:
            # Where he wants to move to isn't his yet.
            if address == reader.address:
                self._terms.refused(LETTER, reader.id, error.reply)
            self._end(letter, State.FAILED, _without(address, error.reply))
        except (MessageError, SettingsError, TemplateError) as error:
            # The operator's to mend: the letter waits, and others go on.
            self._rest(leased, error)
        return False

    def _message(self, leased: Leased, reader: Subscriber) -> bytes | None:
        """The letter as it was first made, but for its address; None if the lease is lost."""
        letter = leased.letter
        if letter.message:
            return letter.message
        made = self._secretary.write(letter, reader, self._clock())
        return self._letters.keep(leased, made)

    def _put_off(self, leased: Leased, why: str) -> None:
        """Have it tried again later, unless its time is over by then."""
        letter, before = leased.letter, Outcome(State.DEFERRED, attempts=leased.letter.attempts)
        jitter = random.random()  # noqa: S311 - spreads retries
        outcome = deferred(before, why, self._now(), jitter, _expires(letter))
        if outcome.final:
            self._end(letter, State.FAILED, outcome.reply)
            return
        self._letters.defer(leased, outcome.until, outcome.attempts)
        _log.warning("letter put off", letter=letter.id, kind=letter.kind, reason=why)

    def _rest(self, leased: Leased, error: SyndicateError) -> None:
        """Have it wait for what is no fault of its own; no try is counted for it."""
        letter = leased.letter
        self._letters.defer(leased, self._now() + RELAY_REST, letter.attempts)
        _log.error("letter waits", letter=letter.id, kind=letter.kind, reason=str(error))

    def _end(self, letter: Letter, state: State, why: str = "") -> bool:
        self._letters.end(letter, state)
        log = _log.warning if state is State.FAILED else _log.info
        why_not = {"reason": why} if why else {}
        log("letter", letter=letter.id, kind=letter.kind, state=state, **why_not)
        return state is State.SENT

    def _now(self) -> float:
        return self._clock().timestamp()


class _Way:
    """A way to the relay, opened when it is first needed and again when it broke."""

    def __init__(self, connect: Callable[[], Transport]) -> None:
        self._connect = connect
        self._transport: Transport | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._transport:
            self._transport.close()

    def send(self, sender: str, address: str, message: bytes) -> None:
        """Hand one message over; raises what `Transport.send` raises."""
        if self._transport is None:
            self._transport = self._connect()
        try:
            self._transport.send(sender, address, message)
        except UncertainError:
            self._transport = None
            raise


def _expires(letter: Letter) -> float:
    return (letter.asked_at + EXPIRES).timestamp()


def _without(address: str, reply: str) -> str:
    """A reply as the log may have it: relays like to quote whom they refuse."""
    return re.sub(re.escape(address), "…", reply, flags=re.IGNORECASE)
