"""Several editions in one mail: whole, in order, and never longer than inboxes show."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from itertools import pairwise
from typing import TYPE_CHECKING

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.digests import slots
from syndicate.digests.bundle import Bundle, Section, ordered
from syndicate.digests.fit import HTML_LIMIT
from syndicate.digests.lines import width
from syndicate.digests.message import build
from syndicate.digests.model import Composed, Step
from syndicate.digests.overrides import find
from syndicate.digests.together import Sheet, compose_together, language_of, make_part
from syndicate.errors import MessageError, TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lxml import etree

    from syndicate.digests.message import Headers
    from syndicate.digests.model import Masthead
    from syndicate.digests.template import Personal
    from syndicate.posts.model import Post

PARAGRAPH = "<p>“央行”宣布下调，港务局公布了新码头的规划，预计明年春天动工。</p>"


@pytest.fixture(scope="module")
def around(masthead: Masthead) -> Masthead:
    """What surrounds a mail of all in one."""
    return replace(masthead, category_title="", description="", number=0)


@pytest.fixture(scope="session")
def make_section(make_post: Callable[..., Post]) -> Callable[..., Section]:
    """A section of so many posts of its own, or of these."""

    def make(number: int = 1, posts: int | Sequence[Post] = 2, size: int = 1) -> Section:
        if isinstance(posts, int):
            body = PARAGRAPH * size
            posts = [make_post(1000 * number + n, html=body) for n in range(posts)]
        return Section(
            edition=number,
            category=f"c{number}",
            title=f"栏目{number}",
            number=number + 10,
            language="zh-CN",
            web_url=f"https://finance.example/editions/{number}",
            posts=tuple(posts),
        )

    return make


def together(masthead: Masthead, sections: Sequence[Section]) -> Composed:
    sheet = Sheet(masthead)
    return compose_together(sheet, [make_part(sheet, section) for section in sections])


def document(composed: Composed) -> etree._Element:
    return lxml.html.document_fromstring(composed.html)


def texts(found: etree._Element, class_: str) -> list[str]:
    elements = [one for one in found.iter("*") if class_ in one.get("class", "").split()]
    return [" ".join("".join(map(str, one.itertext())).split()) for one in elements]


# What it shows


def test_each_category_has_a_section_with_its_posts_in_their_order(
    around: Masthead, make_section: Callable[..., Section]
) -> None:
    composed = together(around, [make_section(2), make_section(1)])
    found = document(composed)
    assert texts(found, "section-title") == ["栏目2", "栏目1"]
    assert texts(found, "post-title") == [f"第{n}条新闻" for n in (2000, 2001, 1000, 1001)]
    assert found.findtext(".//h1/a") == "澜江财经"
    links = found.xpath("//table[@class='section']//a/@href")
    assert links == [f"https://finance.example/editions/{n}" for n in (2, 1)]


def test_one_table_of_contents_names_each_category_once(
    around: Masthead, make_section: Callable[..., Section]
) -> None:
    composed = together(around, [make_section(1), make_section(2, posts=1)])
    assert texts(document(composed), "row-link") == [
        "栏目1 2 篇 第1000条新闻",
        "栏目2 1 篇 第2000条新闻",
    ]
    assert "1. 栏目1 · 2 篇\n2. 栏目2 · 1 篇\n" in composed.text
    assert texts(document(together(around, [make_section(1)])), "row-link") == []


def test_headings_skip_no_level(around: Masthead, make_section: Callable[..., Section]) -> None:
    found = document(together(around, [make_section(1), make_section(2)]))
    levels = [int(one.tag[1]) for one in found.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_subject_names_the_site_the_rhythm_and_the_first_titles(
    around: Masthead, make_section: Callable[..., Section]
) -> None:
    sections = [make_section(1), make_section(2)]
    composed = together(around, sections)
    assert composed.subject == "澜江财经 · 每日：第1000条新闻 · 第2000条新闻"
    assert document(composed).findtext(".//title") == composed.subject
    assert "栏目1 · 栏目2" in texts(document(composed), "preheader")
    many = together(around, [make_section(n) for n in range(1, 30)])
    assert width(many.subject) <= 78


def test_a_post_of_two_categories_is_shown_in_the_first_and_named_in_the_second(
    around: Masthead, make_section: Callable[..., Section], make_post: Callable[..., Post]
) -> None:
    both = make_post(7, html=PARAGRAPH)
    composed = together(around, [make_section(1, [both]), make_section(2, [make_post(8), both])])
    found = document(composed)
    assert texts(found, "post-title") == ["第7条新闻", "第8条新闻"]
    assert texts(found, "brief-title") == ["第7条新闻"]
    assert composed.text.count("港务局") == 1
    assert composed.stepped_down == ()


def test_its_corrections_are_said_once_at_the_end(
    around: Masthead, make_section: Callable[..., Section], make_post: Callable[..., Post]
) -> None:
    wrong = make_post(5, correction="数字有误。")
    sections = [replace(make_section(n), corrections=(wrong,)) for n in (1, 2)]
    composed = together(around, sections)
    assert composed.html.count("数字有误。") == 1
    assert composed.text.count("数字有误。") == 1


def test_its_language_is_that_of_its_sections_if_they_have_one(
    make_section: Callable[..., Section],
) -> None:
    chinese, german = make_section(1), replace(make_section(2), language="de")
    assert language_of([chinese, chinese], "en") == "zh-CN"
    assert language_of([chinese, german], "en") == "en"


def test_it_makes_a_whole_message(
    around: Masthead,
    make_section: Callable[..., Section],
    envelope: Headers,
    reader: Personal,
) -> None:
    greeted = replace(around, greeting="早上好，{name|读者}！")
    for masthead in (around, greeted, replace(greeted, language="en")):
        composed = together(masthead, [make_section(1), make_section(2, size=40)])
        message = build(composed, envelope).fill(reader)
        assert b"{{" not in message
        assert max(map(len, message.split(b"\r\n"))) <= 78
        assert "".join(composed.html_pieces) == composed.html
        assert "".join(composed.text_pieces) == composed.text


def test_pieces_make_the_same_body_as_the_whole(
    around: Masthead,
    make_section: Callable[..., Section],
    envelope: Headers,
    reader: Personal,
) -> None:
    composed = together(around, [make_section(1), make_section(2, size=40)])
    whole = replace(composed, html_pieces=(), text_pieces=())
    pieces, one = (said(build(each, envelope).fill(reader)) for each in (composed, whole))
    assert pieces == one


def said(message: bytes) -> list[list[str]]:
    """The lines of both bodies, but for the blanks that fill them up."""
    parts = message_from_bytes(message, policy=default).iter_parts()
    return [[line.rstrip() for line in part.get_content().splitlines()] for part in parts]


def test_nothing_to_compose_is_refused(around: Masthead) -> None:
    with pytest.raises(MessageError, match="no editions"):
        compose_together(Sheet(around), [])


def test_a_sites_own_template_must_show_the_posts(
    around: Masthead, make_section: Callable[..., Section], tmp_path: Path
) -> None:
    folder = tmp_path / "templates" / "email" / "together"
    folder.mkdir(parents=True)
    (folder / "body.html").write_text(
        '<html><body><a href="https://unsubscribe.invalid/">x</a>'
        "{{ masthead.postal_address }}</body></html>"
    )
    sheet = Sheet(around, find(tmp_path))
    with pytest.raises(TemplateError, match=r"together/body\.html.*blocks"):
        compose_together(sheet, [make_part(sheet, make_section())])


# Fitting


@settings(max_examples=12, deadline=None)
@given(counts=st.lists(st.integers(1, 8), min_size=1, max_size=90), size=st.sampled_from([1, 20]))
def test_it_never_grows_too_long_and_no_category_shows_less_than_its_share(
    around: Masthead, make_section: Callable[..., Section], counts: list[int], size: int
) -> None:
    sections = [make_section(n, posts=many, size=size) for n, many in enumerate(counts, 1)]
    composed = together(around, sections)
    found = document(composed)
    assert len(composed.html.encode()) + slots.growth(composed.html) <= HTML_LIMIT
    shown = [
        len(re.findall("-title", part)) - 1
        for part in re.split(r'<table[^>]*class="section"', composed.html)[1:]
    ]
    assert len(texts(found, "section-title")) == len(shown) >= 1
    missing = sum(counts) - sum(shown)
    assert len(composed.left_out) == missing
    assert ("另有" in composed.html) == bool(missing)
    if missing:
        # As many of each as of any other that has them, but for one.
        short = [n for n, many in zip(shown, counts, strict=False) if n < many]
        assert all(max(shown) - n <= 1 for n in short)


def test_the_last_category_steps_down_first(
    around: Masthead, make_section: Callable[..., Section]
) -> None:
    sections = [make_section(n, posts=3, size=150) for n in (1, 2, 3, 4)]
    composed = together(around, sections)
    assert composed.left_out == ()
    down = {source for source, _ in composed.stepped_down}
    order = [post.source for section in sections for post in section.posts]
    assert down
    assert down == set(order[-len(down) :])
    assert {step for _, step in composed.stepped_down} == {Step.EXCERPT}


# What is frozen


def test_a_bundle_comes_back_as_it_was(
    around: Masthead, make_section: Callable[..., Section], make_post: Callable[..., Post]
) -> None:
    both = make_post(7)
    sections = (
        make_section(1, [both]),
        replace(make_section(2, [make_post(8), both]), corrections=(make_post(9),)),
    )
    masthead = replace(around, date=datetime(2026, 11, 22, 22, tzinfo=UTC))
    bundle = Bundle(masthead=masthead, sections=sections)
    assert Bundle.loads(bundle.dumps()) == bundle
    # The post of both is there once.
    assert bundle.dumps().count(both.url.encode()) == 1


def test_a_variant_is_in_the_readers_order_then_in_the_sites(
    around: Masthead, make_section: Callable[..., Section]
) -> None:
    bundle = Bundle(masthead=around, sections=tuple(make_section(n) for n in (3, 1, 2)))
    assert bundle.variant(["c1", "c2", "c3", "c9"], []) == (3, 1, 2)
    assert bundle.variant(["c3", "c2"], ["c9", "c2"]) == (2, 3)
    assert bundle.variant([], ["c1"]) == ()
    assert [section.edition for section in bundle.chosen((2, 3))] == [2, 3]


def test_sections_are_in_the_order_of_the_settings_then_by_title(
    make_section: Callable[..., Section],
) -> None:
    sections = [make_section(n) for n in (4, 3, 2, 1)]
    found = ordered(sections, ["c9", "c3"])
    assert [section.edition for section in found] == [3, 1, 2, 4]
