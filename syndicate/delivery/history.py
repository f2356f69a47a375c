"""What the ledger knows of deliveries, one by one: for who asks what became of a message.

Success costs bits, so of a plain one it is known when its chunk was sent, and by which relays: a
span of seconds or minutes. What took several tries, or failed, has a record of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self, cast

from syndicate.delivery.model import STRIDE, Outcome, State, is_set, unpack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from syndicate.delivery.model import Mailing
    from syndicate.store.client import Store

#: Chunks read in one round trip: 16,000 deliveries, and 100 KB.
_PAGE = 32
#: Records looked through in one call: a few milliseconds of Redis's time.
_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Span:
    """When the plain successes of a chunk were, and by which relays."""

    first: datetime
    last: datetime
    relays: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `advance.lua` wrote: two Unix seconds, then names."""
        first, last, *relays = text.split()
        return cls(_moment(float(first)), _moment(float(last)), tuple(relays))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What the ledger says of one delivery."""

    subscriber: int
    #: The relay took it.
    sent: bool = False
    #: Its transaction was begun, and no answer but its acceptance is known.
    begun: bool = False
    outcome: Outcome | None = None
    #: That of its chunk.
    span: Span | None = None
    #: Whether a worker that is alive has its chunk in hand.
    held: bool = False
    #: When its chunk is due, if that is still to come.
    due_at: datetime | None = None
    #: The zone by whose clocks that is; empty: that of its cadence.
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Reopened:
    """How many deliveries are to be tried again, and how many are in a worker's hands just now."""

    done: int
    busy: int


class History:
    """The deliveries of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # One reader

    def find(self, mailings: Sequence[int], subscriber: int, now: datetime) -> dict[int, Trace]:
        """His deliveries in these mailings, in one round trip; those without him are left out.

        A mailing of a million costs Redis about 4 ms.
        """
        keys, pipe = self._store.keys, self._store.text.pipeline(transaction=False)
        for mailing in mailings:
            self._store.run("find_delivery", keys.traced(mailing), [subscriber, STRIDE], pipe)
        replies = cast("list[list[str]]", pipe.execute())
        found = zip(mailings, replies, strict=True)
        return {m: _trace(subscriber, reply, now) for m, reply in found if len(reply) > 1}

    def wanted_together(self, mailing: int, subscriber: int) -> bool:
        """Whether he wanted all in one when a mailing of that was ordered; kept till it expires."""
        key = self._store.keys.part(mailing, "together")
        return bool(self._store.text.sismember(key, str(subscriber)))

    # All readers

    def all(self, mailing: Mailing, now: datetime) -> Iterator[Trace]:
        """Every delivery that is planned, chunk by chunk, in bounded memory."""
        key = self._store.keys.mailing(mailing.id)
        chunks = int(self._store.text.hget(key, "chunks") or 0)
        for start in range(0, chunks, _PAGE):
            yield from self._page(mailing.id, range(start, min(start + _PAGE, chunks)), now)

    def _page(self, mailing: int, chunks: Sequence[int], now: datetime) -> Iterator[Trace]:
        keys, names = self._store.keys, list(map(str, chunks))
        pipe = self._store.raw.pipeline(transaction=False)
        pipe.hmget(keys.part(mailing, "chunks"), names)
        for bitmap in ("sending", "sent"):
            first, end = chunks[0] * STRIDE // 8, (chunks[-1] + 1) * STRIDE // 8
            pipe.getrange(keys.part(mailing, bitmap), first, end - 1)
        for part in ("turns", "leases"):
            pipe.hmget(keys.part(mailing, part), names)
        pipe.zmscore(keys.part(mailing, "due"), names)
        packed, sending, sent, turns, leases, due = pipe.execute()
        readers = [unpack(ids or b"") for ids in packed]
        outcomes = self._outcomes(mailing, chunks, readers)
        for n, chunk in enumerate(chunks):
            span = Span.parse(turns[n].decode()) if turns[n] else None
            held = bool(leases[n]) and (due[n] or 0) > now.timestamp()
            for place, subscriber in enumerate(readers[n]):
                bit = n * STRIDE + place
                yield Trace(
                    subscriber=subscriber,
                    sent=is_set(sent, bit),
                    begun=is_set(sending, bit),
                    outcome=outcomes.get(chunk * STRIDE + place),
                    span=span,
                    held=held,
                )

    def _outcomes(
        self, mailing: int, chunks: Sequence[int], readers: Sequence[Sequence[int]]
    ) -> dict[int, Outcome]:
        """The records of these chunks, by delivery."""
        pairs = zip(chunks, readers, strict=True)
        places = [chunk * STRIDE + place for chunk, ids in pairs for place in range(len(ids))]
        key = self._store.keys.part(mailing, "outcomes")
        if not places or not self._store.raw.exists(key):
            return {}
        found = cast("list[bytes | None]", self._store.raw.hmget(key, list(map(str, places))))
        return {d: Outcome.from_json(text) for d, text in zip(places, found, strict=True) if text}

    def exceptions(self, mailing: int, most: int) -> dict[int, Outcome]:
        """Readers of some deliveries that aren't plainly sent, with what became of them."""
        keys, found = self._store.keys, dict[int, Outcome]()
        for name, text in self._store.text.hscan_iter(
            keys.part(mailing, "outcomes"), count=_RECORDS
        ):
            found[int(name)] = Outcome.from_json(text)
            if len(found) >= most:
                break
        chunks = sorted({delivery // STRIDE for delivery in found})
        if not chunks:
            return {}
        packed = self._store.raw.hmget(keys.part(mailing, "chunks"), list(map(str, chunks)))
        readers = {
            n: unpack(ids or b"")
            for n, ids in zip(chunks, cast("list[bytes | None]", packed), strict=True)
        }
        return {
            readers[d // STRIDE][d % STRIDE]: outcome
            for d, outcome in found.items()
            if d % STRIDE < len(readers[d // STRIDE])
        }

    # Trying again

    def reopen(self, mailing: int, states: Collection[State], now: datetime) -> Reopened:
        """Have all deliveries in one of these states tried again, from now on.

        A mailing that was sent is sending again, and its messages have all their time once more.
        Each call of Redis takes some and is whole: what stops in between is repeated.
        """
        keys, part = self._store.keys, self._store.keys.part
        names = [
            *(keys.mailing(mailing), part(mailing, "outcomes")),
            *(part(mailing, "due"), part(mailing, "leases"), keys.active),
            *keys.kept_for_a_while(mailing),
        ]
        told: tuple[str | float, ...] = (_RECORDS, STRIDE, now.timestamp(), now.isoformat())
        cursor, done, busy = "0", 0, 0
        while True:
            args = [mailing, cursor, *told, *map(str, states)]
            said = self._store.run("reopen_deliveries", names, args)
            cursor, done, busy = str(said[0]), done + int(said[1]), busy + int(said[2])
            if cursor == "0":
                return Reopened(done, busy)


def _trace(subscriber: int, reply: list[str], now: datetime) -> Trace:
    """What `find_delivery.lua` replied."""
    reach, outcome, turn, held_until, due, zone = reply
    return Trace(
        subscriber=subscriber,
        sent=reach == "sent",
        begun=reach != "",
        outcome=Outcome.from_json(outcome) if outcome else None,
        span=Span.parse(turn) if turn else None,
        held=bool(held_until) and float(held_until) > now.timestamp(),
        due_at=_moment(float(due)) if due and float(due) > now.timestamp() else None,
        zone=zone,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
