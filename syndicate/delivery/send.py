"""One chunk goes out: lease it, send what the ledger says is open, give it back.

The irrevocable act is the final dot. The ledger hears of it before (*sending*) and after (*sent*),
so that a crash at any point leaves at most one message of a connection unknown, and names it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.heartbeat import Heartbeat
from syndicate.delivery.lane import Lane
from syndicate.delivery.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from syndicate.delivery.job import Job
    from syndicate.delivery.model import Lease
    from syndicate.delivery.pool import Pool
    from syndicate.delivery.relays.model import Grant, Wait
    from syndicate.delivery.store import Ledger
    from syndicate.delivery.stuffing import Data
    from syndicate.delivery.turn import Recipients, Terms
    from syndicate.errors import RelayError

    class Transport(Protocol):
        """An open way to a relay, as `smtp.Connection` is one."""

        def send(
            self,
            sender: str,
            recipient: str,
            message: bytes | Data,
            meanwhile: Callable[[], None] = ...,
        ) -> str:
            """Hand one message over; raises the errors that `smtp.Connection.send` names.

            `meanwhile`, which raises nothing, is called while the relay thinks over the final dot.
            """

        def usable(self) -> bool:
            """Whether the next message may go over it."""

        def close(self) -> None:
            """Give the way up."""

    class Roads(Protocol):
        """The relays of a site, their limits and their troubles."""

        def take(
            self, domains: Sequence[str], now: float, only: str = ...
        ) -> Sequence[Grant | Wait]:
            """Leave for messages to these domains, in order; by the relay named `only`, if any."""

        def ended(self, grant: Grant) -> None:
            """What was granted is done, or isn't made use of."""

        def report(self, name: str, error: RelayError | None) -> None:
            """How it went with a relay; None: well, whatever it said of the recipient."""


_log = structlog.get_logger()


class Sender:
    """Works on the chunks of any mailing, one at a time."""

    def __init__(
        self,
        ledger: Ledger,
        recipients: Recipients,
        pool: Pool,
        roads: Roads,
        terms: Terms,
    ) -> None:
        self._ledger = ledger
        self._recipients = recipients
        self._pool = pool
        self._roads = roads
        self._terms = terms

    def deliver(self, job: Job, chunk: int, stopping: Callable[[], bool]) -> bool:
        """Send what is open of a chunk; False if it wasn't this worker's turn.

        Call it as often as you like, from anywhere: a chunk that is done, not due or in other hands
        is left alone. A failure leaves the ledger true, and the rest of the chunk to whoever comes.
        So does `stopping`: each connection ends the message in hand, and the rest is due at once.
        """
        terms = replace(self._terms, stopping=stopping)
        limits, clock = terms.limits, terms.clock
        now = clock()
        dead_at = now.timestamp() + limits.heartbeat
        lease = self._ledger.lease(job.mailing, chunk, now, dead_at)
        if lease is None:
            return False

        def renew(dead_at: float) -> bool:
            kept = self._ledger.renew(lease, dead_at)
            terms.alive()
            return kept

        with Heartbeat(renew, limits, clock):
            turn = Turn(self._ledger, job, lease, terms)
            self._go(turn, lease)
            due_at = turn.due()
            state = self._ledger.release(lease, due_at, clock())
        _log.info(
            "chunk",
            mailing=job.mailing,
            edition=" ".join(map(str, job.editions)),
            chunk=chunk,
            sent=len(turn.sent_by),
            relays=" ".join(sorted(set(turn.sent_by))),
            due_at=due_at,
            state=state,
        )
        return True

    def _go(self, turn: Turn, lease: Lease) -> None:
        unknown = turn.prepare(self._recipients)
        if unknown:
            with closing(self._ledger.clerk(lease)) as clerk:
                for ended in unknown:
                    clerk.advance(ended, None)
        if turn.width == 1:
            self._work(turn, lease)
        elif turn.width > 1:
            with ThreadPoolExecutor(turn.width) as threads:
                lanes = [threads.submit(self._work, turn, lease) for _ in range(turn.width)]
            for lane in lanes:
                lane.result()

    def _work(self, turn: Turn, lease: Lease) -> None:
        with closing(self._ledger.clerk(lease)) as clerk:
            Lane(turn, clerk, self._pool, self._roads).run()
