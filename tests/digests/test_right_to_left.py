"""Digests that run from right to left, and posts that run against their digest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import lxml.html
import pytest

from syndicate.digests.compose import compose

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

    from syndicate.digests.model import Masthead
    from syndicate.posts.model import Post

BODY = """<ul><li>أ</li></ul><blockquote><p>ب</p></blockquote><table><tr><td>ت</td></tr></table>
<pre>print(1)</pre>"""


@pytest.fixture(scope="module")
def arabic(masthead: Masthead) -> Masthead:
    return replace(masthead, language="ar", category_title="TechWeb", site_title="الأفق")


def document(masthead: Masthead, *posts: Post) -> etree._Element:
    return lxml.html.document_fromstring(compose(masthead, posts).html)


def in_body(found: etree._Element, tag: str) -> str:
    """The style of that element in the only post's body."""
    return str(found.xpath(f"string(//div[@class='body']//{tag}/@style)"))


def test_a_mail_says_its_direction_where_webmail_keeps_it(
    arabic: Masthead, masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    for edition, direction in ((arabic, "rtl"), (masthead, "ltr")):
        found = document(edition, make_post())
        assert found.get("dir") == direction
        assert found.xpath("//body/table/@dir") == [direction]


@pytest.mark.parametrize(
    ("language", "sides"),
    [
        ("ar", ("padding:0 16px 0 0; border-right:3px", "padding:0 24px 0 0", "9px 0 9px 12px")),
        ("en", ("padding:0 0 0 16px; border-left:3px", "padding:0 0 0 24px", "9px 12px 9px 0")),
    ],
)
def test_a_body_begins_on_the_side_of_its_posts_language(
    arabic: Masthead,
    masthead: Masthead,
    make_post: Callable[..., Post],
    language: str,
    sides: tuple[str, str, str],
) -> None:
    for edition in (arabic, masthead):
        found = document(edition, make_post(language=language, html=BODY))
        for tag, side in zip(("blockquote", "ul", "td"), sides, strict=True):
            assert side in in_body(found, tag)


def test_code_runs_from_left_to_right_in_every_language(
    arabic: Masthead, make_post: Callable[..., Post]
) -> None:
    style = in_body(document(arabic, make_post(language="ar", html=BODY)), "pre").replace(" ", "")
    assert "direction:ltr" in style
    assert "text-align:left" in style


def test_an_arrow_points_where_reading_goes(
    arabic: Masthead, masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    for edition in (arabic, masthead):
        html = compose(edition, [make_post(1, language="ar"), make_post(2, language="en")]).html
        assert html.index("\xa0←") < html.index("\xa0→")
        assert (html.count("←"), html.count("→")) == (1, 1)


def test_titles_of_the_other_direction_keep_their_marks(
    arabic: Masthead, make_post: Callable[..., Post]
) -> None:
    posts = [make_post(n, title="What now?", language="en") for n in range(4)]
    found = document(replace(arabic, category_title="C++"), *posts)
    assert found.findtext(".//h1") == "\u2066C++\u2069"
    titles = found.xpath("//a[@class='row-link']/text()")
    assert titles == ["\u2066What now?\u2069"] * 4
    # A block of its own direction needs nothing.
    assert found.xpath("//h2/a/text()") == ["What now?"] * 4


def test_a_subject_begins_in_its_language_and_holds_no_invisible_character(
    arabic: Masthead, make_post: Callable[..., Post]
) -> None:
    subject = compose(arabic, [make_post(title="OpenAI تطلق نموذجًا")]).subject
    assert subject == "العدد 3 من TechWeb: OpenAI تطلق نموذجًا"


def test_a_byline_runs_as_its_language_within_a_post_of_the_other(
    arabic: Masthead, make_post: Callable[..., Post]
) -> None:
    found = document(arabic, make_post(language="en", authors=("Jane",)))
    assert found.xpath("//p[@class='byline']/text()") == [
        "\u2067\u2066Jane\u2069 · 22 نوفمبر 2026، 12:00 م\u2069"
    ]
