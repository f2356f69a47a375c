"""From posts that wait to an edition: by the rules of its digest, or as a person wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from syndicate.digests.cutting import Verdict, judge
from syndicate.digests.model import Life
from syndicate.posts.pending import Mark, Reason
from syndicate.settings import MOST_POSTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.settings import Settings
    from syndicate.stores import Stores
    from syndicate.subscribers.model import Digest

_log = structlog.get_logger()


class Cutter:
    """Cuts the editions of one site."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], stores: Stores) -> None:
        self._settings = settings
        self._clock = clock
        self._pending = stores.pending
        self._editions = stores.editions

    def waiting(self, cadence: str) -> list[str]:
        """The categories in which posts wait for a cadence."""
        return list(self._pending.counts(cadence))

    def judge(self, digest: Digest) -> Verdict:
        """Whether an edition of a digest would be cut now, and what of it is too old."""
        rules = self._settings.rules(digest.cadence, digest.category)
        waiting = self._pending.waiting(digest.cadence, digest.category, MOST_POSTS)
        return judge(waiting, rules, self._clock())

    def see(self, digest: Digest, slot: str, by: str, *, anyway: bool = False) -> None:
        """Cut the edition of a slot, if the rules are for it, or `anyway` if a post waits."""
        verdict = self.judge(digest)
        if verdict.too_old:
            self._drop(digest, verdict.too_old, by)
        if verdict.cut or anyway:
            self.cut(digest, slot, by)
        else:
            _log.info("no edition", digest=str(digest), why=verdict.why)

    def cut(self, digest: Digest, slot: str, by: str) -> int | None:
        """Cut the edition of a slot from what waits, however little; None if nothing does.

        However often, it is one.
        """
        rules, now = self._settings.rules(digest.cadence, digest.category), self._clock()
        edition = self._editions.cut(
            digest,
            slot,
            now,
            most=rules.maximum or MOST_POSTS,
            life=Life.DRAFT if rules.approval else Life.SCHEDULED,
            by=by,
        )
        if edition:
            posts = " ".join(map(str, self._editions.get(edition).posts))
            _log.info("edition cut", edition=edition, digest=str(digest), slot=slot, posts=posts)
        return edition

    def _drop(self, digest: Digest, posts: tuple[int, ...], by: str) -> None:
        days = self._settings.rules(digest.cadence, digest.category).oldest
        why = f"published more than {days:g} days before its edition would have been cut"
        reason = Reason(self._clock(), by, why)
        for post in posts:
            self._pending.skip(digest.cadence, digest.category, post, Mark.OLD, reason)
