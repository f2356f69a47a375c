"""What the doctor says: findings, each with its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    #: It works, though not as it should, or nobody can say.
    WARN = "warn"
    #: Something doesn't work, or mail will not arrive.
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    what: str
    level: Level
    #: What was found.
    said: str
    #: What to do about it; empty where all is well.
    remedy: str = ""


def ok(what: str, said: str) -> Finding:
    """All is well."""
    return Finding(what, Level.OK, said)


def warn(what: str, said: str, remedy: str) -> Finding:
    """It could be better."""
    return Finding(what, Level.WARN, said, remedy)


def fail(what: str, said: str, remedy: str) -> Finding:
    """It won't do."""
    return Finding(what, Level.FAIL, said, remedy)


def worst(findings: Iterable[Finding]) -> Level:
    """The level of the worst; ok if there is none."""
    return max((one.level for one in findings), key=list(Level).index, default=Level.OK)
