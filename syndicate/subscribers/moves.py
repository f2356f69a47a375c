"""Addresses that subscribers want to move to, until they are confirmed or two days have passed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from syndicate.subscribers.tokens import LIFETIMES, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.store.client import Store


#: Addresses that one subscriber may name in a day: one that is misspelt, and some to spare. Whoever
#: gets the letter may be a stranger.
MOST = 5
_DAY = 86400


class Moves:
    """The moves of one site's subscribers that are asked for; each has at most one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def is_too_much(self, subscriber: int) -> bool:
        """Whether he has named enough addresses for a day, this time included."""
        count, _ = self._store.count(f"moves:{subscriber}", _DAY)
        return count > MOST

    def ask(self, subscriber: int, address: str, now: datetime) -> None:
        """Note where he wants to move; what he asked for before is forgotten."""
        wanted = json.dumps([int(now.timestamp()), address], ensure_ascii=False)
        key = self._store.keys.move(subscriber)
        self._store.text.set(key, wanted, ex=LIFETIMES[Purpose.MOVE])

    def wanted(self, subscriber: int, stamp: int) -> str:
        """The address that he asked for at that second; empty if it is forgotten or another."""
        asked, address = json.loads(
            self._store.text.get(self._store.keys.move(subscriber)) or '[0, ""]'
        )
        return str(address) if asked == stamp else ""

    def forget(self, subscriber: int) -> None:
        """He has moved, or is no more."""
        self._store.text.delete(self._store.keys.move(subscriber))
