"""How soon a child that died is started again, and when that is given up."""

from __future__ import annotations

from dataclasses import dataclass

#: Seconds. A child that lived for so long is one that works; its earlier deaths are forgotten.
SETTLED = 30.0
#: Seconds before the first restart; each further one waits for twice as long, up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: Deaths, each right after the start, after which a child that never settled never will.
HOPELESS = 4


@dataclass(frozen=True, slots=True)
class Deaths:
    """The deaths of one child."""

    #: One soon after the other.
    in_a_row: int = 0
    has_settled: bool = False

    def after(self, lived: float) -> Deaths:
        """With one more, of a process that lived for so many seconds."""
        if lived >= SETTLED:
            return Deaths(1, has_settled=True)
        return Deaths(self.in_a_row + 1, has_settled=self.has_settled)

    @property
    def pause(self) -> float:
        """Seconds until the next start."""
        # 2.0 ** 1024 is too large for a float.
        return min(FIRST_PAUSE * 2.0 ** min(self.in_a_row - 1, 10), LONGEST_PAUSE)

    @property
    def is_hopeless(self) -> bool:
        """Whether it can't start at all here."""
        return self.in_a_row >= HOPELESS and not self.has_settled
