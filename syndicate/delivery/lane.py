"""One connection's part in a turn: one message after another, each by leave of relay and ledger."""

from __future__ import annotations

import random
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from syndicate.delivery.bounces.codes import classify_reply
from syndicate.delivery.bounces.model import Kind
from syndicate.delivery.model import (
    POLICY_REST,
    RELAY_REST,
    MailingState,
    Outcome,
    State,
    deferred,
    unknown,
    waiting,
)
from syndicate.delivery.relays.model import FullError, Grant, Wait
from syndicate.digests.headers import ascii_address
from syndicate.errors import (
    AddressError,
    DeferredError,
    MessageError,
    RefusedError,
    RelayError,
    UncertainError,
)
from syndicate.subscribers.address import domain_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.delivery.clerk import Clerk
    from syndicate.delivery.model import Ended
    from syndicate.delivery.pool import Pool, Way
    from syndicate.delivery.send import Roads
    from syndicate.delivery.stuffing import Data
    from syndicate.delivery.turn import Turn

#: Messages that leave is asked for at once: more would wait here while others have nothing to do.
_MOST = 8
#: Seconds that a connection waits for its next message; if it takes longer, the chunk comes again.
_PATIENT = 5.0


class Lane:
    """Works on a turn's agenda, with a way of its own, until nothing is left that it could do."""

    def __init__(self, turn: Turn, clerk: Clerk, pool: Pool, roads: Roads) -> None:
        self._turn, self._clerk, self._pool, self._roads = turn, clerk, pool, roads
        self._way: Way | None = None
        #: Whether there is nothing that it could do any more, though others may.
        self._is_idle = False
        #: Connections that were lost in a row: a relay may end one at any time, but not each.
        self._lost = 0
        #: What it has leave for, in order, and the message of the first, if it is made already.
        self._left: deque[tuple[int, Grant]] = deque()
        self._ahead: tuple[int, Data] | None = None
        #: How the last message went, which the ledger hears together with the next question.
        self._ended: Ended | None = None

    def run(self) -> None:
        """Send; what goes wrong for all is raised, and ends the other lanes, too."""
        try:
            while not self._is_idle and (granted := self._granted()):
                self._send_all(granted)
            self._write_down()
        except BaseException:
            self._turn.stop(RELAY_REST)
            self._drop_way()
            # What is known is told, if it can be.
            self._write_down()
            raise
        if self._way:
            self._pool.give(self._way)

    # Leave of the relays

    def _granted(self) -> list[tuple[int, Grant]]:
        """The next places with the relay that each may take; none: there is nothing more to do."""
        turn = self._turn
        while not turn.is_over():
            places = turn.agenda.take(turn.now(), min(_MOST, turn.agenda.share(turn.width)))
            if not places:
                if not self._wait():
                    return []
                continue
            places = [place for place in places if self._is_open(place)]
            domains = [domain_of(turn.recipient(place).address) for place in places]
            answers = self._roads.take(domains, turn.now(), turn.job.relay) if places else []
            granted: list[tuple[int, Grant]] = []
            for place, answer in zip(places, answers, strict=True):
                if isinstance(answer, Wait):
                    turn.put_off(place, answer)
                else:
                    granted.append((place, answer))
            if granted:
                return granted
        return []

    def _wait(self) -> bool:
        """Wait for the first that may soon be begun; False if none may."""
        turn = self._turn
        until, now = turn.agenda.next_at, turn.now()
        if turn.agenda.has_ready:
            return True
        if until is None or until - now > _PATIENT:
            return False
        self._write_down()
        turn.pause(max(0.0, until - now))
        # A clock that stands still, or was put back, would have us wait for ever.
        return turn.now() >= until

    def _is_open(self, place: int) -> bool:
        """Whether anything may be sent to him; if not, that is his outcome."""
        why = self._turn.hopeless(place)
        if why:
            self._note(place, Outcome(State.FAILED, why))
        return not why

    # Sending

    def _send_all(self, granted: Sequence[tuple[int, Grant]]) -> None:
        self._left = deque(granted)
        while self._left:
            if self._turn.is_over() or self._is_idle:
                break
            place, grant = self._left.popleft()
            try:
                if not self._is_on(grant.relay, place):
                    # The others' leave may be for a relay that is down by now.
                    break
                self._send(place, grant.relay)
            finally:
                self._roads.ended(grant)
        for _, grant in self._left:
            self._roads.ended(grant)
        self._turn.agenda.give_back(place for place, _ in reversed(self._left))

    def _is_on(self, relay: str, place: int) -> bool:
        """Have a way to that relay; if there is none, the place has to wait."""
        if self._way and (self._way.relay != relay or self._pool.is_worn(self._way)):
            self._pool.give(self._way)
            self._way = None
        if self._way:
            return True
        # To connect may take minutes.
        self._write_down()
        try:
            self._way = self._pool.take(relay)
        except FullError:
            # Those who have its connections go on.
            self._turn.agenda.give_back([place])
            self._is_idle = True
        except RelayError as error:
            # Another relay may take it; if there is none, it is told how long to wait.
            self._turn.agenda.give_back([place])
            self._blame(relay, place, error)
        return self._way is not None

    def _send(self, place: int, relay: str) -> None:
        leave = self._ask(place)
        if leave == "skip":
            self._turn.log(place, Outcome(State.SKIPPED))
            return
        if leave != "go":
            # The mailing is paused, and goes on when it is let; or the chunk is another's by now.
            self._turn.stop(0 if leave == MailingState.PAUSED else RELAY_REST)
            return
        self._note(place, self._outcome(place, relay), relay)

    def _ask(self, place: int) -> str:
        """Leave to begin a delivery; what its reader is to get may have changed meanwhile."""
        ended, self._ended = self._ended, None
        leave = self._clerk.advance(ended, self._turn.begin(place))
        if leave != "changed":
            return leave
        self._turn.look_again(place)
        self._ahead = None
        return self._clerk.advance(None, self._turn.begin(place))

    def _outcome(self, place: int, relay: str) -> Outcome:
        """Hand one message over; how that went."""
        turn, before = self._turn, self._turn.before(place)
        try:
            self._transmit(place)
        except DeferredError as error:
            self._went_well(relay)
            jitter = random.random()  # noqa: S311 - spreads retries
            outcome = deferred(before, error.reply, turn.now(), jitter, turn.expires)
            if outcome.final:
                turn.refused(place, error.reply)
            return outcome
        except RefusedError as error:
            return self._refused(relay, place, error)
        except (AddressError, MessageError) as error:
            return Outcome(State.FAILED, str(error))
        except RelayError as error:
            is_news = self._lose_way(relay, place, error)
            until = turn.now() + (RELAY_REST if is_news else 0)
            turn.agenda.put_off(place, until)
            return waiting(before, str(error), until)
        except UncertainError as error:
            self._lose_way(relay, place, RelayError(str(error), error.reply))
            return unknown(before, str(error), turn.now() + turn.patience, again=turn.job.again)
        self._went_well(relay)
        turn.went_well()
        return Outcome(State.SENT)

    def _transmit(self, place: int) -> None:
        if self._way is None:
            raise RuntimeError("a message was begun without a way")
        turn = self._turn
        message = self._message(place)
        address = ascii_address(turn.recipient(place).address)
        self._way.used += 1
        self._way.transport.send(turn.sender(place), address, message, self._make_next)

    def _message(self, place: int) -> Data:
        """His message: the one that is made already, if it is his."""
        ahead, self._ahead = self._ahead, None
        return ahead[1] if ahead and ahead[0] == place else self._turn.message(place)

    def _make_next(self) -> None:
        """Make the next message while a relay thinks over this one.

        What goes wrong with it does so again when its turn comes, and is told then.
        """
        with suppress(Exception):
            if self._left:
                place = self._left[0][0]
                self._ahead = (place, self._turn.message(place))

    def _refused(self, relay: str, place: int, error: RefusedError) -> Outcome:
        """The outcome of a 5xx answer: final, unless it is us that they don't want."""
        if classify_reply(error.reply) is not Kind.POLICY:
            self._went_well(relay)
            self._turn.refused(place, error.reply)
            return Outcome(State.FAILED, error.reply)
        self._lost = 0
        self._roads.report(relay, RelayError(f"{relay} says {error.reply}", error.reply))
        turn = self._turn
        return waiting(turn.before(place), error.reply, turn.now() + POLICY_REST)

    def _went_well(self, relay: str) -> None:
        self._lost = 0
        self._roads.report(relay, None)

    def _lose_way(self, relay: str, place: int, error: RelayError) -> bool:
        """Give up a way that failed; whether that says something about its relay."""
        self._drop_way()
        self._lost += 1
        is_news = bool(error.reply) or self._lost > 1
        if is_news:
            self._blame(relay, place, error)
        return is_news

    def _drop_way(self) -> None:
        if self._way:
            self._way.transport.close()
            self._way = None

    def _blame(self, relay: str, place: int, error: RelayError) -> None:
        """Tell of a relay that failed."""
        self._roads.report(relay, error)
        self._turn.in_trouble(place, error)

    # The ledger

    def _note(self, place: int, outcome: Outcome, relay: str = "") -> None:
        """Remember how a delivery ended until the ledger is spoken to."""
        self._write_down()
        self._ended = self._turn.ended(place, outcome, relay)

    def _write_down(self) -> None:
        if self._ended:
            ended, self._ended = self._ended, None
            self._clerk.advance(ended, None)
