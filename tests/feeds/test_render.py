"""Laws of all formats, for every text that a post may hold."""

from __future__ import annotations

import json
from calendar import timegm
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from syndicate.feeds.model import Feed, Format
from syndicate.feeds.render import render
from syndicate.posts.model import Image, Post

if TYPE_CHECKING:
    from collections.abc import Callable

HUB = "https://hub.example/"
NASTY = ["]]>", "<![CDATA[", "\x00", "\x0b", "\x85", "\x7f", "\ud800", "\udfff", "\ufffe", "\uffff"]
NASTY += [
    "😀",
    "مرحبا\u202e",
    "央行：",
    "&nbsp;",
    "&",
    "<b",
    "<!DOCTYPE x>",
    "\r\n",
    "\u2028",
    "'\"",
]

texts = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), max_size=6).map("".join)
some = st.lists(texts, max_size=3).map(tuple)
pictures = st.none() | st.builds(Image, texts.map("https://example.com/{}.png".format), texts)
dates = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@st.composite
def posts(draw: st.DrawFn, number: int) -> Post:
    return Post(
        source=f"_posts/{number}.md",
        id=f"tag:example.com,2026:{number}",
        url=f"https://example.com/{number}/",
        title=draw(texts),
        published=draw(dates),
        updated=draw(dates),
        categories=draw(some),
        tags=draw(some),
        authors=draw(some),
        language=draw(st.sampled_from(["en", "zh-CN", "ar"])),
        image=draw(pictures),
        html=draw(texts),
        summary=draw(texts),
    )


@st.composite
def feeds(draw: st.DrawFn) -> Feed:
    return Feed(
        id="tag:example.com,2026:feed",
        title=draw(texts),
        description=draw(texts),
        language="en",
        page="https://example.com/",
        base="https://feeds.example.com/",
        posts=tuple(draw(posts(number)) for number in range(draw(st.integers(0, 3)))),
        since=draw(dates),
        scheme="https://feeds.example.com/categories/",
        image=draw(pictures),
    )


def strict(document: bytes) -> etree._Element:
    parser = etree.XMLParser(recover=False, resolve_entities=False, no_network=True)
    return etree.fromstring(document, parser)


def parsed(document: bytes) -> Any:  # noqa: ANN401 - feedparser has no types
    result = feedparser.parse(document)
    assert not result.bozo, result.get("bozo_exception")
    return result


def seconds(moment: datetime) -> int:
    return int(moment.replace(microsecond=0).timestamp())


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(feeds())
def test_every_document_parses_whatever_the_posts_hold(feed: Feed) -> None:
    for kind in (Format.RSS, Format.ATOM):
        document = render(feed, kind, hub=HUB)
        strict(document)
        parsed(document)
    assert len(json.loads(render(feed, Format.JSON, hub=HUB))["items"]) == len(feed.posts)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(feeds())
def test_the_formats_agree_on_ids_their_order_and_their_dates(feed: Feed) -> None:
    rss, atom = (parsed(render(feed, kind)).entries for kind in (Format.RSS, Format.ATOM))
    items = json.loads(render(feed, Format.JSON))["items"]
    assert [entry.id for entry in rss] == [entry.id for entry in atom]
    assert [entry.id for entry in rss] == [item["id"] for item in items]
    assert [entry.id for entry in rss] == [post.id for post in feed.posts]
    published = [seconds(post.published) for post in feed.posts]
    assert [timegm(entry.published_parsed) for entry in rss] == published
    assert [timegm(entry.published_parsed) for entry in atom] == published
    assert [seconds(datetime.fromisoformat(item["date_published"])) for item in items] == published
    updated = [seconds(post.updated) for post in feed.posts]
    assert [timegm(entry.updated_parsed) for entry in atom] == updated
    assert [seconds(datetime.fromisoformat(item["date_modified"])) for item in items] == updated


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(feeds())
def test_the_formats_agree_on_titles_content_categories_and_authors(feed: Feed) -> None:
    items = json.loads(render(feed, Format.JSON))["items"]
    channel = strict(render(feed, Format.RSS)).findall("channel/item")
    atom = strict(render(feed, Format.ATOM)).findall("{*}entry")
    for item, rss, entry in zip(items, channel, atom, strict=True):
        assert item["title"] == rss.findtext("title") == entry.findtext("{*}title")
        body = item.get("content_html")
        # Not Media RSS's, which is a picture.
        assert body == entry.findtext("{http://www.w3.org/2005/Atom}content")
        # RSS has one place for HTML: the description, unless a summary is there.
        summary = item.get("summary")
        assert body == rss.findtext("{*}encoded" if body is None or summary else "description")
        assert item.get("tags", []) == list(
            dict.fromkeys(element.get("term") for element in entry.findall("{*}category"))
        )
        assert [element.text for element in rss.findall("category")] == [
            element.get("label") for element in entry.findall("{*}category")
        ]
        names = [author["name"] for author in item.get("authors", [])]
        assert names == [element.text for element in rss.findall("{*}creator")]
        assert names == [element.text for element in entry.findall("{*}author/{*}name")]


