"""Laws of the validator, beside those of its single messages."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.feeds.check import check, check_agreement, errors
from syndicate.feeds.model import Feed, Format
from syndicate.feeds.render import render
from syndicate.feeds.validate import json_lines
from syndicate.feeds.validate.model import SEVERITIES, Finding, Severity
from syndicate.posts.html.sanitise import Sink, sanitise
from syndicate.posts.model import Image, Post
from tests.feeds.test_check_messages import GOOD, NOW, URLS, messages
from tests.feeds.test_render import feeds

if TYPE_CHECKING:
    from collections.abc import Callable

HUB = "https://hub.example/"
#: Later than any post that hypothesis makes.
LATE = datetime(2101, 1, 1, tzinfo=UTC)


def found(feed: Feed, kind: Format) -> list[Finding]:
    return check(render(feed, kind, hub=HUB), kind, url=feed.url(kind), now=LATE)


# What we write ourselves

words = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=12).filter(
    str.strip
)
names = st.lists(words, max_size=3).map(tuple)
pictures = st.none() | st.builds(Image, st.just("https://example.com/央 行|1.png"), words)
bodies = st.builds(
    lambda text, path: sanitise(
        f'<p onclick="x">{text} <a href="https://example.com/{path}">央行：</a><script>1</script></p>'
        f'<img src="https://example.com/{path}.png" width="1" style="position:fixed">',
        Sink.FEED,
    ),
    words,
    st.text("abcxyz-./", max_size=8),
)


@st.composite
def site_feeds(draw: st.DrawFn) -> Feed:
    """Feeds as ingest and the publisher hand them over: sanitised, newest first."""
    days = sorted(draw(st.lists(st.integers(0, 4000), max_size=4)), reverse=True)
    moments = [datetime(2015, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in days]
    archive = draw(st.booleans())
    base = "https://feeds.example.com/"
    return Feed(
        id="tag:example.com,2026:feed",
        title=draw(words),
        description=draw(words),
        language=draw(st.sampled_from(["en", "zh-CN", "zh-Hant-TW"])),
        page="https://example.com/",
        base=f"{base}archive/2/" if archive else base,
        current=base if archive else "",
        previous=f"{base}archive/1/" if archive or draw(st.booleans()) else "",
        following=f"{base}archive/3/" if archive else "",
        posts=tuple(
            Post(
                source=f"_posts/{number}.md",
                id=f"tag:example.com,2026:{number}",
                url=f"https://example.com/{number}/",
                title=draw(words),
                published=moment,
                updated=moment + timedelta(hours=draw(st.integers(0, 9))),
                categories=draw(names),
                tags=draw(names),
                authors=draw(names),
                language=draw(st.sampled_from(["en", "zh-CN", "ar"])),
                image=draw(pictures),
                html=draw(bodies),
                summary=draw(words | st.just("")),
            )
            for number, moment in enumerate(moments)
        ),
        since=datetime(2015, 1, 1, tzinfo=UTC),
        scheme="https://feeds.example.com/categories/",
        image=draw(pictures),
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(site_feeds(), st.booleans())
def test_what_we_write_has_no_findings(feed: Feed, full: bool) -> None:
    feed = feed if full else feed.excerpt()
    for kind in Format:
        assert found(feed, kind) == []
    assert check_agreement({kind: render(feed, kind) for kind in Format}) == []


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(feeds())
def test_no_text_of_a_post_makes_an_error(feed: Feed) -> None:
    """Else one odd post would keep a whole feed as it was."""
    for kind in Format:
        document = render(feed, kind, hub=HUB)
        assert errors(document, kind, url=feed.url(kind)) == []
        assert {one.severity for one in found(feed, kind)} <= {Severity.WARNING, Severity.INFO}
    assert check_agreement({kind: render(feed, kind) for kind in Format}) == []


# Any input


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(Format), st.data())
def test_no_document_is_too_broken_to_be_checked(kind: Format, data: st.DataObject) -> None:
    good = GOOD[kind].encode()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)))
    broken = good[:start] + data.draw(st.binary(max_size=6)) + good[end:]
    lines = broken.count(b"\n") + 1
    for one in check(broken, kind, url=URLS[kind], now=NOW):
        assert SEVERITIES[one.message] is one.severity
        assert one.line is None or 1 <= one.line <= lines
        assert one.element
        assert "\n" not in str(one)


@given(st.binary(max_size=60), st.sampled_from(Format))
def test_anything_at_all_can_be_checked(data: bytes, kind: Format) -> None:
    assert check(data, kind, now=NOW)
    assert check_agreement({Format.RSS: data, Format.ATOM: data, Format.JSON: data}) is not None


@pytest.mark.parametrize("kind", Format)
def test_a_broken_element_hides_no_other(kind: Format) -> None:
    text = GOOD[kind]
    if kind is Format.JSON:
        text = text.replace('"2026-03-02T12:00:00Z"', '"soon"').replace('"tides"]', "7]")
        assert messages(text, kind) == {"InvalidRFC3339Date", "InvalidValue"}
    elif kind is Format.RSS:
        text = text.replace("<ttl>5<", "<ttl>x<").replace("<itunes:type>episodic", "<itunes:type>x")
        assert messages(text, kind) == {"InvalidPositiveInteger", "InvalidItunesChannelType"}
    else:
        text = text.replace("<updated>2026-03-02T12", "<updated>soon").replace('label="', 'lab="')
        assert messages(text, kind) == {"InvalidRFC3339Date", "UnexpectedAttribute"}


@pytest.mark.parametrize("kind", [Format.RSS, Format.ATOM])
def test_a_document_of_the_other_format_is_told_as_such(kind: Format) -> None:
    other = Format.ATOM if kind is Format.RSS else Format.RSS
    assert messages(GOOD[other], kind) == {"UndefinedElement"}


def test_findings_come_by_line() -> None:
    text = GOOD[Format.RSS].replace("2026", "26").replace("<width>88", "<width>x")
    lines = [one.line or 0 for one in check(text.encode(), Format.RSS, now=NOW)]
    assert lines == sorted(lines)
    assert len(set(lines)) > 3


# Hostile input


def test_entities_are_not_replaced_and_nothing_is_read_from_elsewhere(tmp_path: object) -> None:
    bomb = "".join(f'<!ENTITY {b} "&{a};&{a};">' for a, b in pairwise("abcdefghij"))
    for inner in (bomb, f'<!ENTITY a SYSTEM "file://{tmp_path}/secret">'):
        document = f"<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE rss [{inner}]><rss>&a;</rss>"
        assert messages(document, Format.RSS) == {"InvalidDoctype"}


HOSTILE = {
    "comments": (Format.RSS, "<!--" * 50_000),
    "instructions": (Format.RSS, "<? " * 70_000),
    "depth": (Format.RSS, "<rss>" * 40_000),
    "names": (
        Format.RSS,
        GOOD[Format.RSS].replace("<ttl>", "<" + "a" * 49_000 + "/>" + "<b/>" * 9000),
    ),
    "guids": (Format.RSS, GOOD[Format.RSS].replace("<item>", "<item/>" * 9000 + "<item>", 1)),
    "title": (Format.RSS, GOOD[Format.RSS].replace("All of the harbour", "&lt;/&amp;a@" * 12_000)),
    "html": (Format.JSON, GOOD[Format.JSON].replace("It is <a", "<b><a href=" * 12_000)),
    "quotes": (Format.JSON, '{"a' * 50_000),
    "arrays": (Format.JSON, '{"items": [' + "[" * 100_000),
    "pairs": (Format.JSON, '{"items": [' + '{"a": 1, "a": 2},' * 6000 + "{}]}"),
    "long name": (
        Format.JSON,
        '{"_' + "a" * 99_000 + '": {' + '"b": 1, ' * 9000 + '"c": {}}, "items": []}',
    ),
    "deep names": (Format.JSON, '{"_a": ' + '{"_b": ' * 400 + "[1]" + "}" * 400 + "}"),
    "number": (Format.JSON, '{"version": ' + "1" * 100_000 + "}"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_size_and_no_faster(name: str) -> None:
    kind, text = HOSTILE[name]
    data = text.encode()
    began = time.process_time()
    check(data, kind, now=NOW)
    # Microseconds a byte; what is quadratic takes a thousand times as long.
    assert (time.process_time() - began) / len(data) < 50e-6


# Lines of JSON


def test_a_finding_in_json_has_the_line_of_what_it_blames() -> None:
    lines = GOOD[Format.JSON].splitlines()
    places = json_lines.lines(GOOD[Format.JSON])
    for place, text in {
        "title": '"title"',
        "authors[1]/url": '"authors"',
        "items[1]": "{",
        "items[1]/tags[2]": '"tags"',
        "items[1]/attachments[1]/mime_type": "mime_type",
        "items[2]/id": "example.com/1/",
        "items[2]/date_published": "2026-03-01",
    }.items():
        assert text in lines[places[place] - 1]


# Agreement


def test_the_formats_of_a_feed_tell_the_same(
    make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    first, second, third = (make_post(number) for number in (1, 2, 3))
    feed = make_feed(first, second, third)
    good = {kind: render(feed, kind) for kind in Format}
    assert check_agreement(good) == []

    def with_json(*posts: Post) -> set[tuple[str, str]]:
        other = render(make_feed(*posts), Format.JSON)
        agreed = check_agreement(good | {Format.JSON: other})
        return {(one.message, one.element) for one in agreed}

    assert with_json(first, third, second) == {("OrderDisagrees", "feed.json/items[2]")}
    assert with_json(first, second) == {("IdsDisagree", "feed.json/document")}
    assert with_json(first, second, third, make_post(4)) == {("IdsDisagree", "feed.json/items[4]")}
    assert with_json() == {("IdsDisagree", "feed.json/document")}
    later = make_post(2, published=second.published + timedelta(seconds=1))
    assert with_json(first, later, third) == {("DatesDisagree", "feed.json/items[2]")}


def test_updates_are_compared_where_both_formats_tell_them(
    make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    post = make_post(1)
    newer = make_post(1, updated=post.updated + timedelta(seconds=1))
    documents = {
        Format.ATOM: render(make_feed(post), Format.ATOM),
        Format.JSON: render(make_feed(newer), Format.JSON),
    }
    assert {one.message for one in check_agreement(documents)} == {"DatesDisagree"}


def test_a_document_that_cant_be_parsed_says_nothing_of_its_posts(
    make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    document = render(make_feed(make_post(1)), Format.RSS)
    assert check_agreement({Format.RSS: document, Format.JSON: b"{"}) == []
    assert check_agreement({}) == []


# Errors alone


@pytest.mark.parametrize("kind", Format)
def test_errors_are_those_that_check_finds(kind: Format) -> None:
    text = re.sub(r"2026-03-0|Mar", "x", GOOD[kind]).replace("example.com", "", 1)
    wanted = [one for one in check(text.encode(), kind, now=NOW) if one.severity is Severity.ERROR]
    assert wanted
    told = errors(text.encode(), kind)
    assert {(one.message, one.element) for one in told} == {
        (one.message, one.element) for one in wanted
    }
