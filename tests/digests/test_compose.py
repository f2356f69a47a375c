from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.digests import blocks, slots
from syndicate.digests.compose import SUBJECT_COLUMNS, compose
from syndicate.digests.fit import HTML_LIMIT
from syndicate.digests.lines import width
from syndicate.digests.message import Headers, build
from syndicate.digests.model import Masthead, Step
from syndicate.errors import MessageError
from syndicate.posts.model import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.digests.template import Personal
    from syndicate.posts.model import Post

BODY = """<h1>要点</h1><p>“央行”宣布<strong>下调</strong>，见<a href="https://finance.example/a?x=1&amp;y=2">公告</a>。</p>
<h4>细节</h4><ul><li>甲</li><li>乙</li></ul><h2>后话</h2><blockquote><p>引文</p></blockquote>
<p><img src="https://finance.example/x.png" width="1008" height="460"></p>"""


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w", text))


def test_the_same_input_gives_the_same_bytes(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    posts = [make_post(n, html=BODY) for n in range(5)]
    first = compose(masthead, posts)
    blocks.forget()
    assert compose(masthead, posts) == first


def test_a_changed_post_is_shown_changed(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    compose(masthead, [make_post(html="<p>旧文</p>")])
    assert "新文" in compose(masthead, [make_post(html="<p>新文</p>")]).html


def test_the_subject_names_category_number_and_first_post(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    assert compose(masthead, [make_post()]).subject == "经济网新闻 · 第3期：第1条新闻"
    english = replace(masthead, language="en", category_title="Tech")
    assert compose(english, [make_post(title="Hello")]).subject == "Tech · No. 3: Hello"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120))
def test_any_title_gives_a_short_subject_that_is_the_documents_title(
    masthead: Masthead, make_post: Callable[..., Post], title: str
) -> None:
    composed = compose(masthead, [make_post(title=title)])
    assert width(composed.subject) <= SUBJECT_COLUMNS
    shown = lxml.html.document_fromstring(composed.html).findtext(".//title") or ""
    assert " ".join(shown.split()) == " ".join(composed.subject.split())


def test_a_control_character_never_reaches_the_subject(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    composed = compose(masthead, [make_post(title="甲\x85\u2028Bcc: x\x7f乙")])
    assert composed.subject == "经济网新闻 · 第3期：甲 Bcc: x 乙"


def test_dates_are_those_of_the_editions_zone_and_language(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    composed = compose(masthead, [make_post()])
    for body in (composed.html, composed.text):
        assert "2026年11月23日星期一" in body
        assert "2026年11月22日 12:00" in body


def test_a_post_dated_without_a_time_is_shown_without(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    midnight = datetime(2026, 11, 21, 16, tzinfo=UTC)
    text = compose(masthead, [replace(make_post(), published=midnight)]).text
    assert "2026年11月22日\n" in text


def test_contents_stand_above_more_than_three_posts(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    three, four = (compose(masthead, [make_post(n) for n in range(many)]) for many in (3, 4))
    assert "本期目录" not in three.html + three.text
    assert "本期目录" in four.html
    assert "本期目录" in four.text


def test_one_language_and_its_direction_for_the_edition_another_for_a_post(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    html = compose(masthead, [make_post(language="ar", title="مرحبا")]).html
    document = lxml.html.document_fromstring(html)
    assert (document.get("lang"), document.get("dir")) == ("zh-CN", "ltr")
    assert document.xpath("//table[@lang='ar']/@dir") == ["rtl"]


def test_a_language_without_a_catalogue_has_english_chrome_and_its_own_dates(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    text = compose(replace(masthead, language="pt"), [make_post()]).text
    assert "segunda-feira, 23 de novembro de 2026" in text
    assert "Unsubscribe" in text


def test_every_link_and_image_is_absolute(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    posts = [make_post(n, html=BODY) for n in range(5)]
    document = lxml.html.document_fromstring(compose(masthead, posts).html)
    urls = [
        e.get(name, "") for e in document.iter() for name in ("href", "src") if name in e.attrib
    ]
    assert len(urls) > 20
    for url in urls:
        parts = urlsplit(url)
        assert parts.scheme in ("http", "https")
        assert parts.hostname


def test_headings_are_in_order(masthead: Masthead, make_post: Callable[..., Post]) -> None:
    posts = [make_post(n, html=BODY) for n in range(5)]
    document = lxml.html.document_fromstring(compose(masthead, posts).html)
    levels = [int(e.tag[1]) for e in document.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_both_ways_out_are_there_and_the_first_is_near_the_top(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    composed = compose(masthead, [make_post(html=BODY)])
    body = composed.html[composed.html.index("<body") :]
    assert body.count(slots.UNSUBSCRIBE_HREF) == 2
    assert body.index(slots.UNSUBSCRIBE_HREF) < body.index("<h1")
    assert composed.text.split("\n").count(slots.UNSUBSCRIBE_URL) == 1
    assert body.count(slots.PREFERENCES_HREF) == 1
    assert body.index(slots.PREFERENCES_HREF) > body.index("您收到这封邮件")
    assert composed.text.split("\n").count(slots.PREFERENCES_URL) == 1
    for words in (
        "澜江市临水路 18 号",
        "订阅设置",
        "您收到这封邮件",
        "https://finance.example/editions/3",
    ):
        assert words in composed.html
        assert words in composed.text


def test_text_and_html_say_the_same(masthead: Masthead, make_post: Callable[..., Post]) -> None:
    posts = [make_post(n, html=BODY + "<p>余量测试</p>" * n) for n in range(5)]
    composed = compose(masthead, posts)
    body = lxml.html.document_fromstring(composed.html).find("body")
    assert body is not None
    shown = "".join(str(text) for text in body.itertext())
    assert _words(shown) - _words(composed.text) == set()
    assert "余量测试" in composed.text


def test_a_title_and_a_body_are_data_never_source(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    evil = "{{ 7 * 7 }}{% raw %}<script>alert(1)</script>jinja0x"
    composed = compose(masthead, [make_post(title=evil, html=f"<p>{evil}</p>", summary=evil)])
    assert "<script" not in composed.html
    assert "{{ 7 * 7 }}{% raw %}" in composed.html
    assert evil in composed.subject
    assert evil in composed.text


def test_no_post_can_lend_itself_a_readers_own_links(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    markers = {
        slots.UNSUBSCRIBE_HREF: slots.UNSUBSCRIBE_URL,
        slots.PREFERENCES_HREF: slots.PREFERENCES_URL,
    }
    links = (f"<p><a {href}>领奖</a></p><p>{url}</p>" for href, url in markers.items())
    composed = compose(masthead, [make_post(html="".join(links))])
    assert [composed.html.count(href) for href in markers] == [2, 1]
    assert [composed.text.split("\n").count(url) for url in markers.values()] == [1, 1]


def test_a_posts_image_is_shown_unless_its_body_begins_with_one(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    image = Image("https://finance.example/lead.png", "图")
    inner = '<p><img src="https://finance.example/x.png" alt="甲"></p><p>文</p>'
    above = compose(masthead, [make_post(html="<p>文</p>" + inner, image=image)]).html
    below = compose(masthead, [make_post(html=inner, image=image)]).html
    assert (above.count("lead.png"), below.count("lead.png")) == (1, 0)


@pytest.mark.parametrize(
    ("sides", "height"), [((1200, 630), ["264"]), ((0, 0), []), ((1200, 0), []), ((0, 630), [])]
)
def test_a_posts_image_has_a_height_where_that_is_known(
    masthead: Masthead, make_post: Callable[..., Post], sides: tuple[int, int], height: list[str]
) -> None:
    image = Image("https://finance.example/lead.png", "图", *sides)
    composed = compose(masthead, [make_post(image=image)])
    page = lxml.html.document_fromstring(composed.html)
    assert page.xpath("//img[contains(@class, 'lead')]/@width") == ["504"]
    assert page.xpath("//img[contains(@class, 'lead')]/@height") == height


def test_an_edition_without_posts_is_refused(masthead: Masthead) -> None:
    with pytest.raises(MessageError, match="without posts"):
        compose(masthead, [])


def test_a_post_without_a_body_shows_its_summary(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    composed = compose(masthead, [make_post(html="<p> </p>", summary="只有一句。")])
    assert "只有一句。" in composed.text
    assert composed.html.count("只有一句。") == 2  # the other is the preheader


def test_1500_long_posts_fit_and_say_what_is_missing(
    masthead: Masthead, make_post: Callable[..., Post], envelope: Headers, reader: Personal
) -> None:
    # The same content for most: it is the sizes that count, not the inlining.
    long = make_post(html="<p>" + "很长的正文。" * 800 + "</p>", summary="摘要" * 80)
    posts = [make_post(0, html=BODY), *[replace(long, source=f"{n}") for n in range(1499)]]
    composed = compose(masthead, posts)
    message = build(composed, envelope).fill(reader)
    assert len(_html_of(message)) <= HTML_LIMIT
    assert len(_html_of(message)) > HTML_LIMIT * 0.95
    assert composed.left_out
    assert len(composed.left_out) + len(composed.stepped_down) == 1500
    assert {step for _, step in composed.stepped_down} == {Step.HEADLINE}
    for body in (composed.html, composed.text):
        assert f"另有 {len(composed.left_out)} 篇" in body


def test_what_fits_is_shown_in_full_from_the_first_on(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    posts = [make_post(n, html=f"<p>{n}" + "很长的正文。" * 800 + "</p>") for n in range(12)]
    composed = compose(masthead, posts)
    shorter = [source for source, _ in composed.stepped_down]
    assert shorter
    assert shorter == [post.source for post in posts][-len(shorter) :]
    assert composed.left_out == ()


def _html_of(message: bytes) -> bytes:
    from email import message_from_bytes  # noqa: PLC0415 - for this law only
    from email.policy import default  # noqa: PLC0415

    html = message_from_bytes(message, policy=default).get_body(("html",))
    assert html is not None
    payload = html.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload
