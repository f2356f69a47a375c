"""Time zones as a person looks for his: by IANA's name, or by the city in his own language."""

from __future__ import annotations

import difflib
from functools import cache, lru_cache
from zoneinfo import available_timezones

from babel.core import get_global
from babel.dates import get_timezone_location

from syndicate.chrome import chrome


@lru_cache(maxsize=16)
def zones(language: str) -> tuple[tuple[str, str], ...]:
    """Each zone that a place has, with the city's name in that language, in the order of names.

    What is only another name for one isn't offered, though `zone_of` knows it.
    """
    locale, aliases = chrome(language).locale, get_global("zone_aliases")
    offered = sorted(get_global("zone_territories").keys() - aliases.keys())
    return tuple(
        (zone, get_timezone_location(zone, locale=locale, return_city=True))
        for zone in offered
        if zone in _known().values()
    )


def zone_of(text: str, language: str) -> str:
    """The zone that somebody means by its name or its city's; empty if there is none such."""
    wanted = text.strip().replace(" ", "_").casefold()
    cities = {city.replace(" ", "_").casefold(): zone for zone, city in zones(language)}
    return _known().get(wanted, "") or cities.get(wanted, "")


def near(text: str) -> str:
    """The zone whose name is closest to that; empty if none is close."""
    found = difflib.get_close_matches(text[:64].casefold(), _known(), n=1)
    return _known()[found[0]] if found else ""


@cache
def _known() -> dict[str, str]:
    """Every zone by its name in small letters."""
    return {zone.casefold(): zone for zone in available_timezones()}
