"""Dates as feeds write them: RFC 822 with four-digit years, RFC 3339, and W3C-DTF."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from syndicate.feeds.validate.model import Fault

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC822 = re.compile(
    rf"(?:({'|'.join(_DAYS)}), )?(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}}|\d\d)"
    r" (\d\d):(\d\d)(?::(\d\d))? ([+-]\d{4}|[A-Z]{1,3})",
    re.ASCII,
)
#: Names of RFC 822 §5.1, in hours from UTC.
_ZONES = {"GMT": 0, "UT": 0, "Z": 0}
_ZONES |= {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
#: Those that every reader takes.
_PLAIN_ZONES = ("GMT", "UT")
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_W3CDTF = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)
#: Two digits below this are of this century (RFC 2822 §4.3).
_PIVOT = 50
#: No feed is older.
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
#: How far a publisher's clock may be ahead.
_AHEAD = timedelta(minutes=10)


def rfc822(text: str) -> datetime | Fault:
    """The moment of a `pubDate`."""
    match = _RFC822.fullmatch(text)
    if match is None:
        return Fault(
            "InvalidRFC2822Date",
            f"{text[:60]!r} is no date; write it as Mon, 02 Mar 2026 12:00:00 +0000",
        )
    day, date, month, year, hour, minute, second, zone = match.groups()
    try:
        moment = datetime(
            _full_year(year),
            _MONTHS.index(month) + 1,
            *(int(date), int(hour), int(minute), int(second or 0)),
            tzinfo=_zone(zone),
        )
    except (ValueError, KeyError):
        return Fault("InvalidRFC2822Date", f"{text!r} is no day, hour or zone that there is")
    if day and day != _DAYS[moment.weekday()]:
        right = _DAYS[moment.weekday()]
        return Fault("IncorrectDOW", f"{date} {month} {year} is a {right}, not a {day}")
    if len(year) == len("26") or (zone.isalpha() and zone not in _PLAIN_ZONES):
        return Fault(
            "ProblematicalRFC822Date",
            f"{text!r} is read differently by readers; use four digits of year and +0000",
        )
    return moment


def _full_year(year: str) -> int:
    if len(year) > len("26"):
        return int(year)
    return int(year) + (2000 if int(year) < _PIVOT else 1900)


def _zone(zone: str) -> timezone:
    if zone.isalpha():
        return timezone(timedelta(hours=_ZONES[zone]))
    if int(zone[3:]) >= 60:  # noqa: PLR2004 - minutes
        raise ValueError(zone)
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return timezone(-offset if zone[0] == "-" else offset)


def rfc3339(text: str) -> datetime | Fault:
    """The moment of an Atom or JSON Feed date."""
    if _RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            pass  # such as the 30th of February
    return Fault(
        "InvalidRFC3339Date", f"{text[:60]!r} is no date; write it as 2026-03-02T12:00:00+00:00"
    )


def w3cdtf(text: str) -> datetime | Fault:
    """The beginning of the time that a `dc:date` names: a year, a month, a day or a moment."""
    if _W3CDTF.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text + "-01-01"[len(text) - len("2026") :])
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except ValueError:
            pass
    return Fault(
        "InvalidW3CDTFDate", f"{text[:60]!r} is no date; write it as 2026-03-02T12:00:00+00:00"
    )


def implausible(moment: datetime, now: datetime) -> Fault | None:
    """The fault of a date from the future, or from before there were feeds."""
    try:
        if _OLDEST <= moment <= now + _AHEAD:
            return None
    except OverflowError:  # the year 1 or 9999 in another zone
        pass
    return Fault("ImplausibleDate", f"{moment.isoformat()} isn't between 1990 and now")
