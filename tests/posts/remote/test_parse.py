"""Any feed is read, however broken; anything else is refused in one line."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import FetchError
from syndicate.posts.media.episode import Enclosure
from syndicate.posts.remote.model import Document, Entry
from syndicate.posts.remote.parse import parse
from syndicate.posts.text import plain_text

FEEDS = Path(__file__).parent / "feeds"
URL = "https://harbour.example/feed"
BOATS = Entry(
    guid="tag:harbour.example,2026:boats",
    link="https://harbour.example/boats",
    image="https://harbour.example/boats.jpg",
    title="Boats & tides",
    html="…",
    base="…",
    published=datetime(2026, 11, 20, 0, 0, tzinfo=UTC),
    authors=("Ann Keel",),
    terms=("News", "Tides"),
    language="en-GB",
)
KNOTS = Entry(
    guid="tag:harbour.example,2026:knots",
    link="https://harbour.example/knots",
    title="A talk about knots",
    html="<p>Sixty of them.</p>",
    base="…",
    published=datetime(2026, 11, 19, 10, 30, tzinfo=UTC),
    authors=("Bo Sheet",),
    terms=("News",),
    language="en-GB",
    media=(Enclosure(url="https://harbour.example/knots.mp3", type="audio/mpeg", length=4096),),
    duration=3723,
)


def read(data: str | bytes, kind: str = "application/xml") -> Document:
    return parse(data if isinstance(data, bytes) else data.encode(), kind, URL)


def rss(*items: str, channel: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel>{channel}{inside}</channel></rss>'


def one(*parts: str) -> Entry:
    (entry,) = read(rss("".join(parts))).entries
    return entry


def refusal(data: str | bytes, kind: str = "text/html") -> str:
    with pytest.raises(FetchError) as refused:
        read(data, kind)
    return str(refused.value)


# What feeds say


@pytest.mark.parametrize("name", ["harbour.rss.xml", "harbour.atom.xml", "harbour.json"])
def test_every_format_says_the_same(name: str) -> None:
    document = read((FEEDS / name).read_bytes())
    boats, knots = document.entries
    shown = {field: getattr(boats, field) for field in Entry.__slots__ if field not in _BY_FORMAT}
    assert shown == {field: getattr(BOATS, field) for field in shown}
    assert "High water at <a href=" in boats.html
    assert plain_text(boats.excerpt) == "High water at noon."
    shown = {field: getattr(knots, field) for field in Entry.__slots__ if field not in _BY_TIME}
    assert shown == {field: getattr(KNOTS, field) for field in shown}
    assert (document.home, document.mended) == ("https://harbour.example/", ())


#: Markup and bases differ, and only Atom has to say when an entry was updated.
_BY_TIME = {"base", "updated"}
_BY_FORMAT = {"html", "excerpt", *_BY_TIME}


def test_a_feed_may_ask_to_be_left_alone() -> None:
    assert read((FEEDS / "harbour.rss.xml").read_bytes()).fresh_for == 90 * 60


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("<author>ann@a.example (Ann)</author>", ("Ann",)),
        ("<author>ann@a.example</author>", ()),
        ("<author>Ann</author>", ("Ann",)),
        ("<dc:creator>Ann (ann@a.example)</dc:creator>", ("Ann",)),
        ("<dc:creator>@ann</dc:creator>", ("@ann",)),
        ("<author></author>", ()),
    ],
)
def test_authors_are_names_and_never_addresses(written: str, names: tuple[str, ...]) -> None:
    assert one("<title>A</title>", written).authors == names


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("A &amp;amp; B", "A & B"),
        ("&lt;b&gt;A&lt;/b&gt; &lt;i&gt;B&lt;/i&gt;", "A B"),
        ("<![CDATA[A & B]]>", "A & B"),
        ("\n A\n B ", "A B"),
    ],
)
def test_titles_are_plain_text(title: str, text: str) -> None:
    assert one(f"<title>{title}</title>").title == text


@pytest.mark.parametrize("written", ["javascript:alert(1)", "data:text/html,x", "ftp://a/b"])
def test_addresses_are_of_the_web_or_none(written: str) -> None:
    entry = one(
        f"<guid>1</guid><link>{written}</link>",
        f'<enclosure url="{written}" type="audio/mpeg" length="1"/>',
        f'<media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="{written}"/>',
    )
    assert (entry.link, entry.media, entry.image) == ("", (), "")


def test_an_id_stays_as_it_is_written_wherever_the_feed_is() -> None:
    data = rss("<guid>7</guid><title>A</title>").encode()
    moved = parse(data, "", "https://elsewhere.example/feed")
    assert moved.entries[0].guid == read(data).entries[0].guid == "7"


def test_an_entry_without_an_id_is_known_by_its_title_and_day() -> None:
    day = "<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate>"
    first = one("<title>A</title>", day, "<description>One.</description>")
    assert first.guid == one("<title>A</title>", day, "<description>Two.</description>").guid
    assert first.guid != one("<title>B</title>", day).guid


def test_text_that_is_no_html_is_shown_as_it_is_written() -> None:
    feed = {"version": "https://jsonfeed.org/version/1", "items": [{"id": 1}]}
    feed["items"] = [{"id": 1, "content_text": "a <b>\nc\n\nd & e"}]
    (entry,) = read(json.dumps(feed)).entries
    assert entry.html == "<p>a &lt;b&gt;<br>\nc</p>\n<p>d &amp; e</p>"
    assert entry.guid == "1"


# Broken feeds


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (rss("<title>A</title>").replace("</channel></rss>", ""), "A"),
        (rss("<title>A&nbsp;B &eacute;</title>"), "A B é"),
        (rss("<title>AT&T</title>"), "AT&T"),
        (rss("<title>A</title><x:y>z</x:y>"), "A"),
        (rss("<title>A</titel>"), "A"),
        (rss("<title>A\x0b\x00B</title>"), "AB"),
        ("\n\ufeff <?xml version='1.0'?>" + rss("<title>A</title>"), "A"),
    ],
)
def test_of_a_broken_feed_what_can_be_read_is_taken(data: str, title: str) -> None:
    assert [entry.title for entry in read(data).entries] == [title]


def test_a_broken_feed_is_told_with_its_line() -> None:
    (told,) = read(rss("<title>A</title>").replace("<item>", "\n<item>\n&nbsp;")).mended
    assert "line 3" in told
    assert "what can be read was taken" in told


def test_a_prefix_without_a_namespace_means_what_it_always_means() -> None:
    entry = one("<title>A</title><content:encoded>&lt;p&gt;B&lt;/p&gt;</content:encoded>")
    assert entry.html == "<p>B</p>"


@pytest.mark.parametrize(
    ("encoding", "declared", "kind"),
    [
        ("gb18030", "GBK", "text/xml"),
        ("gb18030", "gb2312", ""),
        ("big5", "UTF-8", "application/xml; charset=Big5"),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("utf-8", "iso-8859-1", "text/xml"),
        ("utf-16", "utf-16", ""),
        ("utf-8-sig", "gbk", "text/xml; charset=gbk"),
        ("utf-8", "unicode_escape", "text/xml; charset=punycode"),
    ],
)
def test_the_encoding_is_found_whatever_is_said_of_it(
    encoding: str, declared: str, kind: str
) -> None:
    text = f"<?xml version='1.0' encoding='{declared}'?>{rss('<title>央行：下調</title>')}"
    assert read(text.encode(encoding), kind).entries[0].title == "央行：下調"


def test_what_is_in_latin_letters_is_read_as_browsers_read_it() -> None:
    text = f"<?xml version='1.0' encoding='iso-8859-1'?>{rss('<title>Café “à”</title>')}"
    assert read(text.encode("cp1252")).entries[0].title == "Café “à”"


def test_of_a_flood_the_first_ten_thousand_are_taken() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"id": n} for n in range(10_003)],
    }
    document = read(json.dumps(feed))
    assert [document.entries[0].guid, document.entries[-1].guid] == ["0", "9999"]
    assert document.mended == ("of 10003 entries the first 10000 were taken",)


# What is refused


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("", "neither XML nor JSON came, but 0 bytes (text/html)"),
        ("Just words.", "neither XML nor JSON came"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "neither RSS nor Atom: <svg>"),
        ("{", "it looks like JSON and is none"),
        ("[" * 100_000, "it looks like JSON and is none"),
        ('{"items": []}', "no JSON Feed"),
        ("<!DOCTYPE rss [<!ENTITY a 'b'>]>" + rss(), "DOCTYPE or entities at line 1"),
        ("<!-- <a> -->\n<!doctype rss>" + rss(), "DOCTYPE or entities at line 2"),
        ("<rss>" + "<a>" * 700_000, "more than 600000 tags"),
        ("<", "broken from its beginning"),
    ],
)
def test_what_is_no_feed_or_a_trap_is_one_line(data: str, line: str) -> None:
    message = refusal(data)
    assert line in message
    assert "\n" not in message


def test_a_doctype_that_is_quoted_is_no_doctype() -> None:
    entry = one("<title>A</title><description><![CDATA[<!DOCTYPE html><p>B</p>]]></description>")
    assert "<p>B</p>" in entry.html


def test_a_page_is_told_with_the_feeds_that_it_names() -> None:
    page = (
        "<!doctype html><html><head><title>Harbour\n Office</title>"
        '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        '<link rel="alternate" type="application/atom+xml" href="https://b.example/atom">'
        '<link rel="stylesheet" href="/style.css"></head>'
    )
    message = refusal(page)
    assert message == (
        "a web page came, no feed ('Harbour Office'); it names https://harbour.example/feed.xml "
        "and https://b.example/atom: put that as url"
    )
    assert "look for its feed's address" in refusal("<?xml version='1.0'?>\n<html/>")


@pytest.mark.slow
@pytest.mark.parametrize(
    "item",
    [
        "<author>" + "a" * 3_000_000 + "</author>",
        "<author>" + "a@" * 1_000_000 + "</author>",
        "<pubDate>" + "1 " * 1_000_000 + "</pubDate>",
        "<title>" + "&lt;b " * 500_000 + "</title>",
        "<title>" + "&" * 500_000 + "</title>",
        "<description>" + "&lt;div&gt;" * 200_000 + "</description>",
        "<link>" + "//" * 1_000_000 + "</link>",
        "<![CDATA[" * 300_000,
        "<!--" * 300_000,
    ],
    ids=range(9),
)
def test_three_megabytes_of_malice_are_read_at_once(item: str) -> None:
    begun = time.process_time()
    read(rss(item))
    # Each takes half a second at most; in quadratic time it would be hours.
    assert time.process_time() - begun < 10


@given(st.binary(max_size=300), st.sampled_from(["", "text/xml; charset=gbk", "text/html"]))
def test_any_bytes_give_a_feed_or_one_line(data: bytes, kind: str) -> None:
    _read_or_refuse(data, kind)


_PIECES = st.sampled_from(
    [
        *("<rss version='2.0'>", "<channel>", "<item>", "</item>", "<entry>", "</entry>"),
        *("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='x:['>", "<title type='html'>"),
        *("</title>", "<link href='", "//[", "'/>", "<link>", "</link>", "<guid>", "</guid>"),
        *("<content type='xhtml'>", "<div>", "</content>", "<author>", "<name>", "a@b", "</name>"),
        *("<pubDate>", "9999999", "-1", "Mon, 32 Foo 0000 99:99:99", "</pubDate>", "<updated>"),
        *("<category term='", "<enclosure url='a.mp3' length='x'/>", "<itunes:duration>1:x:"),
        *("&#0;", "&#xD800;", "&amp;", "&bogus;", "&", "<!", "<![CDATA[", "]]>", "<!--", "-->"),
        *(
            "<?x",
            "?>",
            "\ud800",
            "\x00",
            "é",
            "\ufeff",
            '"',
            "<dc:creator xmlns:dc=''>",
            "<a:b:c/>",
        ),
        *(
            "<geo:lat>",
            "<georss:point>1 x</georss:point>",
            "<media:content url='x'",
            "/>",
            " xml:lang='",
        ),
    ]
)


@pytest.mark.slow
@given(st.lists(_PIECES, max_size=25).map("".join))
def test_anything_like_xml_gives_a_feed_or_one_line(text: str) -> None:
    _read_or_refuse(text.encode("utf-8", "surrogatepass"), "application/xml")
    inside = f"<rss version='2.0'><channel><item>{text}</item></channel></rss>"
    _read_or_refuse(inside.encode("utf-8", "surrogatepass"), "application/xml")


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "url", "title", "content_html", "content_text", "summary", "image"),
                    *("date_published", "authors", "author", "name", "tags", "attachments"),
                    *("mime_type", "size_in_bytes", "duration_in_seconds", "language"),
                ]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


@pytest.mark.slow
@given(_JSON, _JSON)
def test_any_json_feed_is_read_as_far_as_it_makes_sense(item: object, language: object) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "language": language,
        "items": [item, {"id": "sure"}],
    }
    document = read(json.dumps(feed))
    assert document.entries[-1].guid == "sure"
    for entry in document.entries:
        assert Entry.from_json(entry.to_json()) == entry


def _read_or_refuse(data: bytes, kind: str) -> None:
    line, entries = "", tuple[Entry, ...]()
    try:
        entries = read(data, kind).entries
    except FetchError as error:
        line = str(error)
    assert "\n" not in line
    for entry in entries:
        assert entry.guid
        assert Entry.from_json(entry.to_json()) == entry
