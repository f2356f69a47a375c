"""Letters in every language: what each says, what each has to have, and how it looks."""

from __future__ import annotations

import email
import email.policy
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from syndicate.chrome import chrome
from syndicate.chrome.messages import FOLDER
from syndicate.digests.headers import ascii_address
from syndicate.digests.letters import (
    MOST,
    Envelope,
    Kind,
    Letter,
    Letterhead,
    Listed,
    build,
    compose,
    message_id,
)
from syndicate.digests.lint.check import lint
from syndicate.digests.overrides import find
from syndicate.errors import MessageError, TemplateError
from syndicate.settings.key import Key

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

LANGUAGES = ["en", *sorted(path.name.replace("_", "-") for path in FOLDER.iterdir())]
ASKED = datetime(2026, 11, 23, 6, 20, tzinfo=UTC)
LINK = "https://n.finance.example/confirm/EwAAAAABAAAAAabcdefghijklmnopqrstuv"
LEAVE = "https://n.finance.example/u/EQAAAAABAAAAAabcdefghijklmnopqrstuv"
TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(
    str.strip
)


def letter(kind: Kind, language: str = "en", **changes: object) -> Letter:
    is_welcome, has_end = kind is Kind.WELCOME, kind in (Kind.CONFIRM, Kind.MOVE)
    has_digests = kind in (Kind.CONFIRM, Kind.WELCOME, Kind.GOODBYE)
    listed = (Listed("经济网新闻", "daily"), Listed("Macro & Markets", "weekly"))
    made = Letter(
        kind=kind,
        masthead=Letterhead("澜江财经", "https://finance.example", "澜江市临水路 18 号"),
        language=language,
        zone=ZoneInfo("Asia/Shanghai"),
        asked_at=ASKED,
        link=LINK,
        until=ASKED + timedelta(hours=48) if has_end else None,
        leave_url=LEAVE if is_welcome else "",
        web_url="https://n.finance.example/editions/7" if is_welcome else "",
        digests=listed if has_digests else (),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def bytes_of(one: Letter) -> bytes:
    envelope = Envelope(
        sender='"澜江财经" <news@finance.example>',
        reply_to="editors@finance.example",
        date=ASKED,
        message_id="<0123456789abcdef@finance.example>",
        list_id="all.finance.example",
        help_url="https://n.finance.example/help",
        seed="letter 1",
    )
    to = ascii_address("lin.wan@mailbox.example").encode()
    return build(compose(one), one, envelope).join([to])


def parsed(one: Letter) -> EmailMessage:
    found = email.message_from_bytes(bytes_of(one), policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], None]:
    """Puts a mail template into a site's folder: `write("confirm/body.txt", "…")`."""

    def put(name: str, text: str) -> None:
        path = tmp_path / "templates" / "email" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return put


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_lint_has_nothing_to_say(kind: Kind, language: str) -> None:
    assert lint(bytes_of(letter(kind, language))) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_it_speaks_the_readers_language(kind: Kind, language: str) -> None:
    composed, english = compose(letter(kind, language)), compose(letter(kind))
    direction = chrome(language).direction
    assert f'<html lang="{language}" dir="{direction}">' in composed.html
    assert f"<title>{escape(composed.subject)}</title>" in composed.html
    assert (composed.subject == english.subject) == (language == "en")
    own = composed.text.splitlines()
    shared = set(own) & set(english.text.splitlines()) if language != "en" else set()
    # What is nobody's language: links, rules and names.
    assert not [line for line in shared if re.search("[a-z]{3}", re.sub(r"https?://\S+", "", line))]


@pytest.mark.parametrize("kind", Kind)
def test_the_link_is_a_button_and_a_line_of_its_own(kind: Kind) -> None:
    composed = compose(letter(kind))
    assert composed.html.count(f'href="{LINK}"') == 1
    assert composed.text.splitlines().count(LINK) == 1


def test_the_button_is_high_enough_in_every_engine() -> None:
    html = compose(letter(Kind.CONFIRM)).html
    cell, link = re.findall(r'<(?:td|a) class="button[^>]*style="([^"]*)"', html)
    # Word pads the cell, all others the link: 14 + 24 + 14 pixels.
    assert "mso-padding-alt:14px 32px" in cell
    assert "display:inline-block; padding:14px 32px" in link
    assert "line-height:24px" in link
    assert 'bgcolor="#a3261b"' in html


def test_a_confirmation_names_what_was_asked_for_and_has_one_link_of_ours() -> None:
    composed = compose(letter(Kind.CONFIRM))
    for body in (composed.text, composed.html.replace("&amp;", "&")):
        for words in ("经济网新闻", "daily", "Macro & Markets", "weekly", "48 hours"):
            assert words in body
        assert "November 23, 2026, 2:20 PM GMT+08:00" in " ".join(body.split())
        assert set(re.findall(r"https://[^\s\"<]+", body)) <= {LINK, "https://finance.example"}


