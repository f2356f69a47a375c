"""Collects what is wrong with one file while it is read."""

from __future__ import annotations

from syndicate.posts.model import Problem, Severity


class Faults:
    """The problems of one file, in the order in which they were met."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def error(self, reason: str, line: int | None = None) -> None:
        """Readers miss something."""
        self.problems.append(Problem(self.source, " ".join(reason.split()), line))

    def warn(self, reason: str, line: int | None = None) -> None:
        """Mended; readers miss nothing."""
        reason = " ".join(reason.split())
        self.problems.append(Problem(self.source, reason, line, Severity.WARNING))
