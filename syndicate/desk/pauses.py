"""Pausing a cadence, a category or everything: what is under way stops, nothing new is cut.

What is written down is the truth; `enforce` makes mailings fit it, however often, by whomever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.model import MailingState
from syndicate.digests.model import Event
from syndicate.errors import StateError
from syndicate.schedules.agenda import Change, Pause
from syndicate.schedules.pauses import covering
from syndicate.schedules.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from syndicate.delivery.model import Mailing
    from syndicate.settings import Settings
    from syndicate.stores import Stores

_log = structlog.get_logger()


class Pauses:
    """What is paused on one site."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], stores: Stores) -> None:
        self._settings, self._clock = settings, clock
        self._pauses, self._schedules = stores.pauses, stores.schedules
        self._ledger, self._editions = stores.ledger, stores.editions

    def all(self) -> list[Pause]:
        """What is paused, the widest first."""
        return list(self._pauses.all().values())

    def pause(self, scope: Scope, by: str, why: str) -> int:
        """Stop all that a scope is about; how many mailings that stopped.

        Each connection ends the message in hand. New slots wait until the resume.

        Raises:
            StateError: it is paused already.
        """
        pause = Pause(scope, by, self._clock(), why)
        if not self._pauses.begin(pause):
            raise StateError(f"{self._pauses.all().get(scope, pause)}; there is nothing to do")
        self._schedules.note(Change(pause.at, by, scope, f"paused: {why}"))
        return self.enforce()

    def resume(self, scope: Scope, by: str) -> int:
        """Let go on what the pause of this very scope stopped; how many mailings do.

        Raises:
            StateError: there is no such pause.
        """
        if not self._pauses.end(scope):
            paused = ", ".join(each.named for each in self._pauses.all()) or "nothing"
            raise StateError(f"{scope.named} isn't paused by itself; paused is: {paused}")
        self._schedules.note(Change(self._clock(), by, scope, "resumed"))
        return self.enforce(by)

    def enforce(self, by: str = "sweep") -> int:
        """Have every mailing on its way stop or go on as the pauses want; how many changed."""
        pauses = self._pauses.all()
        mailings = self._ledger.several(self._ledger.active())
        return sum(self._fit(mailing, pauses, by) for mailing in mailings)

    def stops(self, mailing: Mailing) -> bool:
        """Whether a mailing that was just ordered is paused; if so, it stops."""
        pauses = self._pauses.all()
        return bool(pauses) and self._fit(mailing, pauses, "sweep")

    def refuse(self, scope: Scope) -> None:
        """Refuse to do what a pause forbids.

        Raises:
            StateError: it is paused.
        """
        if pause := covering(self._pauses.all(), scope):
            raise StateError(f"{pause}; `syndicate resume` ends that")

    def _fit(self, mailing: Mailing, pauses: Mapping[Scope, Pause], by: str) -> bool:
        """Pause or resume one mailing, if it has to be; whether it had."""
        paused = mailing.state is MailingState.PAUSED
        if mailing.state.ended or (paused and not mailing.pause):
            # A person paused it singly.
            return False
        mine = Scope.parse(mailing.pause) if mailing.pause else None
        if mine in pauses or not (pauses or mine):
            return False
        pause = self._covering(mailing, pauses)
        if pause:
            event = Event(self._clock(), "paused", pause.by, str(pause))
            self._ledger.move(
                *(mailing.id, MailingState.PAUSED, str(pause), event.at), pause=str(pause.scope)
            )
        elif paused:
            event = Event(self._clock(), "resumed", by)
            self._ledger.move(mailing.id, None, "", event.at)
        else:
            return False
        for edition in mailing.editions:
            self._editions.note(edition, event)
        _log.info("mailing", mailing=mailing.id, step=event.step, why=event.why)
        return True

    def _covering(self, mailing: Mailing, pauses: Mapping[Scope, Pause]) -> Pause | None:
        """What stops a mailing; that of all in one stops as a whole."""
        if not pauses:
            return None
        for edition in map(self._editions.get, mailing.editions):
            name = self._settings.renamed.get(edition.category, edition.category)
            if pause := covering(pauses, Scope(edition.cadence, name)):
                return pause
        return None
