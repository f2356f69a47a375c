"""Who paused what, in Redis."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from syndicate.schedules.agenda import Pause
from syndicate.schedules.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.store.client import Store


class PauseStore:
    """The pauses of one site."""

    def __init__(self, store: Store) -> None:
        self._text, self._key = store.text, store.keys.pauses

    def all(self) -> dict[Scope, Pause]:
        """What is paused, the widest first."""
        rows = cast("dict[str, str]", self._text.hgetall(self._key))
        return {Scope.parse(name): _pause(name, rows[name]) for name in sorted(rows)}

    def begin(self, pause: Pause) -> bool:
        """Write a pause down; False if there is one of that scope already."""
        values = {"by": pause.by, "at": pause.at.isoformat(), "why": pause.why}
        text = json.dumps(values, ensure_ascii=False)
        return bool(self._text.hsetnx(self._key, str(pause.scope), text))

    def end(self, scope: Scope) -> bool:
        """Have it be over; False if there was none of that scope."""
        return bool(self._text.hdel(self._key, str(scope)))

    def stops_letters(self) -> bool:
        """Whether everything is paused: letters are of no cadence, and stop then alone."""
        return bool(self._text.hexists(self._key, str(EVERYTHING)))


def covering(pauses: Mapping[Scope, Pause], scope: Scope) -> Pause | None:
    """The pause because of which nothing of that scope goes out; None: nothing stops it."""
    return next((pause for each, pause in pauses.items() if each.covers(scope)), None)


def _pause(name: str, text: str) -> Pause:
    values = json.loads(text)
    at = datetime.fromisoformat(values["at"]).astimezone(UTC)
    return Pause(Scope.parse(name), values["by"], at, values["why"])
