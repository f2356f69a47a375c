"""When an address that may be good is taken for dead: it failed for days, and nothing arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.delivery.bounces.store import Reach, Strike
from syndicate.delivery.bounces.verp import LETTER
from syndicate.errors import NotFoundError
from syndicate.subscribers.model import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from syndicate.delivery.bounces.store import BounceStore
    from syndicate.delivery.store import Ledger
    from syndicate.digests.store import EditionStore
    from syndicate.settings.bounces import Soft
    from syndicate.subscribers.model import Digest, Subscriber

#: How long servers try before they give up and say so (RFC 5321 §4.5.4.1: four to five days). What
#: is older and didn't come back has arrived.
SETTLED = timedelta(days=5)
#: Newest editions of each of his digests among which one that arrived is looked for.
_LOOKED_AT = 200
_DAY = 86400


def day_of(moment: datetime) -> int:
    """The day of a moment, UTC, counted from 1970."""
    return int(moment.timestamp()) // _DAY


def are_out(strikes: Sequence[Strike], soft: Soft) -> bool:
    """Whether these are mailings of enough different days, among the last so many."""
    days = {strike.day for strike in strikes}
    return len([day for day in days if day > max(days) - soft.days]) >= soft.count


class Strikes:
    """Counts what didn't arrive at addresses that may be good.

    Nothing is written for what does arrive, which is nearly everything. Only when there are enough
    strikes against an address, the ledger is asked whether anything has reached it meanwhile.
    """

    def __init__(
        self, soft: Soft, bounces: BounceStore, ledger: Ledger, editions: EditionStore
    ) -> None:
        self._soft = soft
        self._bounces = bounces
        self._ledger = ledger
        self._editions = editions

    def add(self, reader: Subscriber, mailing: int, now: datetime) -> bool:
        """Count a mailing that didn't arrive; whether nothing more is to be sent to him.

        Repeating it changes nothing.
        """
        sent_at = self._sent_at(mailing) or now
        day = day_of(sent_at)
        name = f"{LETTER}:{day}" if mailing == LETTER else str(mailing)
        strikes = self._bounces.strike(reader.id, Strike(name, day), self._soft.days)
        if not are_out(strikes, self._soft):
            return False
        arrived = self._arrived(reader, strikes, now)
        if arrived is None:
            return True
        self._bounces.forgive(reader.id, arrived)
        return are_out([strike for strike in strikes if strike.day > arrived], self._soft)

    def _sent_at(self, mailing: int) -> datetime | None:
        try:
            return None if mailing == LETTER else self._ledger.get(mailing).ordered_at
        except NotFoundError:
            return None

    def _arrived(self, reader: Subscriber, strikes: Sequence[Strike], now: datetime) -> int | None:
        """The last day of a mailing that reached him since the first strike; None if none did."""
        first, names = min(strike.day for strike in strikes), {strike.name for strike in strikes}
        digests = reader.having(Status.ACTIVE)
        found = (self._arrived_of(reader.id, digest, first, names, now) for digest in digests)
        return max((day for day in found if day is not None), default=None)

    def _arrived_of(
        self, subscriber: int, digest: Digest, first: int, back: Collection[str], now: datetime
    ) -> int | None:
        editions = self._editions.mailed(digest.cadence, digest.category, _LOOKED_AT, None)
        for edition in editions:
            mailings = [m for m in self._editions.mailings_of(edition) if str(m) not in back]
            sent_at = self._editions.get(edition).cut_at
            if day_of(sent_at) < first:
                return None
            if sent_at + SETTLED > now or not mailings:
                continue
            if Reach.SENT in self._bounces.reach(subscriber, mailings).values():
                return day_of(sent_at)
        return None
