"""Nothing more is kept of a person who asks for it, and all that is kept is told to who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from syndicate.delivery import outbox
from syndicate.errors import BusyError, NotFoundError, StoreError
from syndicate.store import aof
from syndicate.subscribers.waking import wake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from syndicate.settings import Settings
    from syndicate.store.client import Store
    from syndicate.stores import Stores
    from syndicate.subscribers.model import Subscriber, Suppression

_log = structlog.get_logger()


class Erasure:
    """The end of what is kept of the subscribers of one site."""

    def __init__(
        self, settings: Settings, store: Store, stores: Stores, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._store = store
        self._stores = stores
        self._clock = clock

    def erase(self, subscriber: int, how: Mapping[str, str]) -> None:
        """Forget a subscriber, but for a keyed hash that keeps lists from bringing him back.

        His record goes last, and at once with all that follows from it: what stops before that is
        repeated. Whatever of his is under way then finds nobody to go to. Redis's append-only file
        follows within minutes (`sweep`).

        Raises:
            NotFoundError: there is no such subscriber.
        """
        found = self._stores.subscribers.get([subscriber])
        if not found:
            raise NotFoundError(f"no subscriber with id {subscriber}")
        (one,) = found
        self._stores.moves.forget(subscriber)
        self._stores.signups.forget(one.address)
        outbox.forget(self._settings.state_folder, one.address)
        now = self._clock()
        listed = self._stores.suppressions.erased(one.address, how.get("method", ""), now)
        self._stores.subscribers.alter(subscriber, lambda _one: None, now, how, listed)
        _log.info("erased", subscriber=subscriber, method=how.get("method", ""))

    def record_of(self, subscriber: Subscriber) -> dict[str, Any]:
        """All that is kept of a subscriber, as JSON has it; times in ISO 8601."""
        return {
            "id": subscriber.id,
            "address": subscriber.address,
            "status": subscriber.status.value,
            "created_at": subscriber.created_at.isoformat(),
            "name": subscriber.name,
            "language": subscriber.language,
            "zone": subscriber.zone,
            "fields": dict(subscriber.fields),
            "subscriptions": [
                {
                    "cadence": digest.cadence,
                    "category": digest.category,
                    "state": how.state.value,
                    "since": how.since.isoformat(),
                }
                for digest, how in sorted(subscriber.subscriptions.items())
            ],
            "together": {name: list(first) for name, first in subscriber.together.items()},
            "paused_until": _iso(subscriber.paused_until),
            "suppression": _told(subscriber.suppression),
            "consents": [
                self._consent(entry) for entry in self._stores.subscribers.consents(subscriber.id)
            ],
        }

    def _consent(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry of the record of consent, with the words that he read who signed up."""
        told = {**entry, "at": entry["at"].isoformat()}
        version = entry.get("how", {}).get("text")
        return {**told, "text": self._stores.signups.text(version)} if version else told

    def sweep(self) -> None:
        """What time does by itself; to be called every minute."""
        woken = wake(self._stores.subscribers, self._clock())
        if woken:
            _log.info("woken", subscribers=woken)
        try:
            done = aof.rewrite(self._store, self._clock())
        except BusyError:
            return
        except StoreError as error:
            _log.error("append-only file", error=str(error))
            return
        if done is not aof.Rewrite.NOT_DUE:
            _log.info("append-only file", rewrite=done)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _told(why: Suppression | None) -> dict[str, str] | None:
    if why is None:
        return None
    return {"reason": why.reason.value, "source": why.source, "at": why.at.isoformat()}
