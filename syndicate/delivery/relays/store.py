"""What is known of the relays, in Redis, for all workers of a site."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, cast

from syndicate.delivery.relays.buckets import LEASE, SKEW
from syndicate.delivery.relays.model import Condition, Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from syndicate.store.client import Store

_MS = 1000
_DAY = 86400
#: What makes a relay other than up.
_TROUBLE = ("state", "why", "since", "until", "probe", "times")


class RelayStore:
    """The relays of one site. Moments are seconds since the epoch; Redis has milliseconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.keys = store.keys

    # Leave to send

    def take(self, keys: Sequence[str], plan: str) -> str:
        """Ask for leave, as `buckets` makes the plan and reads the answer."""
        return str(self._store.run("take_grants", keys, [plan]))

    # Troubles

    def unwell(self, names: Collection[str]) -> set[str]:
        """Those that something is known to be wrong with."""
        pipe = self._store.text.pipeline(transaction=False)
        for name in names:
            pipe.hexists(self.keys.relay(name), "state")
        return {name for name, there in zip(names, pipe.execute(), strict=True) if there}

    def trip(
        self, name: str, to: Condition, why: str, pauses: Sequence[float], now: float
    ) -> Condition:
        """Leave a relay alone for the first of these pauses, or the second if it fails again, ….

        A failure that is told while it is left alone counts no more.
        """
        state = self._store.run(
            "trip_relay",
            [self.keys.relay(name)],
            [_ms(now), to, why, *(math.ceil(pause * _MS) for pause in pauses)],
        )
        return Condition(state)

    def mend(self, name: str, now: float) -> bool:
        """A message went out: whether a relay is up by that which wasn't."""
        return bool(self._store.run("mend_relay", [self.keys.relay(name)], [_ms(now)]))

    def pause(self, name: str, why: str, now: float) -> None:
        """Have nothing go out through a relay until somebody resumes it."""
        said = ("state", Condition.PAUSED, "why", why, "since", _ms(now), "until", 0)
        self._store.text.hset(self.keys.relay(name), items=list(said))

    def resume(self, name: str) -> bool:
        """Take a relay for well again; whether it wasn't."""
        return bool(self._store.text.hdel(self.keys.relay(name), *_TROUBLE))

    def standing(self, name: str, spans: Sequence[int], now: float) -> Standing:
        """How a relay is; `spans` (seconds) are those whose messages are counted."""
        pipe = self._store.text.pipeline(transaction=False)
        pipe.hgetall(self.keys.relay(name))
        pipe.zcount(self.keys.connections(name), f"({_ms(now)}", _ms(now + LEASE + SKEW))
        pipe.hgetall(self.keys.used(name, ""))
        record, connections, used = pipe.execute()
        first = int(record.get("first", 0)) / _MS
        day = max(0, math.floor((now - first) / _DAY)) if first else 0
        return Standing(
            condition=Condition(record.get("state", Condition.UP)),
            why=record.get("why", ""),
            since=int(record.get("since", 0)) / _MS,
            until=int(record.get("until", 0)) / _MS,
            times=int(record.get("times", 0)),
            first=first,
            connections=connections,
            used={seconds: _counted(used, seconds, now) for seconds in spans},
            day=day,
            today=int(record.get(f"day:{day}", 0)),
        )

    # Connections, and places of messages under way: leases both

    def open_connection(self, name: str, lease: str, most: int, now: float) -> bool:
        """Take one of a relay's connections under that name; False: all are in use."""
        taken = self._store.run(
            "open_connection",
            [self.keys.connections(name)],
            [_ms(now), _ms(now + LEASE), _ms(now + LEASE + SKEW), most, lease],
        )
        return bool(taken)

    def renew(self, leases: Collection[tuple[str, str]], now: float) -> None:
        """Show a sign of life for these: (key, name)."""
        pipe = self._store.text.pipeline(transaction=False)
        for key, name in leases:
            pipe.zadd(key, {name: _ms(now + LEASE)}, xx=True)
        pipe.execute()

    def give_back(self, key: str, name: str) -> None:
        """End a lease."""
        self._store.text.zrem(key, name)


def _counted(used: dict[str, str], seconds: int, now: float) -> int:
    """Messages in the last span of that length, a fiftieth of it more or less."""
    slots = cast("list[int]", json.loads(used.get(str(seconds * _MS), "[]")))
    pairs = zip(slots[::2], slots[1::2], strict=True)
    return sum(count for slot, count in pairs if slot * seconds / 50 > now - seconds)


def _ms(seconds: float) -> int:
    return math.floor(seconds * _MS)
