"""The chrome of a language: which one, its dates, its faces, its direction."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.chrome import chrome, spoken

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YEAR = datetime(2026, 1, 1, 13, 5, tzinfo=UTC)

#: Letters of both directions, digits and marks.
texts = st.text("ab 12.+()ابת中", max_size=12)
directions = st.sampled_from(["en", "ar"])


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("zh", "退订"),
        ("zh-CN", "退订"),
        ("zh-SG", "退订"),
        ("zh-Hans-HK", "退订"),
        ("zh-US", "退订"),
        ("zh-Hant", "退訂"),
        ("zh-TW", "退訂"),
        ("zh-HK", "退訂"),
        ("zh-MO", "退訂"),
        ("zh-Hant-US", "退訂"),
        ("ja-JP", "配信停止"),
        ("de-AT", "Abbestellen"),
        ("de-DE-1996", "Abbestellen"),
        ("fr-CA", "Se désabonner"),
        ("fr-US", "Se désabonner"),
        ("es-419", "Cancelar la suscripción"),
        ("ar-EG", "إلغاء الاشتراك"),
        ("ar-SA-u-ca-islamic", "إلغاء الاشتراك"),
        ("en-GB", "Unsubscribe"),
        ("pt-BR", "Unsubscribe"),
        ("tlh", "Unsubscribe"),
        ("x-own", "Unsubscribe"),
    ],
)
def test_a_tag_is_shortened_until_a_language_is_known(tag: str, said: str) -> None:
    assert chrome(tag).gettext("Unsubscribe") == said
    assert chrome(tag).language == tag


@pytest.mark.parametrize(
    ("tag", "day", "moment"),
    [
        ("de", "Donnerstag, 1. Januar 2026", "1. Januar 2026, 14:05"),
        ("de-AT", "Donnerstag, 1. Jänner 2026", "1. Jänner 2026, 14:05"),
        ("pt", "quinta-feira, 1 de janeiro de 2026", "1 de janeiro de 2026 14:05"),
        ("ja", "2026年1月1日木曜日", "2026年1月1日 14:05"),
        ("ar", "الخميس، 1 يناير 2026", "1 يناير 2026، 2:05 م"),
        ("en", "Thursday, January 1, 2026", "January 1, 2026, 2:05\xa0PM"),
    ],
)
def test_dates_are_those_of_the_language_and_its_country(tag: str, day: str, moment: str) -> None:
    words = chrome(tag)
    assert words.day(NEW_YEAR, BERLIN) == day
    assert words.moment(NEW_YEAR, BERLIN) == moment


def test_arabic_counts_in_six_ways() -> None:
    words = chrome("ar")
    said = {
        number: words.ngettext("%(num)s post", "%(num)s posts", number) % {"num": number}
        for number in (0, 1, 2, 3, 11, 100)
    }
    assert said == {
        0: "لا مقالات",
        1: "مقال واحد",
        2: "مقالان",
        3: "3 مقالات",
        11: "11 مقالًا",
        100: "100 مقال",
    }


def test_the_usual_cadences_are_translated_and_others_have_their_names() -> None:
    words = chrome("de")
    assert [words.rhythm(name) for name in ("daily", "weekly", "freitags", "")] == [
        "täglich",
        "wöchentlich",
        "freitags",
        "",
    ]


@pytest.mark.parametrize(
    ("tag", "first"),
    [
        ("zh-CN", "PingFang SC"),
        ("zh-TW", "PingFang TC"),
        ("ja", "Hiragino Sans"),
        ("ko", "Apple SD Gothic Neo"),
        ("ar", "Geeza Pro"),
        ("fa", "Geeza Pro"),
        ("fr", "PingFang SC"),
    ],
)
def test_each_script_has_its_faces(tag: str, first: str) -> None:
    fonts = chrome(tag).fonts
    scripts = {"PingFang SC", "PingFang TC", "Hiragino Sans", "Apple SD Gothic Neo", "Geeza Pro"}
    assert {name for name in scripts if f"'{name}'" in fonts.sans} == {first}
    assert '"' not in fonts.sans + fonts.serif + fonts.mono + fonts.word


def test_it_is_made_once() -> None:
    assert chrome("de") is chrome("de")
    assert chrome("de").messages is chrome("de-AT").messages


def test_templates_speak_it() -> None:
    environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    chrome("ar").speak_in(environment)
    said = '{{ _("No. %(number)s", number=3) }}|{{ "C++" | isolated }}|{{ "fr" | direction }}'
    assert environment.from_string(said).render() == "العدد 3|\u2066C++\u2069|ltr"


# Texts of two directions


@given(directions, texts)
def test_a_text_is_closed_off_only_where_it_runs_the_other_way(tag: str, text: str) -> None:
    words = chrome(tag)
    runs = {unicodedata.bidirectional(char) for char in text}
    other = {"L"} if words.direction == "rtl" else {"R", "AL"}
    closed = words.isolated(text)
    assert (closed != text) == bool(runs & other)
    assert closed.strip("\u2066\u2067\u2069") == text


def test_a_text_of_both_directions_runs_as_its_line() -> None:
    assert chrome("ar").isolated("IPO والاكتتابات") == "\u2067IPO والاكتتابات\u2069"
    assert chrome("en").isolated("IPO والاكتتابات") == "\u2066IPO والاكتتابات\u2069"
    assert chrome("en").isolated("ليلى") == "\u2067ليلى\u2069"


def test_a_name_doesnt_draw_the_date_to_its_side() -> None:
    assert chrome("en").names(["ليلى", "Jane"]) == "\u2067ليلى\u2069 and Jane"
    assert chrome("ar").names(["ليلى", "Jane"]) == "ليلى و\u2066Jane\u2069"


def test_a_line_keeps_its_direction_in_a_block_of_the_other() -> None:
    assert chrome("ar").within("22 نوفمبر", "ltr") == "\u206722 نوفمبر\u2069"
    assert chrome("zh-CN").within("11月22日", "ltr") == "11月22日"


@pytest.mark.parametrize(
    ("wish", "otherwise", "language"),
    [
        ("", "zh-CN", "zh-CN"),
        ("de", "zh-CN", "de"),
        # What the other is anyway, be it told less exactly or spelt otherwise.
        ("zh", "zh-CN", "zh-CN"),
        ("zh-Hans", "zh-CN", "zh-CN"),
        ("ZH-cn", "zh-Hans-CN", "zh-Hans-CN"),
        ("zh-Hant", "zh-CN", "zh-Hant"),
        ("en-GB", "en", "en-GB"),
        ("en", "en-GB", "en-GB"),
        # One tag for all that have one locale; English for what has none.
        ("zh-tw", "en", "zh-Hant-TW"),
        ("de-DE-1996", "en", "de-DE"),
        ("tlh", "zh-CN", "en"),
    ],
)
def test_who_wishes_for_a_language_gets_it(wish: str, otherwise: str, language: str) -> None:
    assert spoken(wish, otherwise) == language
