"""The rows that couldn't be imported, in a file beside the imported one: to be mended, or not."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from syndicate.subscribers.importing.columns import REJECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class Rejected(NamedTuple):
    """A row that couldn't be imported."""

    line: int
    cells: Sequence[str]
    reason: str


def path_of(file: Path) -> Path:
    """Where the rejected rows of a file stand."""
    return file.with_name(f"{file.name}.rejected.csv")


def append(file: Path, header: Sequence[str], rows: Iterable[Rejected], reached: int) -> int:
    """Write rows after the first `reached` bytes, and nothing else; how many bytes there are then.

    The file of an earlier import is replaced as soon as there is a row.
    """
    listed, path = list(rows), path_of(file)
    if not listed:
        return reached
    start = reached if path.exists() else 0
    # What an import of mended rows rejects again has its new reason alone.
    width = len(header) - (len(REJECTED) if tuple(header[-len(REJECTED) :]) == REJECTED else 0)
    with path.open("r+" if start else "w", encoding="utf-8", newline="") as written:
        written.truncate(start)
        written.seek(start)
        sheet = csv.writer(written)
        if not start:
            sheet.writerow([*header[:width], *REJECTED])
        for row in listed:
            cells = row.cells[:width] if len(row.cells) == len(header) else row.cells
            sheet.writerow([*cells, row.line, row.reason])
        written.flush()
        return written.tell()
