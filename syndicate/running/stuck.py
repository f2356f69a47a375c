"""Which workers are stuck: their processes live, but the work doesn't get done.

Told from what stands in Redis, looked at again and again. Clocks are not compared across processes:
only whether a sign is another than at the last look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.store.pulse import Sign

#: Seconds without a look, such as while Redis was away, after which what was seen before is void.
_GAP = 15.0
#: Seconds that one which took another's place may take until its first sign, however little the
#: patience: replaced any sooner, it would never be ready on a machine that is busy.
_STARTING = 60.0


@dataclass(slots=True)
class _Seen:
    """What was seen of a worker since it was started; moments are those of looks."""

    started: float
    sign: Sign | None
    #: Whether that is its own; until then it is its predecessor's.
    spoke: bool
    #: Since when its sign is the same.
    silent_since: float
    #: Since when it neither began nor ended a task.
    still_since: float
    #: Since when every look found tasks waiting for it; None: the last found none.
    waited_since: float | None = None


class Watch:
    """Looks after the workers of one machine."""

    def __init__(
        self, crew: Mapping[str, tuple[str, ...]], patience: float, longest: float
    ) -> None:
        """`crew` has the queues of each worker; no task takes longer than `longest` seconds."""
        self._crew = crew
        self._patience = patience
        self._longest = longest + patience
        self._seen: dict[str, _Seen] = {}
        #: When the worker of each name was started that was seen last.
        self._started: dict[str, float] = {}
        self._looked_at = 0.0

    def look(
        self,
        now: float,
        started: Mapping[str, float],
        depths: Mapping[str, int],
        signs: Mapping[str, Sign],
    ) -> dict[str, str]:
        """The workers that are stuck, each with why; `started` has those that run, and since when.

        A worker that is told of is seen with new eyes from then on.
        """
        if now - self._looked_at > _GAP:
            self._seen.clear()
        self._looked_at = now
        stuck = {}
        for name, since in started.items():
            waiting = sum(depths[queue] for queue in self._crew[name])
            seen = self._update(name, since, now, signs.get(name))
            self._wait(seen, now, waiting)
            why = self._judge(seen, now, waiting)
            if why:
                stuck[name] = why
                del self._seen[name]
        return stuck

    def _update(self, name: str, started: float, now: float, sign: Sign | None) -> _Seen:
        seen = self._seen.get(name)
        if seen is None or seen.started != started:
            spoke = sign is not None and self._started.get(name, started) == started
            seen = self._seen[name] = _Seen(started, sign, spoke, now, now)
            self._started[name] = started
        if sign != seen.sign:
            seen.silent_since, seen.spoke = now, True
            if seen.sign is None or sign is None or sign.acts != seen.sign.acts:
                seen.still_since = now
            seen.sign = sign
        return seen

    @staticmethod
    def _wait(seen: _Seen, now: float, waiting: int) -> None:
        if not waiting:
            seen.waited_since = None
        elif seen.waited_since is None:
            seen.waited_since = now

    def _judge(self, seen: _Seen, now: float, waiting: int) -> str:
        patience = self._patience if seen.spoke else max(self._patience, _STARTING)
        silent = now - seen.silent_since
        if silent > patience:
            return f"no sign of life for {silent:.0f} s"
        still = now - seen.still_since
        task = seen.sign.task if seen.sign else ""
        if task and still > self._longest:
            return f"at {task} for {still:.0f} s, longer than a task may take"
        if not task and seen.waited_since is not None:
            idle = min(still, now - seen.waited_since)
            if idle > patience:
                return f"took no task for {idle:.0f} s while {waiting} wait"
        return ""
