"""Where each cadence stands, in Redis: any number of beats may ask, and one is let through."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syndicate.schedules.model import slot_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from syndicate.store.client import Store


class ScheduleStore:
    """The cadences of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def turn(self) -> AbstractContextManager[Callable[[], None]]:
        """Be the only one who sees to slots; call what it yields at least once a minute.

        Raises:
            BusyError: somebody else does now.
        """
        return self._store.lock("tick")

    def last(self, cadence: str) -> datetime | None:
        """The last slot that was seen to; None for a cadence that never was."""
        name = self._store.text.hget(self._store.keys.schedule(cadence), "slot")
        return datetime.fromisoformat(str(name)).astimezone(UTC) if name else None

    def held(self, cadence: str) -> list[str]:
        """Names of slots that were missed for longer than the grace and wait for a person."""
        held = self._store.text.hget(self._store.keys.schedule(cadence), "held")
        return [str(name) for name in json.loads(held)] if held else []

    def claim(
        self, cadence: str, last: datetime | None, moment: datetime, *, hold: bool = False
    ) -> bool:
        """Move a cadence on from `last` to `moment`; False if somebody else has."""
        name = slot_name(moment)
        held = json.dumps([*self.held(cadence), name]) if hold else ""
        done = self._store.run(
            "claim_slot",
            [self._store.keys.schedule(cadence)],
            [slot_name(last) if last else "", name, held],
        )
        return bool(done)
