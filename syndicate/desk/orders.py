"""Orders: from editions that were cut to the mailings that bring them to their readers."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from syndicate.delivery.model import MailingState
from syndicate.delivery.timing import timing_of
from syndicate.errors import StateError
from syndicate.schedules.scope import Scope
from syndicate.schedules.timing import moment_of
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from syndicate.delivery.model import Mailing
    from syndicate.digests.model import Edition, Event
    from syndicate.settings import Settings
    from syndicate.stores import Stores

#: How the slot of an edition that was cut by hand begins; no moment is named like it.
BY_HAND = "by-hand-"


class Orders:
    """Orders mailings, each edition's once and a slot's all together; and stops them."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], stores: Stores) -> None:
        self._settings = settings
        self._clock = clock
        self._editions = stores.editions
        self._schedules = stores.schedules
        self._ledger = stores.ledger

    def one(self, edition: int) -> int:
        """Order the mailing of an edition by itself; however often, it is one.

        Raises:
            StateError: it isn't to go out: a draft, held or cancelled.
        """
        return self._ledger.order(edition, self._clock())

    def slot(self, cadence: str, slot: str) -> list[int]:
        """Order what was cut for a slot: all at once, for some readers want them in one."""
        found = [e for e in self.unordered() if (e.cadence, e.slot) == (cadence, slot)]
        return self._slot(cadence, slot, found)

    def leftovers(self) -> None:
        """Order what was cut and never ordered: what a crash left behind.

        A slot that is still to be claimed is left to its tick, which may have more to cut for it.
        """
        slots: dict[tuple[str, str], list[Edition]] = defaultdict(list)
        for edition in self.unordered():
            moment = moment_of(edition.slot)
            if moment is None:
                # Somebody may have cancelled it just now.
                with suppress(StateError):
                    self.one(edition.id)
            elif not self._is_ticks(edition, moment):
                slots[edition.cadence, edition.slot].append(edition)
        for (cadence, slot), editions in slots.items():
            self._slot(cadence, slot, editions)

    def unordered(self) -> list[Edition]:
        """What was cut, is to go out, and has no mailing."""
        return list(map(self._editions.get, self._editions.without_mailing()))

    def move(self, edition: int, state: MailingState | None, event: Event) -> None:
        """Pause, cancel or (None) resume all mailings that an edition is in.

        That of all in one is paused as a whole; cancelled, it goes on without this edition.

        Raises:
            StateError: none of them can.
        """
        mailings = [self._ledger.get(one) for one in self._editions.mailings_of(edition)]
        moved = [self._move(one, edition, state, event) for one in mailings]
        if not any(moved):
            raise StateError(f"edition {edition} is {mailings[0].state}; it can't be {event.step}")
        self._editions.note(edition, event)

    def _move(
        self, mailing: Mailing, edition: int, state: MailingState | None, event: Event
    ) -> bool:
        """Move one mailing; whether that changes anything."""
        if mailing.state.ended:
            return False
        if mailing.together and state is MailingState.CANCELLED:
            left = self._ledger.take_out(mailing.id, edition)
            if left:
                return left > 0
        by = f"{event.step} by {event.by}"
        why = f"{by}: {event.why}" if event.why else by
        was = self._ledger.move(mailing.id, state, why, event.at)
        return was is MailingState.PAUSED if state is None else not was.ended and was is not state

    def _slot(self, cadence: str, slot: str, editions: Sequence[Edition]) -> list[int]:
        if not editions:
            return []
        now, ids = self._clock(), [edition.id for edition in editions]
        timing = timing_of(self._settings, self._schedules, Digest(cadence, ""), slot, now)
        return self._ledger.order_slot(cadence, ids, now, timing.ends - now.timestamp())

    def _is_ticks(self, edition: Edition, moment: datetime) -> bool:
        """Whether a tick is still to see to the slot of that moment."""
        known = self._settings.known_cadence(edition.cadence) is not None
        return known and self._schedules.awaits(Scope(edition.cadence, edition.category), moment)
