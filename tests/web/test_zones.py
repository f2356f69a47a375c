"""Time zones: found by IANA's name or by the city in one's own language."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import pytest

from syndicate.chrome import languages
from syndicate.web.zones import near, zone_of, zones


@pytest.mark.parametrize("language", languages())
def test_every_zone_that_is_offered_is_one_and_found_by_its_name(language: str) -> None:
    offered = zones(language)
    assert len(offered) > 400
    for zone, city in offered:
        assert ZoneInfo(zone)
        assert city
        assert zone_of(zone.lower(), language) == zone


@pytest.mark.parametrize(
    ("text", "language", "zone"),
    [
        ("Europe/Berlin", "en", "Europe/Berlin"),
        ("america/new york", "en", "America/New_York"),
        ("New York", "en", "America/New_York"),
        ("柏林", "zh-Hans", "Europe/Berlin"),
        ("Shanghai", "de", "Asia/Shanghai"),
        ("UTC", "en", "UTC"),
        ("Europe/Kyiv", "en", "Europe/Kyiv"),
        ("Atlantis", "en", ""),
        ("", "en", ""),
        ("../../etc/localtime", "en", ""),
    ],
)
def test_a_zone_is_what_somebody_means(text: str, language: str, zone: str) -> None:
    assert zone_of(text, language) == zone


def test_a_misspelt_one_is_guessed_in_no_time() -> None:
    assert near("Europe/Berln") == "Europe/Berlin"
    assert near("?") == ""
    began = time.process_time()
    near("Europe/" * 20_000)
    assert time.process_time() - began < 0.1
