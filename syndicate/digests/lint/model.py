"""What lint finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is."""

    #: Readers, or the filters before them, will suffer: not to be sent like this.
    ERROR = "error"
    #: It could be better.
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that should be otherwise.

    A name in capitals is that of SpamAssassin's rule, which the finding is computed as.
    """

    severity: Severity
    name: str
    #: What is wrong, with the figures.
    what: str
    #: The words, address or header field that it is about; empty: the whole message.
    where: str
    #: What would be right.
    remedy: str

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.severity} {self.name}: {self.what}{place}; {self.remedy}"


def error(name: str, what: str, where: str, remedy: str) -> Finding:
    """A finding that should keep the message from being sent."""
    return Finding(Severity.ERROR, name, what, where, remedy)


def warning(name: str, what: str, where: str, remedy: str) -> Finding:
    """A finding that needn't."""
    return Finding(Severity.WARNING, name, what, where, remedy)
