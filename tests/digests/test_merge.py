from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.digests.lines import width
from syndicate.digests.merge import COLUMNS, GROWTH, growth, is_personal, names, say
from syndicate.errors import SettingsError
from syndicate.settings import load
from syndicate.settings.words import Field, parse

if TYPE_CHECKING:
    from pathlib import Path

HELLO = parse("Good morning, {name|reader}!")
ANY = st.text(max_size=200)


def test_a_pattern_is_words_and_fields() -> None:
    assert parse("Hi, {name|reader}!") == ("Hi, ", Field("name", "reader"), "!")
    assert parse("") == ()
    assert parse("{name|}") == (Field("name", ""),)
    assert parse("{a|} and {b|c}") == (Field("a", ""), " and ", Field("b", "c"))


def test_what_is_known_is_never_read_as_a_pattern() -> None:
    title = "How to write {name|reader} and }{ and {"
    assert parse("{name|You}: {subject}", subject=title) == (Field("name", "You"), f": {title}")
    assert say(parse("{subject}", subject=title), {"name": "x"}) == title


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{name}", r"\{name\} must say what stands for it: \{name\|reader\}"),
        ("{subject}", "must say what stands for it"),
        ("{Name|x}", "a merge field is written"),
        ("{name|x", "a merge field is written"),
        ("name}", "a merge field is written"),
        ("{{name|x}}", "a merge field is written"),
        ("{name|{x}}", "a merge field is written"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(pattern)


def test_a_reader_of_whom_nothing_is_known_reads_the_default() -> None:
    assert say(HELLO, {}) == say(HELLO, {"name": " \r\n"}) == "Good morning, reader!"
    assert say(HELLO, {"name": "林晚"}) == "Good morning, 林晚!"


@given(ANY)
def test_whatever_is_known_is_one_short_harmless_line(value: str) -> None:
    said = say((Field("name", "reader"),), {"name": value})
    assert width(said) <= COLUMNS
    assert said == said.strip()
    assert said.splitlines() == [said]
    assert not any(char in said for char in "\r\n\0\x1b\x7f\x85\u2028\u202e\u2066")
    said.encode()


@pytest.mark.parametrize("value", ["&" * 200, '"' * 200, "👩‍👩‍👧" * 40, "e" + "\u0301" * 500])
def test_html_grows_by_no_more_than_was_allowed_for(value: str) -> None:
    from markupsafe import escape  # noqa: PLC0415 - for this law only

    said = say(HELLO, {"name": value})
    assert len(escape(said).encode()) - len("Good morning, !") <= GROWTH
    assert growth(HELLO) == GROWTH


def test_fields_are_known_by_their_names() -> None:
    assert names(HELLO, parse("{city|x} {name|y}"), ()) == ("city", "name")
    assert is_personal(HELLO)
    assert not is_personal(parse("Good morning!"))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('greeting = "Hi {name}!"', "{name} must say what stands for it: {name|reader}"),
        ('subject = "{name|"', "a merge field is written {name|reader}"),
        ('greeting = "Hi\\nyou"', "must be one line"),
        ('subject = ""', "at least 1 character"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_by_its_place(
    tmp_path: Path, setting: str, said: str
) -> None:
    path = tmp_path / "syndicate.toml"
    path.write_text(f'[[digests]]\ncategory = "tech"\n{setting}\n')
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"syndicate.toml: [[digests]] no. 1 {setting[:5]}")
    assert said in str(caught.value)
    path.write_text(path.read_text().replace(setting, 'greeting = "Hi {name|you}!"'))
    rules = load(tmp_path).rules("daily", "tech")
    assert (rules.subject, rules.greeting) == ("{subject}", "Hi {name|you}!")
