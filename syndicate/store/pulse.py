"""Signs of life: what is done every minute, each queue and each worker leaves its mark.

So anybody can see whether it still is, and whoever looks after workers can tell one that is stuck.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from syndicate.store.keys import QUEUES

if TYPE_CHECKING:
    from syndicate.store.client import Store

#: Seconds after which a worker that is silent is nobody's any more, such as a container's of old.
_FORGOTTEN = 86_400.0


@dataclass(frozen=True, slots=True)
class Sign:
    """What a worker says of itself."""

    #: Unix seconds.
    at: float
    #: Tasks that it began, and those that it ended, counted together.
    acts: int
    #: What it has in hand; empty: nothing.
    task: str


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

    def moved(self, queue: str, now: datetime) -> None:
        """A task of that queue began or ended now."""
        self.beat(f"queue:{queue}", now)

    def depths(self) -> dict[str, int]:
        """How many tasks wait in each queue."""
        pipe = self._store.text.pipeline(transaction=False)
        for name in QUEUES:
            pipe.llen(self._store.keys.queue(name))
        return dict(zip(QUEUES, pipe.execute(), strict=True))

    def sign(self, worker: str, sign: Sign) -> None:
        """That worker lives."""
        self._store.text.hset(self._store.keys.workers, worker, json.dumps(asdict(sign)))

    def signs(self) -> dict[str, Sign]:
        """What each worker said last."""
        found = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.workers))
        return {name: Sign(**json.loads(said)) for name, said in found.items()}

    def forget_old(self, now: datetime) -> None:
        """Forget the workers that were silent for a day."""
        old = [w for w, s in self.signs().items() if s.at < now.timestamp() - _FORGOTTEN]
        if old:
            self._store.text.hdel(self._store.keys.workers, *old)
