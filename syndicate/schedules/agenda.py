"""What stands in the list of what is due, and how it is written there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Self

from syndicate.schedules.model import slot_name
from syndicate.schedules.scope import Scope

#: A cadence's name begins with a letter: neither of these can be taken for one.
_CATCH_UP, _BETWEEN = "+", " "


class Kind(Enum):
    """Why something is due."""

    #: A slot of its timetable.
    REGULAR = "regular"
    #: One slot of its cadence went by while the category was paused.
    CATCH_UP = "catch-up"
    #: A person wants it to go out at that moment.
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due, and since when, or from when on."""

    scope: Scope
    #: UTC, to the second.
    moment: datetime
    kind: Kind = Kind.REGULAR

    @property
    def member(self) -> str:
        """Its name in the list: there is one of each, but of one-offs as many as have moments."""
        if self.kind is Kind.ONCE:
            return f"{slot_name(self.moment)}{_BETWEEN}{self.scope}"
        return f"{_CATCH_UP if self.kind is Kind.CATCH_UP else ''}{self.scope}"

    @classmethod
    def of(cls, member: str, score: float) -> Self:
        """What stands in the list."""
        moment = datetime.fromtimestamp(score, UTC)
        if member.startswith(_CATCH_UP):
            return cls(Scope.parse(member[1:]), moment, Kind.CATCH_UP)
        if member[0].isdigit():
            return cls(Scope.parse(member.partition(_BETWEEN)[2]), moment, Kind.ONCE)
        return cls(Scope.parse(member), moment)


@dataclass(frozen=True, slots=True)
class Held:
    """A slot that was missed for longer than the grace, and waits for a person."""

    slot: str
    scope: Scope
    at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing of a scope is cut or goes out."""

    scope: Scope
    by: str
    at: datetime
    why: str

    def __str__(self) -> str:
        why = f": {self.why}" if self.why else ""
        return f"{self.scope.named} is paused by {self.by}{why}"


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did to the schedules."""

    at: datetime
    by: str
    scope: Scope
    what: str
