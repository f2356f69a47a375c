"""The ledger of deliveries in Redis: what was ordered, who holds it, how each message went."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, cast

from syndicate.delivery.clerk import Clerk
from syndicate.delivery.model import (
    LEDGER_KEPT,
    STRIDE,
    TEMPLATES_KEPT,
    Chunk,
    Lease,
    Mailing,
    MailingState,
    Outcome,
    is_set,
    unpack,
)
from syndicate.errors import NotFoundError, StateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.store.client import Store


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

    def begin_with(self, mailing: int, key: int) -> int:
        """Have this key sign all of a mailing, for good; the id of the one that was first."""
        record = self._store.keys.mailing(mailing)
        self._store.text.hsetnx(record, "key", str(key))
        return int(self._store.text.hget(record, "key") or key)

    def move(
        self, mailing: int, to: MailingState | None, why: str, now: datetime, *, pause: str = ""
    ) -> MailingState:
        """Pause or cancel a mailing, or (None) resume it; returns the state that it was in.

        One that has ended stays as it is. Workers hear of it before their next message. `pause` is
        the scope of the pause that stops it, or takes it over from another.
        """
        keys = self._store.keys
        was = self._store.run(
            "move_mailing",
            [
                *(keys.mailing(mailing), keys.active),
                *(keys.part(mailing, part) for part in ("due", "planned", "rest")),
                *keys.kept_for_a_while(mailing),
            ],
            [mailing, to or "resumed", now.isoformat(), why, TEMPLATES_KEPT, LEDGER_KEPT, pause],
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
        found = self.several([mailing])
        if not found:
            raise NotFoundError(f"no mailing {mailing}")
        return found[0]

    def several(self, mailings: Sequence[int]) -> list[Mailing]:
        """The same of several, in one round trip; those that there aren't are left out."""
        pipe = self._store.text.pipeline(transaction=False)
        for mailing in mailings:
            pipe.hgetall(self._store.keys.mailing(mailing))
        pairs = zip(mailings, pipe.execute(), strict=True)
        return [_mailing(number, record) for number, record in pairs if record]

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

    def is_due(self, mailing: int, chunk: int, now: datetime) -> bool:
        """Whether a chunk may be taken now."""
        due_at = self._store.text.zscore(self._store.keys.part(mailing, "due"), str(chunk))
        return due_at is not None and float(due_at) <= now.timestamp()

    def waits_until(self, mailing: int, now: datetime) -> datetime | None:
        """Until when nothing of it may be taken; None if something may, is in hand, or is done."""
        held = self._store.text.exists(self._store.keys.part(mailing, "leases"))
        key = self._store.keys.part(mailing, "due")
        first = cast("list[tuple[str, float]]", self._store.text.zrange(key, 0, 0, withscores=True))
        waits = first and not held and first[0][1] > now.timestamp()
        return datetime.fromtimestamp(first[0][1], UTC) if waits else None

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
        pipe.hget(keys.part(lease.mailing, "begins"), str(lease.chunk))
        sending, sent, outcomes, variants, planned = pipe.execute()
        known = {
            place: Outcome.from_json(text)
            for place, text in zip(places, outcomes, strict=True)
            if text
        }
        begun = [(v or b"").decode().partition(" ") for v in variants]
        editions = {p: tuple(map(int, ids.split())) for p, (_, _, ids) in enumerate(begun) if ids}
        open_ = {p for p in places if is_set(sending, p) and not is_set(sent, p)}
        languages = {p: language for p, (language, _, _) in enumerate(begun) if p in open_}
        begins, _, zone = (planned or b"0 ").decode().partition(" ")
        return Chunk(
            number=lease.chunk,
            subscribers=subscribers,
            sending=sending,
            sent=sent,
            outcomes=known,
            variants=editions,
            languages=languages,
            begins=float(begins),
            zone=zone,
        )

    def clerk(self, lease: Lease) -> Clerk:
        """Who keeps the ledger for one connection: for one thread, which closes it."""
        return Clerk(self._store.line("advance"), self._store.keys, lease)

    def release(self, lease: Lease, due_at: float | None, now: datetime) -> str:
        """Give a chunk back, due again or done; the state of its mailing, or `lost`."""
        keys = self._store.keys
        answer = self._store.run(
            "release_chunk",
            [
                keys.mailing(lease.mailing),
                *(keys.part(lease.mailing, "due"), keys.part(lease.mailing, "leases")),
                keys.active,
                *keys.kept_for_a_while(lease.mailing),
            ],
            [
                *(lease.mailing, lease.chunk, lease.token),
                *(-1 if due_at is None else due_at, now.isoformat()),
                *(TEMPLATES_KEPT, LEDGER_KEPT),
            ],
        )
        return str(answer)

    def set_trouble(self, mailing: int, reason: str) -> None:
        """Say why a mailing waits; an empty reason says that it doesn't.

        What was said when somebody paused or cancelled it stands.
        """
        self._store.run("tell_trouble", [self._store.keys.mailing(mailing)], [reason])


def _mailing(number: int, record: dict[str, str]) -> Mailing:
    """What Redis has of a mailing."""
    ended, again = record.get("ended_at"), record.get("again_at")
    return Mailing(
        id=number,
        editions=tuple(int(edition) for edition in record["editions"].split()),
        state=MailingState(record["state"]),
        ordered_at=datetime.fromisoformat(record["ordered_at"]).astimezone(UTC),
        ended_at=datetime.fromisoformat(ended).astimezone(UTC) if ended else None,
        audience=int(record["audience"]),
        sent=int(record.get("sent", 0)),
        failed=int(record.get("failed", 0)),
        skipped=int(record.get("skipped", 0)),
        parked=int(record.get("parked", 0)),
        trouble=record.get("trouble", ""),
        pause=record.get("pause", ""),
        together="together" in record,
        without=int(record["without"]) if "without" in record else None,
        key=int(record["key"]) if "key" in record else None,
        again_at=datetime.fromisoformat(again).astimezone(UTC) if again else None,
    )
