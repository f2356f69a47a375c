"""A mailing that too much comes back of is paused until a person has looked (STANDARDS 103).

Old lists and spam complaints cost a sender its good name within hours: mail that hasn't gone out
yet can be kept back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.bounces.model import FAILURES, Kind
from syndicate.delivery.model import MailingState

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.delivery.bounces.store import BounceStore
    from syndicate.delivery.model import Mailing
    from syndicate.delivery.store import Ledger
    from syndicate.settings import Delivery
    from syndicate.settings.relays import Threshold
    from syndicate.store.client import Store

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a mailing's messages so far."""

    #: Taken by a relay or refused for good.
    tried: int
    #: Refused, or come back.
    bounced: int
    #: Called spam by their readers.
    complained: int


def too_much(counts: Counts, limits: Delivery) -> str:
    """Why to pause a mailing, in one line; empty: all is well."""
    for count, what, limit in (
        (counts.complained, "were called spam", limits.pause_on_complaints),
        (counts.bounced, "came back", limits.pause_on_bounces),
    ):
        if _is_over(count, counts.tried, limit):
            share = 100 * count / counts.tried
            return (
                f"{count} of {counts.tried} messages {what}: {share:.3g} %, more than the "
                f"{limit.percent:g} % of the settings; see `syndicate bounces list`"
            )
    return ""


def _is_over(count: int, tried: int, limit: Threshold) -> bool:
    return tried >= limit.after and 100 * count > limit.percent * tried


class Alarm:
    """Watches the mailings of one site. Each is paused once: who resumes it has looked."""

    def __init__(
        self, store: Store, ledger: Ledger, bounces: BounceStore, limits: Delivery
    ) -> None:
        self._store, self._ledger, self._bounces = store, ledger, bounces
        self._limits = limits

    def watch(self, mailing: Mailing, now: datetime) -> bool:
        """Pause a mailing if too much of it comes back; whether it did."""
        if mailing.state not in (MailingState.PLANNING, MailingState.SENDING):
            return False
        why = too_much(self._counts(mailing), self._limits)
        key = self._store.keys.mailing(mailing.id)
        if not why or self._store.text.hexists(key, "alarm"):
            return False
        self._ledger.move(mailing.id, MailingState.PAUSED, why, now)
        self._store.text.hset(key, "alarm", why)
        _log.warning("mailing paused", mailing=mailing.id, reason=why)
        return True

    def _counts(self, mailing: Mailing) -> Counts:
        back = self._bounces.of_mailings([mailing.id]).get(mailing.id, {})
        bounced = sum(back.get(kind, 0) for kind in FAILURES)
        return Counts(mailing.sent + mailing.failed, bounced, back.get(Kind.COMPLAINT, 0))
