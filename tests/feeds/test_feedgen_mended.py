"""Each fault of feedgen by name: what it did, and that it does so no more."""

from __future__ import annotations

import locale
from datetime import UTC, datetime

import pytest
from lxml import etree

from syndicate.feeds.feedgen_mended import MendedEntry, MendedFeed

THEN = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "xml": "http://www.w3.org/XML/1998/namespace",
}


def a_feed(*entries: MendedEntry) -> MendedFeed:
    feed = MendedFeed(page="https://example.com/", updated=THEN)
    feed.id("tag:example.com,2001:feed")
    feed.title("Harbour")
    feed.description("Ships")
    for entry in entries:
        feed.add_entry(entry)
    return feed


def an_entry(number: int = 1, language: str = "") -> MendedEntry:
    entry = MendedEntry(published=THEN, updated=THEN, language=language)
    entry.id(f"tag:example.com,2001:{number}")
    entry.title("A ship")
    entry.link(href="https://example.com/1/", rel="alternate", type="text/html")
    return entry


def found(document: bytes, path: str) -> list[str]:
    result = etree.fromstring(document).xpath(path, namespaces=NAMES)
    assert isinstance(result, list)
    return [str(value) for value in result]


def test_atom_entry_links_keep_rel_type_hreflang_and_length() -> None:
    entry = an_entry()
    entry.link(
        href="https://example.com/1.mp3",
        rel="enclosure",
        type="audio/mpeg",
        hreflang="en",
        length="123",
    )
    document = a_feed(entry).atom_str()
    assert found(document, "//a:entry/a:link/@rel") == ["alternate", "enclosure"]
    assert found(document, "//a:entry/a:link/@type") == ["text/html", "audio/mpeg"]
    assert found(document, "//a:entry/a:link/@hreflang") == ["en"]
    assert found(document, "//a:entry/a:link/@length") == ["123"]


def test_no_date_is_the_time_of_building() -> None:
    feed = a_feed(an_entry())
    assert set(found(feed.atom_str(), "//a:updated/text()|//a:published/text()")) == {
        "2001-02-03T04:05:06+00:00"
    }
    assert set(found(feed.rss_str(), "//lastBuildDate/text()|//pubDate/text()")) == {
        "Sat, 03 Feb 2001 04:05:06 +0000"
    }


def test_rss_dates_leave_the_locale_of_the_process_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise AssertionError("setlocale was called")

    monkeypatch.setattr(locale, "setlocale", refuse)
    assert b"Sat, 03 Feb 2001" in a_feed(an_entry()).rss_str()


@pytest.mark.parametrize("rel", ["self", "hub", "next-archive"])
def test_the_channel_link_is_the_page_whichever_link_came_last(rel: str) -> None:
    feed = a_feed()
    feed.link(href="https://other.example/", rel=rel)
    assert found(feed.rss_str(), "/rss/channel/link/text()") == ["https://example.com/"]


def test_a_hub_link_is_in_rss_too() -> None:
    feed = a_feed()
    feed.link(href="https://hub.example/", rel="hub")
    assert found(feed.rss_str(), "//channel/a:link[@rel='hub']/@href") == ["https://hub.example/"]


def test_an_author_without_an_address_is_a_creator_in_rss() -> None:
    entry = an_entry()
    entry.author([{"name": "Ann"}, {"name": "张三"}])
    document = a_feed(entry).rss_str()
    assert found(document, "//item/dc:creator/text()") == ["Ann", "张三"]
    assert found(document, "//item/author") == []


def test_the_namespaces_are_declared_once() -> None:
    entries = [an_entry(number) for number in range(3)]
    for entry in entries:
        entry.author(name="Ann")
        entry.content("<p>x</p>", type="html")
        entry.description("x", isSummary=True)
    document = a_feed(*entries).rss_str()
    assert document.count(b"xmlns:") == document.partition(b"<channel>")[0].count(b"xmlns:")
    assert document.count(b"<dc:creator>") == document.count(b"<content:encoded>") == 3


def test_a_picture_is_described_in_both_formats() -> None:
    entry = an_entry()
    entry.picture("https://example.com/1.png", "A ship")
    feed = a_feed(entry)
    for document in (feed.rss_str(), feed.atom_str()):
        assert found(document, "//media:content[@medium='image']/@url") == [
            "https://example.com/1.png"
        ]
        assert found(document, "//media:content/media:description/text()") == ["A ship"]
        assert document.count(b"xmlns:media=") == 1


def test_entries_stand_in_the_order_in_which_they_were_added() -> None:
    feed = a_feed(*(an_entry(number) for number in range(3)))
    ids = [f"tag:example.com,2001:{number}" for number in range(3)]
    assert found(feed.rss_str(), "//guid/text()") == ids
    assert found(feed.atom_str(), "//a:entry/a:id/text()") == ids


def test_an_entry_says_its_language_only_where_it_is_another() -> None:
    document = a_feed(an_entry(1), an_entry(2, language="zh-CN")).atom_str()
    assert found(document, "//a:entry/@xml:lang") == ["zh-CN"]


def test_a_feed_can_be_written_twice_and_in_both_formats() -> None:
    feed = a_feed(an_entry())
    first = feed.rss_str(), feed.atom_str()
    assert (feed.rss_str(), feed.atom_str()) == first
