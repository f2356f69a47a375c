"""Which language a page speaks to somebody of whom only his browser is known."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.chrome import languages
from syndicate.web.languages import language_for, name_of

SITE = "zh-CN"


@pytest.mark.parametrize(
    ("lang", "accept", "expected"),
    [
        ("", "", "zh-CN"),
        ("", "*", "zh-CN"),
        ("", "de", "de"),
        ("", "de-CH-1996, en;q=0.5", "de"),
        ("", "en;q=0.5, fr-CA", "fr"),
        ("", "fr;q=0, en;q=0.1", "en"),
        ("", "ko, tlh, ja;q=0.1", "ja"),
        ("", "zh-TW", "zh-Hant"),
        ("", "zh-HK", "zh-Hant"),
        # What the site says more exactly is what they ask for.
        ("", "zh", "zh-CN"),
        ("", "zh-Hans-SG", "zh-CN"),
        ("es", "de", "es"),
        ("xx", "de", "de"),
        ("../../etc/passwd", "", "zh-CN"),
        ("", "EN-us", "en"),
        ("", "de;q=x, fr;q=0.3", "fr"),
        ("", " , ;q=1, ar ; q=0.9", "ar"),
    ],
)
def test_the_dearest_language_that_we_speak(lang: str, accept: str, expected: str) -> None:
    assert language_for(lang, accept, SITE) == expected


def test_a_site_in_a_language_that_we_dont_speak_is_asked_for_by_its_own() -> None:
    assert language_for("", "ko-KR, de;q=0.5", "ko") == "ko"


@given(st.text(max_size=60), st.text(max_size=200))
def test_whatever_is_asked_for_it_is_the_sites_or_one_of_ours(lang: str, accept: str) -> None:
    assert language_for(lang, accept, SITE) in (SITE, *languages())


@pytest.mark.parametrize("part", ["a", "de,", "-", " ", "de;q=", "a-", ";", "de-" * 9])
def test_a_long_header_takes_no_time(part: str) -> None:
    header = part * (100_000 // len(part))
    began = time.process_time()
    language_for(header, header, SITE)
    assert time.process_time() - began < 0.1


def test_languages_have_their_own_names() -> None:
    names = {tag: name_of(tag) for tag in languages()}
    assert (names["de"], names["es"], names["ja"]) == ("Deutsch", "Español", "日本語")
    assert len(set(names.values())) == len(languages()) == 8
