"""The ledger of deliveries in Redis: what was ordered, who holds it, how each message went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from syndicate.delivery.model import (
    CHUNK,
    STRIDE,
    Chunk,
    Mailing,
    MailingState,
    Outcome,
    State,
    unpack,
)
from syndicate.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.store.client import Store
    from syndicate.subscribers.model import Digest


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


class Ledger:
    """The mailings of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Ordering and planning

    def order(self, edition: int, now: datetime) -> int:
        """The mailing of an edition, made by the first who asks."""
        keys = self._store.keys
        reserved = self._store.text.incr(keys.mailing_seq)
        mailing = self._store.run(
            "order_mailing",
            [keys.cut, keys.edition(edition), keys.mailing(reserved), keys.active],
            [edition, reserved, now.isoformat()],
        )
        return int(mailing)

    def freeze(self, mailing: int, digests: Sequence[Digest]) -> MailingState:
        """Freeze the audience: who is subscribed at this moment. Repeating it changes nothing."""
        keys = self._store.keys
        state = self._store.run(
            "freeze_audience",
            [
                *(keys.mailing(mailing), keys.part(mailing, "audience")),
                *(keys.subscribed(d.cadence, d.category) for d in digests),
            ],
        )
        return MailingState(state)

    def plan_chunk(self, mailing: int, now: datetime) -> int | None:
        """Make the next chunk of a frozen audience, due at once; None when all is planned."""
        keys = self._store.keys
        chunk = self._store.run(
            "plan_chunk",
            [
                keys.mailing(mailing),
                *(keys.part(mailing, part) for part in ("audience", "chunks", "due")),
                keys.active,
            ],
            [mailing, CHUNK, now.timestamp(), now.isoformat()],
        )
        return int(chunk) if int(chunk) >= 0 else None

    def template(self, mailing: int) -> bytes | None:
        """The message as it was built for this mailing, or None before."""
        found = self._store.raw.get(self._store.keys.part(mailing, "template"))
        return cast("bytes | None", found)

    def keep_template(self, mailing: int, template: bytes) -> bytes:
        """Keep the message of a mailing for good; returns the one that was first."""
        key = self._store.keys.part(mailing, "template")
        self._store.raw.set(key, template, nx=True)
        return cast("bytes", self._store.raw.get(key))

    def cancel(self, mailing: int, reason: str, now: datetime) -> None:
        """End a mailing with what went out so far."""
        pipe = self._store.text.pipeline()
        pipe.hset(
            self._store.keys.mailing(mailing),
            mapping={
                "state": MailingState.CANCELLED,
                "trouble": reason,
                "ended_at": now.isoformat(),
            },
        )
        pipe.srem(self._store.keys.active, mailing)
        pipe.execute()

    # Looking

    def get(self, mailing: int) -> Mailing:
        """A mailing with its counts.

        Raises:
            NotFoundError: there is none.
        """
        record = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.mailing(mailing)))
        if not record:
            raise NotFoundError(f"no mailing {mailing}")
        ended = record.get("ended_at")
        return Mailing(
            id=mailing,
            editions=tuple(int(edition) for edition in record["editions"].split()),
            state=MailingState(record["state"]),
            ordered_at=datetime.fromisoformat(record["ordered_at"]).astimezone(UTC),
            ended_at=datetime.fromisoformat(ended).astimezone(UTC) if ended else None,
            audience=int(record["audience"]),
            sent=int(record.get("sent", 0)),
            failed=int(record.get("failed", 0)),
            skipped=int(record.get("skipped", 0)),
            trouble=record.get("trouble", ""),
        )

    def active(self) -> list[int]:
        """Mailings that still have work."""
        return sorted(int(m) for m in self._store.text.smembers(self._store.keys.active))

    def latest(self, count: int) -> list[int]:
        """The ids of the newest mailings, newest first."""
        last = int(self._store.text.get(self._store.keys.mailing_seq) or 0)
        ids = range(last, max(0, last - count), -1)
        pipe = self._store.text.pipeline(transaction=False)
        for mailing in ids:
            pipe.exists(self._store.keys.mailing(mailing))
        return [m for m, there in zip(ids, pipe.execute(), strict=True) if there]

    def due(self, mailing: int, now: datetime, count: int) -> list[int]:
        """Chunks that may be taken now."""
        key = self._store.keys.part(mailing, "due")
        found = self._store.text.zrangebyscore(key, "-inf", now.timestamp(), start=0, num=count)
        return [int(chunk) for chunk in cast("list[str]", found)]

    # A worker's chunk

    def lease(self, mailing: int, chunk: int, now: datetime, dead_at: float) -> Lease | None:
        """Take a chunk that is due; None if it isn't, is done, or is held by somebody alive."""
        keys = self._store.keys
        token = self._store.run(
            "lease_chunk",
            [
                keys.mailing(mailing),
                *(keys.part(mailing, "due"), keys.part(mailing, "leases")),
                keys.fence,
            ],
            [chunk, now.timestamp(), dead_at],
        )
        return Lease(mailing, chunk, int(token)) if int(token) else None

    def renew(self, lease: Lease, dead_at: float) -> bool:
        """Show a sign of life; False if the chunk has gone to another."""
        keys = self._store.keys
        done = self._store.run(
            "renew_lease",
            [keys.part(lease.mailing, "due"), keys.part(lease.mailing, "leases")],
            [lease.chunk, lease.token, dead_at],
        )
        return bool(done)

    def load(self, lease: Lease) -> Chunk:
        """The chunk with all that the ledger says of it."""
        keys, first = self._store.keys, lease.chunk * STRIDE
        packed = cast(
            "bytes | None",
            self._store.raw.hget(keys.part(lease.mailing, "chunks"), str(lease.chunk)),
        )
        subscribers = unpack(packed or b"")
        pipe = self._store.raw.pipeline(transaction=False)
        for bitmap in ("sending", "sent"):
            key = keys.part(lease.mailing, bitmap)
            pipe.getrange(key, first // 8, (first + STRIDE) // 8 - 1)
        places = range(len(subscribers))
        pipe.hmget(keys.part(lease.mailing, "outcomes"), [str(first + place) for place in places])
        sending, sent, outcomes = pipe.execute()
        known = {
            place: Outcome.from_json(text)
            for place, text in zip(places, outcomes, strict=True)
            if text
        }
        return Chunk(lease.chunk, subscribers, sending, sent, known)

    def advance(
        self,
        lease: Lease,
        digests: Sequence[Digest],
        ended: Ended | None,
        begin: tuple[int, int] | None,
    ) -> str:
        """Write down how the last message went and ask leave to begin the next, in one trip.

        `begin` is (delivery, subscriber). The answer is `go`, `skip` (that one has left), `lost`
        (the lease), or the state of the mailing that forbids it.
        """
        keys = self._store.keys
        outcome = ended.outcome if ended else Outcome(State.SENT)
        delivery, subscriber = begin or (-1, 0)
        answer = self._store.run(
            "advance",
            [
                keys.mailing(lease.mailing),
                *(
                    keys.part(lease.mailing, part)
                    for part in ("leases", "sending", "sent", "outcomes")
                ),
                *(keys.subscribed(d.cadence, d.category) for d in digests),
            ],
            [
                *(lease.chunk, lease.token),
                *(ended.delivery if ended else -1, outcome.state, outcome.to_json()),
                *(delivery, subscriber),
            ],
        )
        return str(answer)

    def release(self, lease: Lease, due_at: float | None, now: datetime) -> str:
        """Give a chunk back, due again or done; the state of its mailing, or `lost`."""
        keys = self._store.keys
        answer = self._store.run(
            "release_chunk",
            [
                keys.mailing(lease.mailing),
                *(keys.part(lease.mailing, "due"), keys.part(lease.mailing, "leases")),
                keys.active,
            ],
            [
                *(lease.mailing, lease.chunk, lease.token),
                *(-1 if due_at is None else due_at, now.isoformat()),
            ],
        )
        return str(answer)

    def set_trouble(self, mailing: int, reason: str) -> None:
        """Say why a mailing waits; an empty reason says that it doesn't."""
        key = self._store.keys.mailing(mailing)
        if reason:
            self._store.text.hset(key, "trouble", reason)
        else:
            self._store.text.hdel(key, "trouble")
