"""What the cells of other programs say. Each raises ValueError, in one line, if it says nothing."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from syndicate.settings.checks import language_tag, one_line, zone_name
from syndicate.settings.words import is_name

#: Characters of a name or of a field: more is none.
LONGEST = 500
#: As Go prints a time: `2026-01-31 08:00:00.123456 +0530 IST`.
_GO = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d{1,9})? ([+-]\d\d)(\d\d)\b")
#: The first that may be meant: years before it are how programs write that there is none.
_FIRST_YEAR = 1971
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "1", "t", "y"), True),
    **dict.fromkeys(("false", "no", "0", "f", "n"), False),
}


def time(text: str, now: datetime) -> datetime | None:
    """The moment that is meant, in UTC if it says no zone, not after `now`; None: none is meant."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        found = _GO.match(text)
        if not found:
            raise ValueError(f"{text[:40]!r} is no date, such as 2026-01-31 08:00:00") from None
        at = datetime.fromisoformat(f"{found[1]}{found[2]}:{found[3]}")
    if at.year < _FIRST_YEAR:
        return None
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return min(at.replace(microsecond=0) if at.microsecond else at, now)


def truth(text: str) -> bool:
    """Whether it says yes."""
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise ValueError(f"{text[:40]!r} is neither true nor false") from None


def names(text: str) -> list[str]:
    """The names of lists or tags: a JSON list, or what stands between commas, quoted or not."""
    # A line break would end what is read.
    text = " ".join(text.split())
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].replace("'", '"')
    listed = next(csv.reader([text], skipinitialspace=True), [])
    return [name.strip() for name in listed if name.strip()]


def attributes(text: str) -> dict[str, str]:
    """Own fields, of a JSON object: those that a field can be called, with a value of one line."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{text[:40]!r} is no JSON") from None
    if not isinstance(values, dict):
        raise ValueError(f"{text[:40]!r} is no JSON object")  # noqa: TRY004 - as all here
    known = {_field_name(name): _text(value) for name, value in values.items()}
    return {name: line(value) for name, value in known.items() if value and is_name(name)}


def line(text: str) -> str:
    """What stands in names: one line (STANDARDS S-3). Line breaks of a cell become blanks."""
    if len(text) > LONGEST:
        raise ValueError(f"{text[:40]!r}… is longer than {LONGEST} characters")
    if text.isprintable():
        return text
    try:
        return one_line(text)
    except ValueError:
        try:
            return one_line(" ".join(text.split()))
        except ValueError as error:
            raise ValueError(f"{text[:40]!r} {error}") from None


@lru_cache(maxsize=1024)
def language(text: str) -> str:
    """A language's tag."""
    return language_tag(text)


@lru_cache(maxsize=1024)
def zone(text: str) -> str:
    """A time zone."""
    return zone_name(text)


def _field_name(name: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", name.strip().lower()[:LONGEST])


def _text(value: Any) -> str:  # noqa: ANN401 - JSON holds anything
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""
