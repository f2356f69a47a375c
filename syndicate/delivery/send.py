"""One chunk goes out: lease it, send what the ledger says is open, give it back.

The irrevocable act is the final dot. The ledger hears of it before (*sending*) and after (*sent*),
so that a crash at any point leaves at most one message of a connection unknown, and names it.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import structlog

from syndicate.delivery.model import (
    PATIENCE,
    RELAY_REST,
    Begin,
    Ended,
    Outcome,
    State,
    decide,
    deferred,
    later,
)
from syndicate.errors import (
    AddressError,
    DeferredError,
    MessageError,
    RefusedError,
    RelayError,
    SyndicateError,
    UncertainError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Protocol

    from syndicate.delivery.model import Chunk, Lease, Variant
    from syndicate.delivery.store import Ledger
    from syndicate.settings import Delivery
    from syndicate.subscribers.model import Digest, Recipient

    #: Ids and names of merge fields → what is known of each.
    Recipients = Callable[[Sequence[int], Sequence[str]], Mapping[int, Recipient]]

    class Transport(Protocol):
        """An open way to a relay, as `smtp.Connection` is one."""

        def send(self, sender: str, recipient: str, message: bytes) -> str:
            """Hand one message over; raises the errors that `smtp.Connection.send` names."""

        def close(self) -> None:
            """Give the way up."""


_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the deliveries of a mailing have in common."""

    mailing: int
    #: Whose subscribers it is for.
    digests: tuple[Digest, ...]
    #: The envelope's sender.
    sender: str
    #: Seconds since the epoch after which nothing of it is tried any more.
    expires: float
    #: What the message wants to know of each: names of merge fields.
    fields: tuple[str, ...]
    #: Subscribers → what each gets of it as he is subscribed now; of all in one only.
    variants: Callable[[Sequence[int]], Mapping[int, Variant]]
    #: The digests that a message is of: he must be subscribed to each when it begins.
    digests_in: Callable[[Variant], tuple[Digest, ...]]
    #: His editions and himself → the final bytes of his message.
    message: Callable[[Variant, int, Recipient], bytes]


class Heartbeat:
    """Renews a lease from a thread, for as long as its worker is in the block."""

    def __init__(
        self, ledger: Ledger, lease: Lease, limits: Delivery, clock: Callable[[], datetime]
    ) -> None:
        self._ledger, self._lease, self._limits, self._clock = ledger, lease, limits, clock
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        end = self._clock().timestamp() + self._limits.lease
        while not self._done.wait(self._limits.heartbeat / 3):
            now = self._clock().timestamp()
            dead_at = min(now + self._limits.heartbeat, end)
            try:
                if now > end or not self._ledger.renew(self._lease, dead_at):
                    return
            except Exception as error:  # noqa: BLE001 - Redis may be back for the next beat
                _log.warning("heartbeat failed", mailing=self._lease.mailing, error=str(error))


