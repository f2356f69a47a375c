"""Preferences: what a person changes is changed, once and at once, and nothing else is."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from syndicate.subscribers.tokens import Claim, Purpose, sign
from tests.web.conftest import FORM
from tests.web.readers import (
    MONEY,
    TECH,
    WEEKLY,
    Reader,
    add_categories,
    elements,
    errors,
    filled,
    path_of,
    shown,
    ticked,
)
from tests.web.test_unsubscribe import require_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.web.conftest import Browser


@pytest.fixture
def reader(app: App, browser: Browser) -> Reader:
    """Gets the daily digest of tech."""
    add_categories(app, "tech", "money")
    return Reader.of(app, browser, "wanda@mail.example", TECH)


# Looking


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("below", ["", "?saved=digests", "/erase", "/data.json"])
def test_looking_changes_nothing(reader: Reader, method: str, below: str) -> None:
    before = reader.one, reader.consents
    for _ in range(2):
        answer = reader.browser(method, reader.path + below)
        assert answer.status == 200
        require_private(answer)
    assert (reader.one, reader.consents) == before


def test_the_page_shows_what_is_there_and_only_a_hint_of_whose_it_is(reader: Reader) -> None:
    assert ticked(reader.page) == {"daily:tech"}
    assert shown(reader.page) == ["tech", "money"]
    assert "w…@mail.example" in reader.page.text
    assert "wanda" not in reader.page.text


@pytest.mark.parametrize("below", ["", "/erase", "/data.json"])
@pytest.mark.parametrize("token", ["x", "退订", "A" * 35])
def test_a_link_that_is_not_ours_is_not_found(browser: Browser, token: str, below: str) -> None:
    for method in ("GET", "POST") if below != "/data.json" else ("GET",):
        answer = browser(method, f"/preferences/{token}{below}", content_type=FORM)
        assert answer.status == 404
        require_private(answer)
        assert "This link doesn’t work" in answer.text


def test_a_token_for_something_else_opens_nothing(reader: Reader) -> None:
    for purpose in Purpose:
        token = sign(reader.app.key, Claim.at(purpose, reader.id, reader.app.clock()))
        expected = 200 if purpose is Purpose.PREFERENCES else 404
        assert reader.browser.get(f"/preferences/{token}").status == expected


def test_the_link_of_a_test_message_opens_nothing(app: App, browser: Browser) -> None:
    assert "The link of a test" in browser.get(path_of(app, 0)).text


def test_its_script_is_a_file_of_ours_and_no_other_file_is_served(reader: Reader) -> None:
    page = reader.page
    assert page["content-security-policy"].endswith("; script-src 'self'")
    (script,) = page.find("//script")
    answer = reader.browser.get(str(script.get("src")))
    assert answer["content-type"] == "text/javascript; charset=utf-8"
    for name in ("none.js", "base.html", "../base.html", "..", ".", "%2e%2e"):
        assert reader.browser.get(f"/scripts/{name}").status == 404


# Digests


def test_what_is_ticked_comes_and_what_isnt_comes_no_more(reader: Reader) -> None:
    answer = reader.press("digests", tick="weekly:tech", untick="daily:tech")
    assert (answer.status, answer["location"]) == (303, "?saved=digests")
    assert reader.one.states == {TECH: Status.LEFT, WEEKLY: Status.ACTIVE}
    page = reader.browser.get(reader.path + answer["location"])
    assert [str(note.text) for note in page.find("//*[@role='status']/p")] == ["Saved."]
    assert ticked(page) == {"weekly:tech"}


def test_a_change_is_one_with_its_consent(reader: Reader) -> None:
    before = len(reader.consents)
    page = reader.page
    fields = filled(page, "digests", "weekly:tech", "daily:tech", {"all-daily": "yes"})
    reader.post(*fields, ("do", "digests"), user_agent="Firefox " + "x" * 300)
    (entry,) = reader.consents[before:]
    assert (entry["active"], entry["left"]) == (["weekly:tech"], ["daily:tech"])
    assert entry["told"] == ["together"]
    agent = ("Firefox " + "x" * 300)[:200]
    assert entry["how"] == {"method": "preferences", "agent": agent}


def test_saving_what_is_there_changes_nothing(reader: Reader) -> None:
    before = reader.one, reader.consents
    for form in ("digests", "about"):
        assert reader.press(form).status == 303
    assert (reader.one, reader.consents) == before


def test_what_nobody_publishes_cant_be_joined(reader: Reader) -> None:
    for wish in ("daily:nothing", "hourly:money", "daily", "", ":", "daily:" + "x" * 9000):
        assert reader.post(("digest", wish), ("do", "digests")).status == 303
    assert set(reader.one.subscriptions) == {TECH}


def test_two_pages_that_are_open_at_a_time_dont_undo_each_other(reader: Reader) -> None:
    one, other = reader.page, reader.page
    reader.press("digests", one, tick="daily:money")
    reader.press("digests", other, tick="weekly:tech")
    reader.press("about", one, name="Wanda")
    reader.press("about", other, zone="Asia/Shanghai")
    assert reader.one.states == dict.fromkeys([TECH, MONEY, WEEKLY], Status.ACTIVE)
    assert (reader.one.name, reader.one.zone) == ("Wanda", "Asia/Shanghai")


def test_changes_at_once_are_all_made(reader: Reader) -> None:
    add_categories(reader.app, *(f"c{n}" for n in range(12)))
    page = reader.page
    with ThreadPoolExecutor(12) as pool:
        wishes = [f"daily:c{n}" for n in range(12)]
        for answer in pool.map(lambda wish: reader.press("digests", page, tick=wish), wishes):
            assert answer.status == 303
    assert len(reader.one.having(Status.ACTIVE)) == 13


def test_a_category_that_was_renamed_meanwhile_is_called_as_it_is_now(
    reader: Reader, site: Path, open_app: Callable[[], App], open_browser: Callable[[App], Browser]
) -> None:
    page = reader.page
    settings = site / "syndicate.toml"
    with settings.open("a") as file:
        file.write('\n[[categories]]\nname = "science"\nformerly = ["tech"]\n')
    app = open_app()
    app.sync()
    now = Reader(app, reader.id, reader.path, open_browser(app))
    now.press("digests", page, tick="weekly:tech", untick="daily:tech")
    assert now.one.states == {
        Digest("daily", "science"): Status.LEFT,
        Digest("weekly", "science"): Status.ACTIVE,
    }


# All in one


def test_all_in_one_with_what_comes_first(reader: Reader) -> None:
    reader.press("digests", tick="daily:money", all_daily="yes")
    assert reader.one.together == {"daily": ()}
    reader.press("digests", first_daily="money")
    assert reader.one.together == {"daily": ("money",)}
    reader.press("digests", tick="weekly:tech")
    assert reader.one.together == {"daily": ("money",)}
    reader.press("digests", all_daily="no")
    assert reader.one.together == {}


def test_what_comes_first_is_kept_however_much_it_is(reader: Reader) -> None:
    first = tuple(f"c{n}" for n in range(7))
    reader.app.subscribers.choose_together(reader.id, "daily", first, reader.app.clock(), {})
    reader.press("digests", tick="weekly:tech")
    assert reader.one.together == {"daily": first}


# Two thousand categories


@pytest.fixture
def many(reader: Reader) -> Reader:
    add_categories(reader.app, *(f"行业{n:04} Ｔｅｃｈ{n}" for n in range(2000)))
    return reader


def test_of_thousands_his_own_are_shown_and_others_are_looked_for(many: Reader) -> None:
    assert shown(many.page) == ["tech"]
    found = many.press("search", q="TECH1234 行业")
    assert found.status == 200
    assert shown(found) == ["tech", "行业1234 Ｔｅｃｈ1234"]
    assert len(shown(many.press("search", q="行业"))) == 101
    assert len(many.press("search", q="行业").body) < 200_000


def test_looking_for_others_saves_nothing_and_keeps_what_was_ticked(many: Reader) -> None:
    before = many.one, many.consents
    found = many.press("search", q="行业1234")
    name = "daily:行业1234 Ｔｅｃｈ1234"
    again = many.press("search", found, q="行业0007", tick=name, untick="daily:tech")
    assert ticked(again) == {name}
    assert "行业1234 Ｔｅｃｈ1234" in shown(again)
    assert (many.one, many.consents) == before
    many.press("digests", again, tick="daily:行业0007 Ｔｅｃｈ7")
    assert many.one.states == {
        TECH: Status.LEFT,
        Digest.parse(name): Status.ACTIVE,
        Digest("daily", "行业0007 Ｔｅｃｈ7"): Status.ACTIVE,
    }


def test_who_gets_thousands_loses_none_that_the_page_has_no_room_for(many: Reader) -> None:
    app = many.app
    digests = [Digest("daily", name) for name in app.categories.all() if name]
    app.subscribers.change(many.id, digests, Status.ACTIVE, app.clock(), {})
    page = many.page
    assert len(shown(page)) == 100
    assert len(page.body) < 200_000
    one = shown(many.press("search", page, q="行业1999"))
    assert one == ["行业1999 Ｔｅｃｈ1999"]
    many.press("digests", page, untick="daily:tech")
    assert many.one.having(Status.LEFT) == (TECH,)
    assert len(many.one.having(Status.ACTIVE)) == len(digests) - 1


# About him


def test_what_he_says_of_himself_is_noted(reader: Reader) -> None:
    reader.press("about", name=" Wanda 王 ", language="zh-Hans", zone="europe/berlin")
    one = reader.one
    assert (one.name, one.language, one.zone) == ("Wanda 王", "zh-Hans", "Europe/Berlin")
    reader.press("about", name="", language="", zone="")
    one = reader.one
    assert (one.name, one.language, one.zone) == ("", "", "")


def test_a_zone_may_be_called_by_its_city_in_his_language(reader: Reader) -> None:
    reader.press("about", language="zh-Hans")
    reader.press("about", zone="上海")
    assert reader.one.zone == "Asia/Shanghai"


def test_the_sites_own_fields_are_asked_for(
    reader: Reader, site: Path, open_app: Callable[[], App], open_browser: Callable[[App], Browser]
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[digests]]\ngreeting = "{name|reader} in {city|town}"\n')
    app = open_app()
    now = Reader(app, reader.id, reader.path, open_browser(app))
    app.subscribers.alter(reader.id, partial(replace, fields={"plan": "gold"}), app.clock(), {})
    now.press("about", field_city="Lanjiang")
    assert now.one.fields == {"plan": "gold", "city": "Lanjiang"}
    now.post(("field-plan", "free"), ("do", "about"))
    assert now.one.fields["plan"] == "gold"
    now.press("about", field_city="")
    assert now.one.fields == {"plan": "gold"}


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ({"name": "x" * 101}, "Please write one line of at most 100 characters."),
        ({"name": "Wanda\nBcc: a@b.example"}, "Please write one line of at most 100 characters."),
        ({"name": "a\u2028b"}, "Please write one line of at most 100 characters."),
        ({"zone": "Europe/Berln"}, "Do you mean Europe/Berlin?"),
        ({"zone": "../../etc/passwd"}, "There is no time zone of that name."),
        ({"zone": "x" * 5000}, "There is no time zone of that name."),
    ],
)
def test_what_cant_be_is_said_beside_its_field_and_nothing_typed_is_lost(
    reader: Reader, typed: dict[str, str], line: str
) -> None:
    before = reader.one, reader.consents
    answer = reader.press("about", language="de", **typed)
    assert answer.status == 422
    (told,) = errors(answer)
    assert line in told
    ((name, value),) = typed.items()
    (field,) = answer.find(f"//input[@name='{name}']")
    assert field.get("aria-invalid") == "true"
    assert f"{name}-error" in str(field.get("aria-describedby")).split()
    assert field.get("value") == value
    assert answer.find("//select[@name='language']/option[@value='de'][@selected]")
    assert (reader.one, reader.consents) == before


def test_a_language_that_we_dont_speak_isnt_taken(reader: Reader) -> None:
    answer = reader.post(("language", "tlh"), ("was-language", ""), ("do", "about"))
    assert (answer.status, errors(answer)) == (422, ["Please choose one of these."])


# Pausing


def test_a_pause_lasts_until_a_day_begins_where_he_is(reader: Reader) -> None:
    reader.press("about", zone="America/New_York")
    assert reader.press("pause", until="2026-12-01").status == 303
    assert reader.one.paused_until == datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert not reader.one.receives
    assert "Tuesday, December 1, 2026" in reader.page.text
    assert reader.press("resume").status == 303
    assert reader.one.receives == {TECH}
    assert not reader.page.find("//button[@value='resume']")


@pytest.mark.parametrize(
    "day", ["", "2026-11-23", "2020-01-01", "2030-01-01", "9999-12-31", "0001-01-01", "soon"]
)
def test_a_pause_ends_some_day_within_a_year(reader: Reader, day: str) -> None:
    answer = reader.press("pause", until=day)
    assert answer.status == 422
    assert errors(answer) == ["Please choose a day after today, within a year."]
    assert reader.one.paused_until is None


# His data


def test_he_gets_all_that_is_kept_of_him(reader: Reader) -> None:
    reader.press("about", name="Wanda")
    answer = reader.browser.get(f"{reader.path}/data.json")
    assert answer["content-type"] == "application/json"
    assert answer["content-disposition"].startswith("attachment")
    require_private(answer)
    data = json.loads(answer.body)
    assert (data["address"], data["name"]) == ("wanda@mail.example", "Wanda")
    assert len(data["consents"]) == len(reader.consents)
    assert data == reader.app.erasure.record_of(reader.one)


def test_erasing_takes_a_button(reader: Reader) -> None:
    page = reader.browser.get(f"{reader.path}/erase")
    assert len(page.find("//form//button")) == 1
    assert reader.browser.post(f"{reader.path}/erase", b"do=other").status == 200
    assert reader.one.address == "wanda@mail.example"
    for expected in (200, 410):
        answer = reader.browser.post(f"{reader.path}/erase", b"do=erase")
        assert answer.status == expected
        assert "Nothing is kept of you" in answer.text
        require_private(answer)
    assert reader.app.subscribers.get([reader.id]) == []
    for below in ("", "/erase", "/data.json"):
        assert reader.browser.get(reader.path + below).status == 410


# Suppressed, and everybody's language


def test_who_is_suppressed_is_told_why_nothing_comes(reader: Reader) -> None:
    assert "Nothing is sent to this address" not in reader.page.text
    app = reader.app
    why = Suppression(Reason.HARD_BOUNCE, "550", app.clock())
    app.suppressions.add("wanda@mail.example", why, app.clock(), {})
    assert "Nothing is sent to this address" in reader.page.text


@pytest.mark.parametrize("language", ["ar", "de", "es", "fr", "ja", "zh-Hans", "zh-Hant"])
def test_the_page_speaks_his_language(reader: Reader, language: str) -> None:
    reader.press("about", language=language)
    pages = [reader.page, reader.browser.get(f"{reader.path}/erase")]
    pages += [reader.press("about", name="x" * 101), reader.press("pause", until="")]
    for page in pages:
        (html,) = page.find("/html")
        assert html.get("lang") == language
        assert html.get("dir") == ("rtl" if language == "ar" else "ltr")
        # Names of languages and zones, and what is to be written as it is.
        for other in elements(html, ".//datalist | .//select | .//script | .//bdi"):
            other.drop_tree()
        (main,) = elements(html, ".//main")
        if language in ("ar", "ja", "zh-Hans", "zh-Hant"):
            text = re.sub(r"\w…@mail\.example|tech|money", "", main.text_content())
            assert not re.search(r"[A-Za-z]{2,}", text), text


def test_who_said_none_is_spoken_to_as_his_browser_asks(reader: Reader) -> None:
    for sent, path, expected in (
        ({"accept_language": "de-CH, en;q=0.5"}, reader.path, "de"),
        ({"accept_language": "tlh, fr;q=0.2"}, reader.path, "fr"),
        ({"accept_language": "ja"}, f"{reader.path}?lang=zh-TW", "zh-Hant"),
        ({}, reader.path, "en"),
    ):
        (html,) = reader.browser.get(path, **sent).find("/html")
        assert html.get("lang") == expected
