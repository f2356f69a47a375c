"""What each column of a file says."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import ImportFileError
from syndicate.settings.words import is_name
from syndicate.subscribers.importing.formats import OURS, OWN, Field, Format, recognise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What stands behind the columns of rejected rows, so that their file can be mended and imported.
REJECTED = ("rejected_line", "rejected_reason")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a record to find what."""

    format: Format
    header: tuple[str, ...]
    #: Of each column: a `Field`, a field of his own (`own:city`), or `Field.NOTHING`.
    says: tuple[str, ...]

    @property
    def is_ours(self) -> bool:
        """Whether it is a file that we exported."""
        return self.format is OURS

    def has(self, *fields: Field) -> bool:
        """Whether a column says one of these."""
        return not set(fields).isdisjoint(self.says)


def columns_of(header: Sequence[str], given: Mapping[str, str]) -> Columns:
    """What the columns of a file say; `given` has what a person says of some.

    Raises:
        ImportFileError: a given column isn't there, a field is unknown, or none is the address.
    """
    named = {_column(header, column): _field(field) for column, field in given.items()}
    known = recognise(header)
    says = tuple(named.get(column) or _said(known, column) for column in header)
    if says.count(Field.ADDRESS) != 1:
        listed = ", ".join(map(repr, header))
        how = "several columns are" if Field.ADDRESS in says else "no column is"
        raise ImportFileError(
            f"{how} the address; name it with --map COLUMN=address; there are: {listed}"
        )
    return Columns(known, tuple(header), says)


def _said(known: Format, column: str) -> str:
    if known is OURS and column.startswith(OWN):
        return _field(column)
    return known.columns.get(column.lower(), Field.NOTHING)


def _column(header: Sequence[str], column: str) -> str:
    names = {name.lower(): name for name in header}
    if column in header or column.lower() in names:
        return column if column in header else names[column.lower()]
    near = difflib.get_close_matches(column.lower(), names, n=1)
    hint = f"did you mean {names[near[0]]!r}?" if near else f"there are: {', '.join(header)}"
    raise ImportFileError(f"no column {column!r}; {hint}")


def _field(text: str) -> str:
    if text in set(Field) or (text.startswith(OWN) and is_name(text.removeprefix(OWN))):
        return text
    raise ImportFileError(
        f"no field {text!r}; there are: {', '.join(Field)}, and those of your own, such as own:city"
    )
