"""How fast a mailing gets on, and when it will have ended: from what was seen of it lately."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syndicate.delivery.model import Mailing

#: Seconds that are looked back on: long enough to be steady, short enough to tell of a stop.
WINDOW = 60.0


class Pace:
    """What was seen of one mailing, the last minute of it."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def see(self, mailing: Mailing, now: float) -> None:
        """How it stands at a moment, in seconds."""
        self._seen.append((now, mailing.audience - mailing.open))
        while len(self._seen) > 1 and self._seen[1][0] <= now - WINDOW:
            self._seen.popleft()

    @property
    def rate(self) -> float:
        """Deliveries that ended in a second."""
        if not self._seen:
            return 0.0
        (begin, before), (end, after) = self._seen[0], self._seen[-1]
        # A retry opens what had ended.
        return max(0.0, (after - before) / (end - begin)) if end > begin else 0.0

    def left(self, mailing: Mailing) -> float | None:
        """Seconds until nothing of it is open, if it goes on so; None: nobody can say."""
        if mailing.open == 0:
            return 0.0
        return mailing.open / self.rate if self.rate else None
