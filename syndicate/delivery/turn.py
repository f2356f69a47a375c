"""One worker's turn at one chunk: what its lanes share, and when the chunk is due again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.agenda import Agenda
from syndicate.delivery.logged import log_outcome
from syndicate.delivery.model import (
    PATIENCE,
    Begin,
    Ended,
    Outcome,
    State,
    decide,
    later,
    unknown,
)
from syndicate.delivery.replies import without
from syndicate.delivery.transaction import SLOWEST
from syndicate.subscribers.suppressions import entries_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from syndicate.delivery.job import Job
    from syndicate.delivery.model import Lease, Variant
    from syndicate.delivery.relays.model import Wait
    from syndicate.delivery.store import Ledger
    from syndicate.delivery.stuffing import Data
    from syndicate.errors import RelayError
    from syndicate.settings import Delivery
    from syndicate.subscribers.model import Recipient

    #: Ids and names of merge fields → what is known of each.
    Recipients = Callable[[Sequence[int], Sequence[str]], Mapping[int, Recipient]]
    #: Hears of a mailing (0: a letter) and a subscriber what a relay said when it was final.
    Refused = Callable[[int, int, str], object]

_log = structlog.get_logger()

#: Messages that a connection is worth opening for.
_WORTH_A_CONNECTION = 4
#: Seconds until a chunk comes again for which the relays had no connection to spare.
_FULL_REST = 5.0


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a turn is held under."""

    limits: Delivery
    clock: Callable[[], datetime]
    refused: Refused
    #: Whether the process is to end soon.
    stopping: Callable[[], bool] = _never
    #: Waits for so many seconds.
    pause: Callable[[float], object] = time.sleep
    #: Called with each sign of life; what it raises is logged.
    alive: Callable[[], object] = _never


