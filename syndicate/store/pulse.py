"""What is done every minute leaves its mark, so that anybody can see whether it still is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from syndicate.store.client import Store


class Pulse:
    """The marks of one site, whichever process left them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def beat(self, name: str, now: datetime) -> None:
        """It was done now."""
        self._store.text.hset(self._store.keys.pulse, name, str(int(now.timestamp())))

    def last(self) -> dict[str, datetime]:
        """When each was done last; what never was is left out."""
        found = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.pulse))
        return {name: datetime.fromtimestamp(int(at), UTC) for name, at in found.items()}
