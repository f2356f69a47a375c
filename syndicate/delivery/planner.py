"""Who gets a mailing: its audience frozen into chunks, the first of which go out meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from syndicate.delivery.model import CHUNK, LEDGER_KEPT, TEMPLATES_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from syndicate.delivery.model import Mailing
    from syndicate.schedules.timing import Timing
    from syndicate.store.client import Store
    from syndicate.subscribers.model import Digest


class Planner:
    """Plans the mailings of one site, each a chunk at a time: Redis is never stopped for long."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    def plan(self, mailing: Mailing, digests: Sequence[Digest], timing: Timing) -> Iterator[int]:
        """Yield each chunk as soon as it is made, due when `timing` says; most are at once.

        Who is subscribed all the while is in one of them; who comes or goes meanwhile may be or
        not. Nobody is in two, however often it is repeated: a repetition does what is left to do.
        All in one goes to those who wanted that when it was ordered, its editions to the others.
        Where the reader's hour counts, those of each zone are by themselves.
        """
        zones = list(self._zones(timing))
        for digest in (*digests, None):
            cursor = 0
            while True:
                cursor, first, made = self._some(mailing, digest, cursor, zones)
                yield from range(first, first + made)
                if cursor < 0:
                    return
                if digest and cursor == 0:
                    break

    def _zones(self, timing: Timing) -> Iterator[str | float]:
        """Number, beginning and name of each zone that has chunks of its own; 0 for all others."""
        yield from (0, timing.begins(""), "")
        if timing.local:
            known = self._store.text.hgetall(self._store.keys.zones)
            for name, number in cast("dict[str, str]", known).items():
                yield from (number, timing.begins(name), name)

    def _some(
        self, mailing: Mailing, digest: Digest | None, cursor: int, zones: Sequence[str | float]
    ) -> tuple[int, int, int]:
        """Take some of a digest's subscribers, or what is left when all were looked through."""
        keys = self._store.keys
        names = [
            keys.mailing(mailing.id),
            *(keys.part(mailing.id, part) for part in ("planned", "rest", "chunks", "due")),
            keys.active,
            keys.part(mailing.without or mailing.id, "together"),
            *(keys.zones_of_subscribers, keys.part(mailing.id, "begins")),
            *keys.kept_for_a_while(mailing.id),
        ]
        if digest:
            names.append(keys.subscribed(digest.cadence, digest.category))
        cursor, first, made = self._store.run(
            "plan_chunk",
            names,
            [
                *(mailing.id, cursor, CHUNK, len(names) if digest else 0),
                *(self._clock().isoformat(), _among(mailing), TEMPLATES_KEPT, LEDGER_KEPT),
                *zones,
            ],
        )
        return int(cursor), int(first), int(made)


def _among(mailing: Mailing) -> str:
    """Who of those who are subscribed it is for."""
    if mailing.together:
        return "together"
    return "apart" if mailing.without else "everybody"
