"""A figure and its bound, and the table of all."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """A figure and its bound."""

    name: str
    figure: float
    unit: str
    #: None: the figure is there to compare with.
    bound: float | None = None
    #: Whether less is better.
    at_most: bool = True

    @property
    def holds(self) -> bool | None:
        """Whether the bound is kept; None if there is none."""
        if self.bound is None:
            return None
        return self.figure <= self.bound if self.at_most else self.figure >= self.bound

    def __str__(self) -> str:
        line = f"{self.name:62} {self.figure:10.2f} {self.unit:5}"
        if self.bound is None:
            return line.rstrip()
        sign, verdict = "≤" if self.at_most else "≥", "holds" if self.holds else "MISSED"
        return f"{line} {sign} {self.bound:g}  {verdict}"


def table(rows: Iterable[Row], results: Path) -> None:
    """Print each row as soon as it is there, and keep all in the end."""
    kept = []
    for row in rows:
        print(row, flush=True)
        kept.append({**asdict(row), "holds": row.holds})
    results.write_text(json.dumps(kept, indent=1) + "\n")
