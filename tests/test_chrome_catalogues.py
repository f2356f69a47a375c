"""The catalogues: every message in every language, whole, and as that language writes."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from syndicate.chrome import chrome
from syndicate.chrome.messages import DOMAIN, FOLDER, messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).parents[1]
LANGUAGES = sorted(path.name for path in FOLDER.iterdir())
#: What each language puts around a quotation.
QUOTES = {
    "ar": ("«", "»"),
    "de": ("„", "“"),
    "es": ("«", "»"),
    "fr": ("«\u202f", "\u202f»"),
    "ja": ("「", "」"),
    "zh_Hans": ("“", "”"),
    "zh_Hant": ("「", "」"),
}
#: Numbers as they occur: French and Spanish have a form for millions, which no count reaches.
COUNTS = range(1000)

_PLACEHOLDER = re.compile(r"%\(\w+\)s")


@cache
def catalogue(language: str) -> Catalog:
    path = FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make i18n` finds in templates and code."""
    file = tmp_path_factory.mktemp("i18n") / "messages.pot"
    pybabel = (sys.executable, "-m", "babel.messages.frontend", "--quiet")
    options = ("--mapping-file=babel.cfg", f"--output-file={file}")
    command = [*pybabel, "extract", *options, "syndicate", "templates"]
    subprocess.run(command, cwd=ROOT, check=True)
    with file.open("rb") as found:
        return read_po(found)


def said(of: Catalog) -> Iterator[Message]:
    """Its messages, but for the header."""
    return (message for message in of if message.id)


def source(message: Message) -> str:
    """The English, the plural if it has one."""
    return message.id if isinstance(message.id, str) else message.id[-1]


def forms(message: Message) -> tuple[str, ...]:
    """All ways in which the translation says it."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def placeholders(text: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(text))


def counts_of(language: str) -> dict[int, list[int]]:
    """The numbers that each plural form stands for."""
    catalog = catalogue(language)
    counting = next(message for message in said(catalog) if message.pluralizable)
    found: dict[int, list[int]] = {}
    for number in COUNTS:
        text = messages(language).ngettext(counting.id[0], counting.id[1], number)
        found.setdefault(forms(counting).index(text), []).append(number)
    return found


def test_they_are_those_that_are_promised() -> None:
    assert set(LANGUAGES) == {"ar", "de", "es", "fr", "ja", "zh_Hans", "zh_Hant"}


def test_there_are_messages_in_mails_pages_and_code(template: Catalog) -> None:
    found = {source(message) for message in said(template)}
    assert {"Unsubscribe", "Feeds", "In this edition", "Read on", "%(num)s posts"} <= found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_said_and_none_that_nobody_says(language: str, template: Catalog) -> None:
    catalog = catalogue(language)
    asked, there = ({message.id for message in said(one)} for one in (template, catalog))
    assert asked - there == set(), f"{language} lacks these; run `make i18n` and translate them"
    assert there - asked == set(), f"nobody says these in {language} any more; run `make i18n`"
    assert not catalog.obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_left_empty_or_unsure(language: str) -> None:
    catalog = catalogue(language)
    empty = [source(m) for m in said(catalog) if not forms(m) or not all(forms(m))]
    assert not empty, f"untranslated in {language}"
    assert not [source(m) for m in said(catalog) if m.fuzzy], f"unsure in {language}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_has_all_that_it_says_filled_in(language: str) -> None:
    numbers = counts_of(language)
    for message in said(catalogue(language)):
        for form, text in enumerate(forms(message)):
            expected = placeholders(source(message))
            # A form for one number only may say it as a word.
            if message.pluralizable and len(numbers[form]) == 1 and not placeholders(text):
                expected.remove("%(num)s")
            assert placeholders(text) == expected, (language, text)
            assert "%" not in _PLACEHOLDER.sub("", text), (language, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_that_are_counted_alike_share_a_form(language: str) -> None:
    catalog, rule = catalogue(language), Locale.parse(language).plural_form
    for message in (m for m in said(catalog) if m.pluralizable):
        assert len(forms(message)) == catalog.num_plurals
    by_tag: dict[str, list[int]] = {}
    for number in COUNTS:
        by_tag.setdefault(rule(number), []).append(number)
    if language in ("es", "fr"):
        assert by_tag.pop("many", []) == []
    assert sorted(counts_of(language).values()) == sorted(by_tag.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotes_and_apostrophes_are_the_languages_own(language: str) -> None:
    opening, closing = QUOTES[language]
    for message in said(catalogue(language)):
        for text in forms(message):
            assert not re.search("[\"'<>&]", text), (language, text)
            for quoted in re.findall("“(.*?)”", source(message)):
                assert f"{opening}{quoted}{closing}" in text, (language, text)


@pytest.mark.parametrize("language", ["ja", "zh_Hans", "zh_Hant"])
def test_ideographs_have_their_own_marks(language: str) -> None:
    for text in (text for message in said(catalogue(language)) for text in forms(message)):
        assert not re.search(r"[\u3040-\u9fff][,;:?!.(]", text), text


def test_arabic_has_its_own_marks() -> None:
    for text in (text for message in said(catalogue("ar")) for text in forms(message)):
        assert not re.search(r"[,;?]", text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_header_names_its_language_and_its_plurals(language: str) -> None:
    header = dict(catalogue(language).mime_headers)
    assert header["Language"] == language
    assert header["Plural-Forms"].startswith(f"nplurals={catalogue(language).num_plurals};")


def test_english_needs_no_catalogue() -> None:
    english = chrome("en-GB")
    assert english.gettext("Unsubscribe") == "Unsubscribe"
    assert [english.ngettext("%(num)s post", "%(num)s posts", n) for n in (0, 1, 2)] == [
        "%(num)s posts",
        "%(num)s post",
        "%(num)s posts",
    ]