@pytest.mark.parametrize("kind", Kind)
def test_none_has_a_picture_a_script_or_a_foreign_host(kind: Kind) -> None:
    html = compose(letter(kind)).html
    assert not re.search(r"<img|<script|<link|url\(|@import|<form", html)


@pytest.mark.parametrize("kind", Kind)
def test_it_says_that_a_program_sent_it_and_only_a_welcome_can_be_left(kind: Kind) -> None:
    message = parsed(letter(kind))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<0123456789abcdef@finance.example>"
    assert message["Date"].datetime == ASKED
    assert message["Precedence"] is None
    of_a_list = {name for name in message if name.startswith("List-")}
    if kind is Kind.WELCOME:
        assert message["List-Unsubscribe"] == f"<{LEAVE}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["List-Id"].endswith("<all.finance.example>")
    else:
        assert of_a_list == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_first_html_last_and_all_of_it_canonical(language: str) -> None:
    raw = bytes_of(letter(Kind.CONFIRM, language))
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert raw.endswith(b"\r\n")
    assert raw.isascii()
    assert not re.search(rb"[^\r]\n|\r[^\n]|\0", raw)
    kinds = [
        part.get_content_type() for part in parsed(letter(Kind.CONFIRM, language)).iter_parts()
    ]
    assert kinds == ["text/plain", "text/html"]


def test_the_same_letter_has_the_same_bytes() -> None:
    assert bytes_of(letter(Kind.CONFIRM, "ja")) == bytes_of(letter(Kind.CONFIRM, "ja"))


def test_message_ids_tell_letters_apart_and_keys_too() -> None:
    keys = Key(b"a" * 32), Key(b"b" * 32)
    made = {message_id(key, number, "finance.example") for key in keys for number in range(50)}
    assert len(made) == 100
    assert all(re.fullmatch(r"<[0-9a-f]{32}@finance\.example>", one) for one in made)


def test_of_very_many_digests_it_names_some_and_counts_the_rest() -> None:
    many = tuple(Listed(f"Category {n}", "daily") for n in range(MOST + 1980))
    composed = compose(letter(Kind.CONFIRM, digests=many))
    assert composed.text.count("Category") == MOST
    assert "and 1980 more" in composed.text
    assert "and 1980 more" in composed.html
    assert lint(bytes_of(letter(Kind.CONFIRM, digests=many))) == []


@pytest.mark.slow
@given(title=TITLES, site=TITLES)
def test_whatever_names_hold_it_stays_a_letter(title: str, site: str) -> None:
    one = letter(
        Kind.CONFIRM,
        masthead=replace(letter(Kind.CONFIRM).masthead, site_title=site),
        digests=(Listed(title, "daily"),),
    )
    try:
        message = parsed(one)
    except MessageError as error:
        assert "control character" in str(error)  # noqa: PT017 - some are refused, most go
        return
    assert message["To"] == "lin.wan@mailbox.example"
    html = message.get_body(("html",))
    assert html
    assert html.get_content().count(f'href="{LINK}"') == 1


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        (
            "confirm/body.html",
            "<p>{{ masthead.postal_address }}</p>",
            'confirm/body.html: has no link; write <a href="{{ link }}">',
        ),
        (
            "confirm/body.txt",
            "go to {{ link }}\n{{ masthead.postal_address }}",
            "confirm/body.txt: has no line {{ link }}",
        ),
        (
            "confirm/body.txt",
            "{{ link }}",
            "confirm/body.txt: lacks the postal address",
        ),
        ("confirm/subject.txt", "{{ nope }}", "confirm/subject.txt:1: 'nope' is undefined"),
        ("letter/style.css", "@import 'x';", "letter/style.css: what begins with @"),
    ],
)
def test_a_sites_own_template_that_leaves_out_what_must_be_there_is_named(
    tmp_path: Path, write: Callable[[str, str], None], name: str, text: str, wrong: str
) -> None:
    write(name, text)
    with pytest.raises(TemplateError) as caught:
        compose(letter(Kind.CONFIRM), find(tmp_path))
    assert wrong in str(caught.value)


def test_a_sites_own_template_stands_in_for_ours_and_the_rest_stays(
    tmp_path: Path, write: Callable[[str, str], None]
) -> None:
    write("confirm/subject.txt", "Really, {{ masthead.site_title }}?\n")
    write("digest/style.css", ".letter-title { color: #123456; }")
    composed, ours = (
        compose(letter(Kind.CONFIRM), templates)
        for templates in (find(tmp_path), find(tmp_path / "x"))
    )
    assert composed.subject == "Really, 澜江财经?"
    assert composed.text == ours.text
    assert "background-color:#f4f1ea" not in composed.html


def test_a_thousand_letters_take_a_few_milliseconds_each_and_one_inlining() -> None:
    bytes_of(letter(Kind.CONFIRM))
    begun = time.process_time()
    for number in range(100):
        bytes_of(letter(Kind.CONFIRM, link=f"{LINK}{number}"))
    assert time.process_time() - begun < 100 * 0.005
