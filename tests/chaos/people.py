"""What people do in the middle: readers leave, operators pause and cancel. Its end is noted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.delivery.model import MailingState
from syndicate.people.leaving import Scope
from syndicate.subscribers.model import Reason, Suppression
from tests.chaos.laws import Forbidden

if TYPE_CHECKING:
    import random

    from tests.chaos.site import Reader, Site

_HOW = {"method": "test"}
#: How many of the readers stay, whatever happens.
_STAY = 0.6
#: Of a hundred.
_PAUSE_THEMSELVES, _ARE_CANCELLED = 30, 10


@dataclass
class People:
    """Readers and operators of one site."""

    site: Site
    draw: random.Random
    #: What may happen no more since.
    forbidden: list[Forbidden] = field(default_factory=list)
    _gone: set[int] = field(default_factory=set)
    _paused: dict[int, Forbidden] = field(default_factory=dict)

    def act(self, *, strict: bool) -> None:
        """Somebody does something; `strict`: nothing is under way."""
        self.draw.choice((self._leave, self._leave, self._suppress, self._stop))(strict=strict)
        if self._paused and self.draw.random() < 0.5:
            self._resume(self.draw.choice(list(self._paused)))

    def resume_all(self) -> None:
        """Have every mailing go on that isn't cancelled."""
        for mailing in list(self._paused):
            self._resume(mailing)

    def _somebody(self) -> Reader | None:
        left = [reader for reader in self.site.readers if reader.id not in self._gone]
        if len(left) < len(self.site.readers) * _STAY:
            return None
        somebody = self.draw.choice(left)
        self._gone.add(somebody.id)
        return somebody

    def _leave(self, *, strict: bool) -> None:
        if reader := self._somebody():
            app = self.site.app
            if self.draw.uniform(0, 100) < _PAUSE_THEMSELVES:
                app.preferences.pause(reader.id, app.clock() + timedelta(days=300), _HOW)
            else:
                app.leaving.leave(reader.id, Scope(), _HOW)
            self.forbidden.append(Forbidden(time.monotonic(), reader=reader.id, strict=strict))

    def _suppress(self, *, strict: bool) -> None:
        if reader := self._somebody():
            app = self.site.app
            why = Suppression(Reason.OPERATOR, "test", app.clock())
            app.suppressions.add(reader.address, why, app.clock(), _HOW)
            self.forbidden.append(Forbidden(time.monotonic(), reader=reader.id, strict=strict))

    def _stop(self, *, strict: bool) -> None:
        going = [each.id for each in self.site.mailings if not each.state.ended]
        going = [mailing for mailing in going if mailing not in self._paused]
        if not going:
            return
        mailing, app = self.draw.choice(going), self.site.app
        cancelled = self.draw.uniform(0, 100) < _ARE_CANCELLED
        to = MailingState.CANCELLED if cancelled else MailingState.PAUSED
        app.ledger.move(mailing, to, "test", app.clock())
        law = Forbidden(time.monotonic(), mailing=mailing, strict=strict)
        if cancelled:
            self.forbidden.append(law)
        else:
            self._paused[mailing] = law

    def _resume(self, mailing: int) -> None:
        law, app = self._paused.pop(mailing), self.site.app
        until = time.monotonic()
        self.forbidden.append(Forbidden(law.at, until, mailing=law.mailing, strict=law.strict))
        app.ledger.move(mailing, None, "", app.clock())