@settings(max_examples=30, deadline=None)
@given(feeds(), st.sampled_from(Format))
def test_the_same_feed_gives_the_same_bytes(feed: Feed, kind: Format) -> None:
    assert render(feed, kind, hub=HUB) == render(feed, kind, hub=HUB)


@pytest.mark.parametrize("kind", Format)
def test_only_what_the_feed_says_is_in_the_bytes(
    kind: Format, make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    """No time of building and no version of ours: all the figures come from the feed."""
    then = datetime(1999, 9, 9, 9, 9, 9, tzinfo=UTC)
    post = make_post(published=then, updated=then)
    document = render(make_feed(post, since=then), kind).decode()
    this_year = str(datetime.now(UTC).year)
    for given_text in (post.id, "tag:example.com,2026:harbour"):
        document = document.replace(given_text, "")
    assert this_year not in document
    assert document.count("1999") == {Format.RSS: 2, Format.ATOM: 3, Format.JSON: 2}[kind]


@pytest.mark.parametrize("kind", Format)
def test_one_bad_character_costs_no_other_post(
    kind: Format, make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    bad = make_post(2, title="a\x00b\ud83d", html="<p>\x0c]]>\uffff</p>", authors=("\x01",))
    document = render(make_feed(make_post(1), bad, make_post(3)), kind).decode()
    assert all(f"tag:example.com,2026:post-{number}" in document for number in (1, 2, 3))
    assert ">ab<" in document or '"ab"' in document


@pytest.mark.parametrize("kind", Format)
def test_a_post_whose_title_is_nothing_is_named_by_its_address(
    kind: Format, make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    document = render(make_feed(make_post(1, title="\x00")), kind)
    assert document.count(b"https://example.com/1/") == 2


@pytest.mark.parametrize("kind", Format)
def test_the_same_moment_is_the_same_moment_in_every_zone(
    kind: Format, make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    shanghai = timezone(timedelta(hours=8))
    moment = datetime(2026, 3, 2, 1, 30, tzinfo=shanghai)
    parts = ("2026-03-02T01:30:00+08:00", "Mon, 02 Mar 2026 01:30:00 +0800")
    document = render(make_feed(make_post(1, published=moment)), kind).decode()
    assert any(part in document for part in parts)


@pytest.mark.parametrize("kind", Format)
def test_times_are_told_to_the_second_in_every_format(
    kind: Format, make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    moment = datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=UTC)
    document = render(make_feed(make_post(1, published=moment, updated=moment)), kind)
    assert b"01:30:00" in document
    assert b"123456" not in document


@pytest.mark.parametrize("kind", [Format.RSS, Format.ATOM])
def test_xml_is_utf_8_with_a_declaration_and_neither_byte_order_mark_nor_doctype(
    kind: Format, make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    document = render(make_feed(make_post(1, title="央行")), kind)
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<")
    assert b"<!DOCTYPE" not in document
    assert "央行" in document.decode("utf-8")


@pytest.mark.parametrize("kind", Format)
def test_a_feed_without_posts_is_valid_and_dated_by_its_beginning(
    kind: Format, make_feed: Callable[..., Feed]
) -> None:
    document = render(make_feed(), kind)
    if kind is Format.JSON:
        assert json.loads(document)["items"] == []
    else:
        assert timegm(parsed(document).feed.updated_parsed) == seconds(make_feed().since)