class Turn:
    """A leased chunk in the hands of one process. For any number of threads."""

    def __init__(self, ledger: Ledger, job: Job, lease: Lease, terms: Terms) -> None:
        self.job, self._terms, self._ledger = job, terms, ledger
        self._limits = limits = terms.limits
        # What is left of the task's time must do for the slowest of transactions, or nearly.
        slowest = min(SLOWEST * limits.final_dot, 0.9 * limits.hard_limit)
        self._end = self.now() + limits.hard_limit - slowest
        self._lock = threading.Lock()
        self._rest: float | None = None
        #: When places may be tried again that were tried in this turn.
        self._again: dict[int, float] = {}
        self._trouble: str | None = None
        self._chunk = ledger.load(lease)
        #: Since when and until when mail to its zone may leave.
        self._opens, self._closes = job.timing.stretch(self._chunk.zone, self.now())
        #: When what is left of it is given up.
        self.expires = job.timing.expires(self._chunk.zone)
        self._work = decide(self._chunk, self.now())
        self._known: dict[int, Recipient] = {}
        self._variants: dict[int, Variant] = {}
        self.agenda = Agenda(self._work.now)
        #: The relay of each message that was taken.
        self.sent_by: list[str] = []
        worth = -(-len(self._work.now) // _WORTH_A_CONNECTION)
        #: Connections that it is worth to send it by.
        self.width = min(limits.connections, worth)

    @property
    def patience(self) -> float:
        """Seconds until a message that may have been taken can be sent again."""
        return self._limits.final_dot * PATIENCE

    def prepare(self, recipients: Recipients) -> list[Ended]:
        """Get what is known of its readers; what the ledger is to hear of before anything goes out.

        That is what a crash made unknowable.
        """
        who = [self._chunk.subscribers[place] for place in self._work.now]
        self._known.update(recipients(who, self.job.fields))
        self._variants.update(self.job.variants(who))
        self._keep_begun()
        if who:
            self.job.prepare({recipient.language for recipient in self._known.values()})
        until = self.now() + self.patience
        return [
            self.ended(
                place,
                unknown(self.before(place), "worker lost", until, again=self.job.again),
            )
            for place in self._work.uncertain
        ]

    def due(self) -> float | None:
        """When the chunk is due again, once all lanes have ended; None: it is done.

        That is never at a time at which nothing of it may leave.
        """
        found = self._next()
        if found is None:
            return None
        opens, _ = self.job.timing.stretch(self._chunk.zone, found)
        return max(found, opens)

    def _next(self) -> float | None:
        """When something else may be done about it, or have to be done."""
        times = [self._work.later, self.agenda.next_at, *self._again.values()]
        if self._rest is not None:
            times.append(self.now() + self._rest)
        elif self.agenda.has_ready:
            times.append(self.now() if self._is_late() else self.now() + _FULL_REST)
        return later(times)

    # How it stands

    def now(self) -> float:
        """The moment, in seconds since the epoch."""
        return self._terms.clock().timestamp()

    def pause(self, seconds: float) -> None:
        """Wait for so long."""
        self._terms.pause(seconds)

    def is_over(self) -> bool:
        """Whether no other message is to be begun."""
        return self._rest is not None or self._is_late()

    def stop(self, rest: float) -> None:
        """Have no lane begin another message; the chunk comes again after so many seconds."""
        with self._lock:
            self._rest = max(rest, self._rest or 0.0)

    def put_off(self, place: int, wait: Wait) -> None:
        """Have a place wait for what all messages of its kind wait for; that is no try of it."""
        self.agenda.put_off(place, wait.until)
        if not wait.domain:
            self._tell(wait.why)

    def in_trouble(self, place: int, error: RelayError) -> None:
        """Say what is wrong with a relay."""
        self._tell(self._unnamed(place, str(error)))

    def went_well(self) -> None:
        """Say that nothing is wrong any more, if anybody said so before."""
        self._tell("")

    # One delivery

    def refused(self, place: int, reply: str) -> None:
        """Tell of a reader whom a relay refused for good, before the ledger hears that he failed.

        So if we die in between he is asked for again, and told of again, which changes nothing.
        """
        self._terms.refused(self.job.mailing, self._chunk.subscribers[place], reply)

    def recipient(self, place: int) -> Recipient:
        """Whom it goes to, if `hopeless` doesn't say that there is nobody."""
        return self._known[self._chunk.subscribers[place]]

    def sender(self, place: int) -> str:
        """Its envelope's sender."""
        return self.job.sender(self._chunk.subscribers[place])

    def before(self, place: int) -> Outcome | None:
        """What came of it so far."""
        return self._chunk.outcomes.get(place)

    def hopeless(self, place: int) -> str:
        """Why nothing more is tried; empty if something is."""
        if self._chunk.subscribers[place] not in self._known:
            return "no such subscriber any more"
        if self.now() > self.expires:
            before = self.before(place)
            return f"expired; {before.reply if before else 'never tried'}"
        return ""

    def begin(self, place: int) -> Begin:
        """What the ledger is asked before it begins."""
        subscriber = self._chunk.subscribers[place]
        variant, known = self._variants.get(subscriber, ()), self._known[subscriber]
        return Begin(
            self._chunk.delivery(place),
            subscriber,
            self.job.digests_in(variant),
            variant,
            known.language,
            entries_of(known.address),
        )

    def look_again(self, place: int) -> None:
        """See what its reader is to get by now."""
        self._variants.update(self.job.variants([self._chunk.subscribers[place]]))

    def message(self, place: int) -> Data:
        """Its final bytes; raises what `Job.message` raises."""
        subscriber = self._chunk.subscribers[place]
        variant, known = self._variants.get(subscriber, ()), self._known[subscriber]
        return self.job.message(variant, subscriber, known, self._chunk.begins)

    def ended(self, place: int, outcome: Outcome, relay: str = "") -> Ended:
        """How it ended, for the ledger; what isn't plainly sent is a line of the log."""
        at = round(self.now(), 3)
        self._again.pop(place, None)
        if outcome.state is State.SENT:
            self.sent_by.append(relay)
            return Ended(self._chunk.delivery(place), Outcome(State.SENT, at=at, relay=relay))
        reply = outcome.reply and self._unnamed(place, outcome.reply)
        outcome = replace(outcome, reply=reply, at=at, relay=relay)
        self.log(place, outcome)
        if not outcome.final:
            self._again[place] = outcome.until
        return Ended(self._chunk.delivery(place), outcome)

    def log(self, place: int, outcome: Outcome) -> None:
        """Have the log say what came of a delivery."""
        subscriber = self._chunk.subscribers[place]
        editions = self._variants.get(subscriber) or self.job.editions
        log_outcome(outcome, self.job.mailing, self._chunk, place, editions)

    def _unnamed(self, place: int, reply: str) -> str:
        """What is said of a recipient without his address, for he may be erased one day."""
        known = self._known.get(self._chunk.subscribers[place])
        return without(known.address, reply) if known else reply

    def _keep_begun(self) -> None:
        """Have what may be under way go out as it was begun, with the same bytes."""
        for place, variant in self._chunk.variants.items():
            self._variants[self._chunk.subscribers[place]] = variant
        for place, language in self._chunk.languages.items():
            known = self._known.get(self._chunk.subscribers[place])
            if known:
                self._known[self._chunk.subscribers[place]] = replace(known, language=language)

    def _is_late(self) -> bool:
        return self._terms.stopping() or self.now() > self._end or not self._is_open()

    def _is_open(self) -> bool:
        """Whether it is an hour at which mail to its zone may leave."""
        return self._opens <= self.now() < self._closes

    def _tell(self, trouble: str) -> None:
        with self._lock:
            told, self._trouble = self._trouble, trouble
        if told == trouble:
            return
        self._ledger.set_trouble(self.job.mailing, trouble)
        if trouble:
            _log.warning("mailing waits", mailing=self.job.mailing, reason=trouble)
