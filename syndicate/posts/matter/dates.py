"""Dates as Jekyll's users write them, and as Ruby's strftime shows them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

#: Years that a post can be of; others are slips of the pen (`0202`, `20222`).
YEARS = range(1900, 2200)
#: Characters. No date is longer, and no longer text is looked at.
_LONGEST = 80

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NUMBER = {name[:3].lower(): number for number, name in enumerate(_MONTHS, 1)}
_WEEKDAYS = frozenset(name[:3].lower() for name in _DAYS)

_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[Tt](?=\d)|(?=\s)|$)")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?!\d|:)")
_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d{2}))?$")
_NAMED_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?,?$")
_YEAR = re.compile(r"\d{4},?$")
#: Hours east of Greenwich, as Ruby's Time.parse reads the names. It takes CST for Chicago's.
_ZONES: dict[str, float] = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2,
    "met": 1, "mest": 2, "eet": 2, "eest": 3, "msk": 3, "ist": 5.5, "hkt": 8, "sgt": 8, "awst": 8,
    "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip
#: What the locale would change, what C has no letter for, and what every permalink holds.
_WORDS: dict[str, Callable[[datetime], str]] = {
    "a": lambda moment: _DAYS[moment.weekday()][:3],
    "A": lambda moment: _DAYS[moment.weekday()],
    "b": lambda moment: _MONTHS[moment.month - 1][:3],
    "h": lambda moment: _MONTHS[moment.month - 1][:3],
    "B": lambda moment: _MONTHS[moment.month - 1],
    "e": lambda moment: f"{moment.day:2}",
    "L": lambda moment: f"{moment.microsecond // 1000:03}",
    "p": lambda moment: "AM" if moment.hour < _NOON else "PM",
    "P": lambda moment: "am" if moment.hour < _NOON else "pm",
    "Y": lambda moment: f"{moment.year:04}",
    "m": lambda moment: f"{moment.month:02}",
    "d": lambda moment: f"{moment.day:02}",
    "s": lambda moment: str(int(moment.timestamp())),
}
_NOON = 12
_FORMS = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "D": "%m/%d/%y", "R": "%H:%M"}
_NUMERIC = frozenset("HIMSyjGVuwzZ%")
_STRFTIME = re.compile(r"%([-0^_]?)([a-zA-Z%])")


def parse(text: str, zone: tzinfo) -> datetime:
    """The moment that the text names, in UTC.

    A time without a zone is UTC, as YAML has it; a day without a time begins at midnight in `zone`,
    as in Jekyll.

    Raises:
        ValueError: it is no date; the message says what one looks like.
    """
    return written(text, zone, UTC).astimezone(UTC)


def written(text: str, zone: tzinfo, floating: tzinfo) -> datetime:
    """The moment that the text names, in the zone that it names: its day is the one written there.

    A time without a zone is in `floating`; a day without a time begins at midnight in `zone`.

    Raises:
        ValueError: it is no date; the message says what one looks like.
    """
    try:
        day, rest = _day(text[:_LONGEST].strip())
        clock, offset = _clock(rest)
        if day.year not in YEARS:
            raise ValueError("the year")  # noqa: TRY301 -- the reason is the same for all
        if clock is None:
            return datetime.combine(day, time(), zone)
        return datetime.combine(day, clock, offset or floating)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text[:_LONGEST]!r} is no date; write 2026-11-23 08:00:00 +0800"
        ) from error


def midnight(day: date, zone: tzinfo) -> datetime:
    """The beginning of the day in the zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def strftime(moment: datetime, form: str) -> str:
    """As Ruby's: `%-d` without the zero, `%^b` in capitals; always in English, in any locale."""
    return _STRFTIME.sub(lambda match: _directive(moment, *match.groups()), form)


def _day(text: str) -> tuple[date, str]:
    """The day, and what the text says beside it."""
    match = _DATE.match(text)
    if match:
        return date(int(match[1]), int(match[3]), int(match[4])), text[match.end() :]
    year = month = day = None
    rest = []
    for word in text.split():
        lower = word.lower().rstrip(".,")
        if lower[:3] in _WEEKDAYS and lower.isalpha():
            continue
        if month is None and lower[:3] in _MONTH_NUMBER and lower.isalpha():
            month = _MONTH_NUMBER[lower[:3]]
        elif day is None and (match := _NAMED_DAY.match(word)):
            day = int(match[1])
        elif year is None and _YEAR.match(word):
            year = int(word.rstrip(","))
        else:
            rest.append(word)
    if year is None or month is None or day is None:
        raise ValueError("no day")
    return date(year, month, day), " ".join(rest)


def _clock(text: str) -> tuple[time | None, tzinfo | None]:
    text = text.strip()
    if not text:
        return None, None
    match = _TIME.match(text)
    if not match:
        raise ValueError("no time")
    micro = int((match[4] or "0").ljust(6, "0")[:6])
    zone = text[match.end() :].strip()
    afternoon = zone.lower()[:2] == "pm"
    if afternoon or zone.lower()[:2] == "am":
        zone = zone[2:].strip()
        hour = int(match[1]) % 12 + 12 * afternoon
    else:
        hour = int(match[1])
    return time(hour, int(match[2]), int(match[3] or 0), micro), _zone(zone) if zone else None


def _zone(text: str) -> tzinfo:
    match = _OFFSET.match(text)
    if match:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(-offset if match[1] == "-" else offset)
    if text.lower() in _ZONES:
        return timezone(timedelta(hours=_ZONES[text.lower()]))
    if "/" in text:
        try:
            return ZoneInfo(text)
        except (KeyError, OSError) as error:
            raise ValueError("no zone") from error
    raise ValueError("no zone")


def _directive(moment: datetime, flag: str, letter: str) -> str:
    if letter in _FORMS:
        return strftime(moment, _FORMS[letter])
    if letter in _WORDS:
        text = _WORDS[letter](moment)
    elif letter in _NUMERIC:
        text = moment.strftime(f"%{letter}")
    else:
        return f"%{flag}{letter}"
    if flag == "-":
        return text.lstrip("0 ") or "0"
    if flag == "_":
        return text.lstrip("0").rjust(len(text))
    return text.upper() if flag == "^" else text
