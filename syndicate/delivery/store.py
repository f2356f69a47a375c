"""The ledger of deliveries in Redis: what was ordered, who holds it, how each message went."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, cast

from syndicate.delivery.model import (
    CHUNK,
    STRIDE,
    Chunk,
    Lease,
    Mailing,
    MailingState,
    Outcome,
    State,
    unpack,
)
from syndicate.errors import NotFoundError, StateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.delivery.model import Begin, Ended
    from syndicate.store.client import Store
    from syndicate.subscribers.model import Digest


class Ledger:
    """The mailings of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Ordering and planning

    def order(self, edition: int, now: datetime) -> int:
        """The mailing of an edition by itself, made by the first who asks.

        Raises:
            StateError: it isn't to go out: a draft, held or cancelled.
        """
        _, mailing = self._order([edition], now, "", 0, 0)
        if not mailing:
            raise StateError(
                f"edition {edition} isn't to go out; `syndicate editions show` says why"
            )
        return mailing

    def order_slot(
        self, cadence: str, editions: Sequence[int], now: datetime, expiry: float
    ) -> list[int]:
        """The mailings of a slot's editions that are to go out, made by the first who asks.

        Those who want all in one get the first, the others the editions one by one: each reader
        each of his once, whatever he chooses meanwhile. It is tried for `expiry` seconds.
        """
        reserved = int(self._store.text.incr(self._store.keys.mailing_seq))
        return list(filter(None, self._order(editions, now, cadence, reserved, expiry)))

    def _order(
        self, editions: Sequence[int], now: datetime, cadence: str, together: int, expiry: float
    ) -> list[int]:
        keys, many = self._store.keys, len(editions)
        last = int(self._store.text.incrby(keys.mailing_seq, many))
        pairs = list(zip(editions, range(last - many + 1, last + 1), strict=True))
        ordered = self._store.run(
            "order_mailings",
            [
                *(keys.cut, keys.active, keys.together(cadence)),
                *(keys.mailing(together), keys.part(together, "together")),
                *chain.from_iterable((keys.edition(e), keys.mailing(m)) for e, m in pairs),
            ],
            [now.isoformat(), together, math.ceil(expiry), *chain.from_iterable(pairs)],
        )
        return [int(mailing) for mailing in ordered]

    def freeze(self, mailing: Mailing, digests: Sequence[Digest]) -> MailingState:
        """Freeze the audience: who is subscribed at this moment. Repeating it changes nothing.

        All in one goes to those who wanted that when it was ordered, its editions to the others.
        """
        keys = self._store.keys
        wanting = mailing.without or mailing.id
        among = "together" if mailing.together else "apart" if mailing.without else "everybody"
        state = self._store.run(
            "freeze_audience",
            [
                *(keys.mailing(mailing.id), keys.part(mailing.id, "audience")),
                keys.part(wanting, "together"),
                *(keys.subscribed(d.cadence, d.category) for d in digests),
            ],
            [among],
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

    def keep_template(self, mailing: int, template: bytes, seconds: int | None = None) -> bytes:
        """Keep the message of a mailing, for good or so long; returns the one that was first."""
        key = self._store.keys.part(mailing, "template")
        self._store.raw.set(key, template, nx=True, ex=seconds)
        return cast("bytes", self._store.raw.get(key))

    def move(self, mailing: int, to: MailingState | None, why: str, now: datetime) -> MailingState:
        """Pause or cancel a mailing, or (None) resume it; returns the state that it was in.

        One that has ended stays as it is. Workers hear of it before their next message.
        """
        keys = self._store.keys
        was = self._store.run(
            "move_mailing",
            [keys.mailing(mailing), keys.active, keys.part(mailing, "due")],
            [mailing, to or "resumed", now.isoformat(), why],
        )
        return MailingState(was)

    def take_out(self, mailing: int, edition: int) -> int:
        """Have a mailing of all in one go without an edition; how many are left, -1 if it does."""
        keys = self._store.keys
        left = self._store.run(
            "take_out", [keys.mailing(mailing), keys.part(mailing, "out")], [edition]
        )
        return int(left)

    # Looking

    def taken_out(self, mailing: int) -> set[int]:
        """The editions that a mailing of all in one goes on without."""
        found = self._store.text.smembers(self._store.keys.part(mailing, "out"))
        return {int(edition) for edition in found}

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
            together="together" in record,
            without=int(record["without"]) if "without" in record else None,
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
        for name in ("outcomes", "variants"):
            key = keys.part(lease.mailing, name)
            pipe.hmget(key, [str(first + place) for place in places])
        sending, sent, outcomes, variants = pipe.execute()
        known = {
            place: Outcome.from_json(text)
            for place, text in zip(places, outcomes, strict=True)
            if text
        }
        begun = {p: tuple(map(int, v.split())) for p, v in enumerate(variants) if v}
        return Chunk(lease.chunk, subscribers, sending, sent, known, begun)

    def advance(self, lease: Lease, ended: Ended | None, begin: Begin | None) -> str:
        """Write down how the last message went and ask leave to begin the next, in one trip.

        The answer is `go`, `skip` (that one has left), `changed` (what he is to get has), `lost`
        (the lease), or the state of the mailing that forbids it.
        """
        keys = self._store.keys
        outcome = ended.outcome if ended else Outcome(State.SENT)
        digests = begin.digests if begin else ()
        answer = self._store.run(
            "advance",
            [
                keys.mailing(lease.mailing),
                *(
                    keys.part(lease.mailing, part)
                    for part in ("leases", "sending", "sent", "outcomes", "variants", "out")
                ),
                *(keys.subscribed(d.cadence, d.category) for d in digests),
            ],
            [
                *(lease.chunk, lease.token),
                *(ended.delivery if ended else -1, outcome.state, outcome.to_json()),
                *((begin.delivery, begin.subscriber) if begin else (-1, 0)),
                " ".join(map(str, begin.variant)) if begin else "",
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
