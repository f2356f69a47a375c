"""What was put right in posts of earlier editions, told in the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, cast

import lxml.html
import pytest

from syndicate.digests.compose import compose
from syndicate.digests.fit import HTML_LIMIT
from syndicate.digests.lines import COLUMNS, width
from syndicate.digests.message import Headers, build

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

    from syndicate.digests.model import Masthead
    from syndicate.digests.template import Personal
    from syndicate.posts.model import Post


@pytest.fixture
def wrong(make_post: Callable[..., Post]) -> Post:
    """A post of an earlier edition, corrected since."""
    return make_post(
        99,
        title="渡轮 <快讯>",
        updated=datetime(2026, 11, 22, 8, tzinfo=UTC),
        correction="应为 40 辆 & 不是 400 辆。",
    )


def test_a_correction_has_its_title_its_words_and_its_day_at_the_end(
    masthead: Masthead, make_post: Callable[..., Post], wrong: Post
) -> None:
    composed = compose(masthead, [make_post()], [wrong])
    document = lxml.html.document_fromstring(composed.html)
    (section,) = cast("list[HtmlElement]", document.xpath("//td[contains(@class, 'corrections')]"))
    said = str(section.text_content())
    assert [link.get("href") for link in section.iter("a")] == [wrong.url]
    for body in (said, composed.text[composed.text.index("第1条新闻") :]):
        for words in ("更正", wrong.title, wrong.correction, "更正于 2026年11月22日 16:00"):
            assert words in body
    assert (
        composed.html.index("正文。") < composed.html.index("应为") < composed.html.index("您收到")
    )
    assert wrong.url in composed.text.split("\n")


def test_without_corrections_nothing_is_said_of_any(
    masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    composed = compose(masthead, [make_post()])
    assert "更正" not in composed.html + composed.text


def test_a_correction_is_counted_and_never_dropped(
    masthead: Masthead, make_post: Callable[..., Post], wrong: Post
) -> None:
    long = make_post(html="<p>" + "很长的正文。" * 800 + "</p>", summary="摘要" * 80)
    posts = [replace(long, source=f"{n}") for n in range(900)]
    many = [replace(wrong, source=f"w{n}", correction="改" * 500) for n in range(8)]
    composed = compose(masthead, posts, many)
    assert HTML_LIMIT * 0.95 < len(composed.html.encode()) <= HTML_LIMIT
    assert composed.html.count("改" * 500) == composed.text.replace("\n", "").count("改" * 500) == 8
    assert composed.left_out


def test_a_correction_reads_in_the_direction_of_its_post(
    masthead: Masthead, make_post: Callable[..., Post], wrong: Post
) -> None:
    arabic = replace(wrong, language="ar", title="العبّارة", correction="والصواب 40.")
    document = lxml.html.document_fromstring(compose(masthead, [make_post()], [arabic]).html)
    assert document.xpath("//td[contains(@class, 'corrections')]/div/@dir") == ["rtl"]


@pytest.mark.parametrize("field", ["{name|读者}", "{name|" + "读者" * 7 + "}"])
def test_a_long_greeting_is_wrapped_in_the_text_whoever_reads_it(
    masthead: Masthead,
    make_post: Callable[..., Post],
    envelope: Headers,
    reader: Personal,
    field: str,
) -> None:
    greeting = (
        f"{field}，早上好。" + "今天有五篇，其中关于夜航渡轮的那一篇适合就着早茶慢慢读完。" * 2
    )
    composed = compose(replace(masthead, greeting=greeting), [make_post()])
    template = build(composed, envelope)
    for known in ({}, {"name": "Ada Quill of Lanjiang Harbour"}):
        raw = template.fill(replace(reader, fields=known))
        text = message_from_bytes(raw, policy=default).get_body(("plain",))
        assert text is not None
        lines = text.get_content().split("\n")
        assert max(width(line) for line in lines if "早" in line) <= COLUMNS
        said = "".join("".join(lines).split())
        name = known.get("name", field.partition("|")[2].strip("}"))
        assert f"{''.join(name.split())}，早上好。今天有五篇" in said
