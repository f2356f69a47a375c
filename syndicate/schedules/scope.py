"""What a timetable or a pause is about: one digest, a cadence, a category, or everything."""

from __future__ import annotations

from typing import NamedTuple


class Scope(NamedTuple):
    """A cadence and a category, either of which may be left open: it is about all of them."""

    cadence: str = ""
    category: str = ""

    def __str__(self) -> str:
        return f"{self.cadence}:{self.category}"

    @classmethod
    def parse(cls, text: str) -> Scope:
        """What `str` wrote: a cadence's name holds no colon, a category's may."""
        cadence, _, category = text.partition(":")
        return cls(cadence, category)

    def covers(self, other: Scope) -> bool:
        """Whether all that the other is about is a part of this."""
        return self.cadence in ("", other.cadence) and self.category in ("", other.category)

    @property
    def named(self) -> str:
        """As a person says it."""
        if self.cadence and self.category:
            return f"the {self.cadence} digest of {self.category}"
        if self.category:
            return f"category {self.category}"
        return f"cadence {self.cadence}" if self.cadence else "everything"


#: All cadences and categories, and letters too.
EVERYTHING = Scope()
