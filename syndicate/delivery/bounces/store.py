"""What came back, in Redis: counted once, by ids; and what the ledger knows of whom it is about."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, cast

from syndicate.delivery.bounces.model import Kind
from syndicate.delivery.bounces.verp import LETTER
from syndicate.delivery.model import STRIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.store.client import Store

#: Seconds for which a mail is known again: whoever hands it in twice does so within days.
_REMEMBERED = 7 * 86400
#: Entries of the log.
MOST = 1000
_DAY = 86400
#: What counters in a mailing's record are called by.
_PREFIX = "bounced:"


class Done(StrEnum):
    """What was made of a mail that came back."""

    #: Its address is on the suppression list now, or was already.
    SUPPRESSED = "suppressed"
    #: It counts against an address, which may have more of them.
    STRUCK = "struck"
    #: He left.
    LEFT = "left"
    #: It is counted, and that is all.
    NOTED = "noted"
    #: It is about no delivery of ours, or doesn't prove it: nothing happened.
    UNMATCHED = "unmatched"
    #: It was here before: nothing happened.
    REPEATED = "repeated"


class Reach(StrEnum):
    """How far a delivery came, by the ledger."""

    #: The relay took it.
    SENT = "sent"
    #: It was begun, and the relay may have taken it.
    BEGUN = "begun"
    #: Nobody was given it.
    NONE = ""
    #: It was so long ago that the ledger doesn't know any more.
    FORGOTTEN = "forgotten"


class Strike(NamedTuple):
    """A mailing that came back from an address that may be good."""

    #: The mailing; letters count as one of each day.
    name: str
    #: The day on which it was sent, counted from 1970.
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A mail that came back, as the log has it: without addresses."""

    #: Unix second.
    at: int
    kind: Kind
    done: Done
    #: 0: whose it is isn't known.
    subscriber: int = 0
    mailing: int = 0
    status: str = ""
    diagnostic: str = ""

    @property
    def came_at(self) -> datetime:
        """When it was taken in."""
        return datetime.fromtimestamp(self.at, UTC)


class BounceStore:
    """The bounces of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def is_known(self, mark: str) -> bool:
        """Whether a mail was noted before."""
        return bool(self._store.text.exists(self._store.keys.bounce(mark)))

    def note(self, mark: str, entry: Entry) -> bool:
        """Count a mail and list it; False if that was done before."""
        keys = self._store.keys
        noted = self._store.run(
            "note_bounce",
            [keys.bounce(mark), keys.bounce_counts, keys.bounce_log, keys.mailing(entry.mailing)],
            [
                *(_REMEMBERED, f"{entry.kind}:{entry.done}"),
                *(json.dumps(asdict(entry), ensure_ascii=False), MOST),
                f"{_PREFIX}{entry.kind}",
            ],
        )
        return bool(noted)

    def latest(self, count: int) -> list[Entry]:
        """What was noted last, the newest first; the log holds `MOST`."""
        rows = cast("list[str]", self._store.text.lrange(self._store.keys.bounce_log, 0, count - 1))
        found = map(json.loads, rows)
        return [Entry(**v | {"kind": Kind(v["kind"]), "done": Done(v["done"])}) for v in found]

    def counts(self) -> dict[tuple[Kind, Done], int]:
        """How many there were of each kind, and what was made of them."""
        found = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.bounce_counts))
        pairs = ((name.split(":"), int(count)) for name, count in found.items())
        return {(Kind(kind), Done(done)): count for (kind, done), count in pairs}

    def of_mailings(self, mailings: Sequence[int]) -> dict[int, dict[Kind, int]]:
        """How many of each kind are about these mailings; those without any are left out."""
        pipe, names = self._store.text.pipeline(transaction=False), [_PREFIX + k for k in Kind]
        for mailing in mailings:
            pipe.hmget(self._store.keys.mailing(mailing), names)
        rows = zip(mailings, pipe.execute(), strict=True)
        counted = {m: {k: int(n) for k, n in zip(Kind, row, strict=True) if n} for m, row in rows}
        return {mailing: counts for mailing, counts in counted.items() if counts}

    # Addresses that may be good

    def strike(self, subscriber: int, strike: Strike, days: int) -> list[Strike]:
        """Note that a mailing came back; all that did of so many days, the oldest first.

        Repeating it changes nothing. With no new one, they are forgotten after these days.
        """
        key, pipe = self._store.keys.strikes(subscriber), self._store.text.pipeline()
        pipe.zadd(key, {strike.name: strike.day}, nx=True)
        pipe.zremrangebyscore(key, "-inf", f"({strike.day - days + 1}")
        pipe.expire(key, days * _DAY)
        pipe.zrange(key, 0, -1, withscores=True)
        return [Strike(name, int(day)) for name, day in pipe.execute()[-1]]

    def forgive(self, subscriber: int, upto: int) -> None:
        """Forget what came back of mailings of that day and before: one of it has arrived."""
        self._store.text.zremrangebyscore(self._store.keys.strikes(subscriber), "-inf", upto)

    # The ledger

    def reach(self, subscriber: int, mailings: Sequence[int]) -> dict[int, Reach]:
        """How far his delivery of each of these mailings came, in one round trip.

        A mailing of a million costs Redis about 2 ms, so it is asked of few.
        """
        keys, pipe = self._store.keys, self._store.text.pipeline(transaction=False)
        for mailing in mailings:
            self._store.run("find_delivery", keys.traced(mailing), [subscriber, STRIDE], pipe)
        return {m: Reach(said[0]) for m, said in zip(mailings, pipe.execute(), strict=True)}

    def reach_of(self, subscriber: int, mailing: int) -> Reach:
        """How far one delivery came; of a letter its token is all that is known."""
        return Reach.BEGUN if mailing == LETTER else self.reach(subscriber, [mailing])[mailing]
