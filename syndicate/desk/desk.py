"""The desk: what becomes of posts that wait to be mailed, from a slot to an ordered mailing.

Every step of an edition's life is taken here, by somebody, and written down. What is sent, and how
far it has come, is the ledger's.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.model import MailingState
from syndicate.desk.cutter import Cutter
from syndicate.desk.orders import BY_HAND, Orders
from syndicate.desk.pauses import Pauses
from syndicate.desk.ticks import Ticks
from syndicate.desk.timetables import Timetables
from syndicate.digests.model import Edition, Event, Life
from syndicate.errors import BusyError, NotFoundError, StateError
from syndicate.posts.pending import Mark, Reason, Requeued
from syndicate.posts.store import newest_first
from syndicate.schedules.agenda import Change
from syndicate.schedules.scope import Scope
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.delivery.prepare import Postmaster
    from syndicate.digests.cutting import Verdict
    from syndicate.digests.model import Composed
    from syndicate.schedules.agenda import Held
    from syndicate.settings import Settings
    from syndicate.stores import Stores

_log = structlog.get_logger()

_REFUSALS = {
    Requeued.WAITS_ALREADY: "waits for {digest} already",
    Requeued.NOT_IN_CATEGORY: "is not in the category of {digest}",
    Requeued.IN_AN_EDITION: "was in an edition of {digest}; --again mails it once more",
}


class Desk:
    """Cuts editions and decides what becomes of them."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        stores: Stores,
        postmaster: Postmaster,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._posts = stores.posts
        self._categories = stores.categories
        self._pending = stores.pending
        self._editions = stores.editions
        self._schedules = stores.schedules
        self._postmaster = postmaster
        self.orders = Orders(settings, clock, stores)
        self.timetables = Timetables(settings, clock, stores)
        self.pauses = Pauses(settings, clock, stores)
        self._cutter = Cutter(settings, clock, stores)
        self.ticks = Ticks(settings, clock, stores, self.timetables, self._cutter, self.orders)

    # Cutting

    def tick(self) -> list[int]:
        """Cut and order what is due; returns the mailings.

        While another tick is at it, this one does nothing.
        """
        try:
            with self._schedules.turn() as renew:
                return self.ticks.run(renew)
        except BusyError as error:
            _log.info("no tick", why=str(error))
            return []

    def run_held(self, held: Held, by: str) -> list[int]:
        """Cut and order a held slot after all; returns the mailings.

        Raises:
            BusyError: a tick is at it.
            StateError: it is paused.
        """
        with self._schedules.turn() as renew:
            mailings = self.ticks.run_held(held, by, renew)
        self._note_held(held, by, "run")
        return mailings

    def drop_held(self, held: Held, by: str) -> None:
        """Have a held slot not run; its posts wait for the next."""
        self._schedules.settle(held)
        self._note_held(held, by, "dropped")

    def _note_held(self, held: Held, by: str, done: str) -> None:
        what = f"held slot {held.slot} {done}"
        self._schedules.note(Change(self._clock(), by, held.scope, what))

    def judge(self, digest: Digest) -> Verdict:
        """Whether an edition of a digest would be cut now, and what of it is too old."""
        return self._cutter.judge(digest)

    def cut(self, cadence: str, category: str, by: str = "operator") -> Edition | None:
        """Cut an edition by hand, now, however few posts wait; None if none does.

        Raises:
            NotFoundError: no such category.
            SettingsError: no such cadence, or nothing can be mailed for want of a postal address.
            StateError: it is paused.
        """
        self._settings.cadence(cadence)
        self._categories.require(category)
        self._postmaster.require_postal_address()
        self.pauses.refuse(Scope(cadence, category))
        edition = self._cutter.cut(Digest(cadence, category), f"{BY_HAND}{uuid.uuid4().hex}", by)
        return self._editions.get(edition) if edition else None

    # The life of an edition

    def order(self, edition: int) -> int:
        """Order the mailing of an edition by itself; raises what `Orders.one` raises."""
        return self.orders.one(edition)

    def approve(self, edition: int, by: str) -> int:
        """Let a draft, or an edition that was held, go out; returns its mailing.

        Raises:
            NotFoundError: no such edition.
            StateError: it is neither.
        """
        self._move(edition, Life.SCHEDULED, "approved", by, "", (Life.DRAFT, Life.HELD))
        return self.order(edition)

    def hold(self, edition: int, by: str, why: str) -> None:
        """Keep an edition back until somebody approves it.

        Raises:
            NotFoundError: no such edition.
            StateError: it is on its way already, and can be paused.
        """
        self._move(edition, Life.HELD, "held", by, why, (Life.DRAFT, Life.SCHEDULED))

    def cancel(self, edition: int, by: str, why: str) -> None:
        """Have an edition go no further than it has.

        A mailing of all in one goes on with its other editions.

        Raises:
            NotFoundError: no such edition.
            StateError: it has ended.
        """
        if self._editions.mailings_of(self._editions.get(edition).id):
            self.orders.move(
                edition, MailingState.CANCELLED, Event(self._clock(), "cancelled", by, why)
            )
        else:
            lives = (Life.DRAFT, Life.SCHEDULED, Life.HELD)
            self._move(edition, Life.CANCELLED, "cancelled", by, why, lives)

    def pause(self, edition: int, by: str, why: str) -> None:
        """Stop an edition that is on its way: each connection ends the message in hand, no more.

        A mailing of all in one that has it stops as a whole.

        Raises:
            NotFoundError: no such edition, or it isn't ordered yet.
            StateError: it has ended, or is paused.
        """
        self._require_ordered(edition)
        self.orders.move(edition, MailingState.PAUSED, Event(self._clock(), "paused", by, why))

    def resume(self, edition: int, by: str) -> None:
        """Have a paused edition go on where it stopped.

        Raises:
            NotFoundError: no such edition, or it isn't ordered yet.
            StateError: it isn't paused, or more than it is.
        """
        self._require_ordered(edition)
        self.pauses.refuse(Scope(*self.digest_of(self._editions.get(edition))))
        self.orders.move(edition, None, Event(self._clock(), "resumed", by))

    def _require_ordered(self, edition: int) -> None:
        if not self._editions.mailings_of(self._editions.get(edition).id):
            raise NotFoundError(f"edition {edition} isn't on its way yet; hold it, or cancel it")

    def _move(
        self, edition: int, life: Life, step: str, by: str, why: str, before: tuple[Life, ...]
    ) -> None:
        self._editions.get(edition)
        event = Event(self._clock(), step, by, why)
        was = self._editions.move(edition, life, event, before)
        if was not in before:
            raise StateError(f"edition {edition} is {was}; it can't be {step} any more")

    # Posts

    def skip(self, digest: Digest, post: int, by: str, why: str) -> None:
        """Have the next editions of a digest go without a post that waits for one.

        Raises:
            StateError: it doesn't wait.
        """
        reason = Reason(self._clock(), by, why)
        if not self._pending.skip(digest.cadence, digest.category, post, Mark.SKIPPED, reason):
            raise StateError(f"post {post} doesn't wait for {_named(digest)}")

    def requeue(self, digest: Digest, post: int, *, again: bool = False) -> None:
        """Have a post wait for the next edition of a digest.

        `again` allows one that an edition took already.

        Raises:
            StateError: it waits already, isn't in the category, or was in an edition.
        """
        now = self._clock()
        done = self._pending.requeue(digest.cadence, digest.category, post, now, again=again)
        if done is not Requeued.DONE:
            raise StateError(f"post {post} {_REFUSALS[done]}".format(digest=_named(digest)))

    # Composing

    def compose(self, edition: Edition, language: str = "") -> Composed:
        """An edition as it reads now: with its posts as corrected, without those withdrawn.

        `language` is that of the words around them; empty: its own.

        Raises:
            MessageError: none of its posts is left.
        """
        posts = self._posts.get(edition.posts)
        corrected = tuple(self._posts.get(edition.corrections).values())
        category = self._categories.get(self.digest_of(edition).category)
        return self._postmaster.compose(edition, category, newest_first(posts), corrected, language)

    def digest_of(self, edition: Edition) -> Digest:
        """The digest that an edition is of, as its category is called now."""
        name = self._settings.renamed.get(edition.category, edition.category)
        return Digest(edition.cadence, name)


def _named(digest: Digest) -> str:
    return f"the {digest.cadence} digest of {digest.category}"