class Sender:
    """Works on the chunks of any mailing, one at a time."""

    def __init__(
        self,
        ledger: Ledger,
        recipients: Recipients,
        connect: Callable[[], Transport],
        limits: Delivery,
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._recipients = recipients
        self._connect = connect
        self._limits = limits
        self._clock = clock

    def deliver(self, job: Job, chunk: int) -> bool:
        """Send what is open of a chunk; False if it wasn't this worker's turn.

        Call it as often as you like, from anywhere: a chunk that is done, not due or in other hands
        is left alone. A failure leaves the ledger true, and the rest of the chunk to whoever comes.
        """
        now = self._clock()
        dead_at = now.timestamp() + self._limits.heartbeat
        lease = self._ledger.lease(job.mailing, chunk, now, dead_at)
        if lease is None:
            return False
        with Heartbeat(self._ledger, lease, self._limits, self._clock):
            run = _Run(self._ledger, self._limits, self._clock, job, lease)
            due_at = run.go(self._recipients, self._connect)
            state = self._ledger.release(lease, due_at, self._clock())
        _log.info("chunk", mailing=job.mailing, chunk=chunk, due_at=due_at, state=state)
        return True


class _Run:
    """One worker's turn at one chunk."""

    def __init__(
        self,
        ledger: Ledger,
        limits: Delivery,
        clock: Callable[[], datetime],
        job: Job,
        lease: Lease,
    ) -> None:
        self._ledger, self._limits, self._clock = ledger, limits, clock
        self._job, self._lease = job, lease
        self._transport: Transport | None = None
        self._known: Mapping[int, Recipient] = {}
        self._variants: dict[int, Variant] = {}

    def go(self, recipients: Recipients, connect: Callable[[], Transport]) -> float | None:
        """Send; returns when the chunk is due again, or None when it is done."""
        chunk = self._ledger.load(self._lease)
        now, wait = self._now(), self._limits.final_dot * PATIENCE
        work = decide(chunk, now, wait)
        for place in work.uncertain:
            self._end(chunk, place, Outcome(State.UNCERTAIN, "worker lost", now + wait))
        if not work.now:
            return work.later
        try:
            who = [chunk.subscribers[place] for place in work.now]
            self._known = recipients(who, self._job.fields)
            self._variants.update(self._job.variants(who))
            # What may be under way goes out as it was begun, with the same bytes.
            for place, variant in chunk.variants.items():
                self._variants[chunk.subscribers[place]] = variant
            return later((work.later, self._send_all(chunk, work.now, connect)))
        finally:
            if self._transport:
                self._transport.close()

    def _send_all(
        self, chunk: Chunk, places: Sequence[int], connect: Callable[[], Transport]
    ) -> float | None:
        """Send to these places, in order; returns when something of them is due again."""
        # What is left of the task's time must do for one last final dot.
        stop = self._now() + self._limits.hard_limit - self._limits.final_dot
        due: float | None = None
        ended: Ended | None = None
        for place in places:
            if self._now() > stop:
                due = later((due, self._now()))
                break
            leave = self._ask(ended, chunk, place)
            ended = None
            if leave == "skip":
                continue
            if leave != "go":
                due = later((due, self._now() + RELAY_REST))
                break
            try:
                outcome = self._send(chunk, place, connect)
            except RelayError as error:
                due = self._rest(chunk, place, error)
                break
            ended = Ended(chunk.delivery(place), outcome)
            due = later((due, None if outcome.final else outcome.until))
        if ended:
            self._advance(ended, None)
        return due

    def _send(self, chunk: Chunk, place: int, connect: Callable[[], Transport]) -> Outcome:
        """One message; its outcome.

        Raises:
            RelayError: the recipient has nothing to do with it.
        """
        now, before = self._now(), chunk.outcomes.get(place)
        subscriber = chunk.subscribers[place]
        recipient = self._known.get(subscriber)
        if now > self._job.expires or recipient is None:
            last = before.reply if before else "never tried"
            why = f"expired; {last}" if recipient else "no such subscriber any more"
            return Outcome(State.FAILED, why)
        try:
            variant = self._variants.get(subscriber, ())
            message = self._job.message(variant, subscriber, recipient)
            self._transmit(recipient.address, message, connect)
        except DeferredError as error:
            return deferred(before, error.reply, now, random.random(), self._job.expires)  # noqa: S311 - spreads retries
        except RefusedError as error:
            return Outcome(State.FAILED, error.reply)
        except (AddressError, MessageError) as error:
            return Outcome(State.FAILED, str(error))
        except UncertainError as error:
            self._transport = None
            until = self._now() + self._limits.final_dot * PATIENCE
            return Outcome(State.UNCERTAIN, str(error), until)
        return Outcome(State.SENT)

    def _transmit(self, address: str, message: bytes, connect: Callable[[], Transport]) -> None:
        if self._transport is None:
            self._transport = connect()
            self._ledger.set_trouble(self._job.mailing, "")
        self._transport.send(self._job.sender, address, message)

    def _rest(self, chunk: Chunk, place: int, error: SyndicateError) -> float:
        """Leave the chunk until the relay has had time; nobody's tries are counted for it."""
        before = chunk.outcomes.get(place)
        until = self._now() + RELAY_REST
        waiting = Outcome(State.DEFERRED, str(error), until, before.attempts if before else 0)
        self._end(chunk, place, waiting)
        self._ledger.set_trouble(self._job.mailing, str(error))
        _log.warning("relay in trouble", mailing=self._job.mailing, error=str(error))
        return until

    def _end(self, chunk: Chunk, place: int, outcome: Outcome) -> None:
        self._advance(Ended(chunk.delivery(place), outcome), None)

    def _ask(self, ended: Ended | None, chunk: Chunk, place: int) -> str:
        """Leave to begin a delivery; what its reader is to get may have changed meanwhile."""
        leave = self._advance(ended, self._begin(chunk, place))
        if leave != "changed":
            return leave
        self._variants.update(self._job.variants([chunk.subscribers[place]]))
        return self._advance(None, self._begin(chunk, place))

    def _begin(self, chunk: Chunk, place: int) -> Begin:
        subscriber = chunk.subscribers[place]
        variant = self._variants.get(subscriber, ())
        digests = self._job.digests_in(variant)
        return Begin(chunk.delivery(place), subscriber, digests, variant)

    def _advance(self, ended: Ended | None, begin: Begin | None) -> str:
        return self._ledger.advance(self._lease, ended, begin)

    def _now(self) -> float:
        return self._clock().timestamp()
