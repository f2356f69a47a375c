"""RSS 2.0 after the RSS Advisory Board's profile, and Atom after RFC 4287."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from syndicate.feeds.model import FRESH_FOR, Feed, Format
from syndicate.feeds.render import render
from syndicate.posts.model import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.posts.model import Post

    MakePost = Callable[..., Post]
    MakeFeed = Callable[..., Feed]

HUB = "https://hub.example/"
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "c": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "xml": "http://www.w3.org/XML/1998/namespace",
}


def found(feed: Feed, kind: Format, path: str) -> list[str]:
    result = etree.fromstring(render(feed, kind, hub=HUB)).xpath(path, namespaces=NAMES)
    assert isinstance(result, list)
    return [str(value) for value in result]


def in_rss(feed: Feed, path: str) -> list[str]:
    return found(feed, Format.RSS, path)


def in_atom(feed: Feed, path: str) -> list[str]:
    return found(feed, Format.ATOM, path)


def test_a_channel_has_title_link_and_description(make_feed: MakeFeed) -> None:
    feed = make_feed()
    assert in_rss(feed, "/rss/channel/title/text()") == ["Harbour"]
    assert in_rss(feed, "/rss/channel/link/text()") == ["https://example.com/harbour/"]
    assert in_rss(feed, "/rss/channel/description/text()") == ["Ships and tides"]
    assert in_rss(make_feed(description=""), "/rss/channel/description/text()") == ["Harbour"]


def test_an_item_always_has_a_title_and_its_address(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1, html="", summary=""))
    assert in_rss(feed, "//item/title/text()") == ["Harbour news 1"]
    assert in_rss(feed, "//item/link/text()") == ["https://example.com/1/"]
    assert in_rss(feed, "//item/description") == []


def test_a_guid_is_the_posts_id_whatever_its_title_and_address(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    moved = make_post(1, title="Other", url="https://elsewhere.example/x/")
    for post in (make_post(1), moved):
        feed = make_feed(post)
        assert in_rss(feed, "//guid[@isPermaLink='false']/text()") == [post.id]
        assert in_atom(feed, "//a:entry/a:id/text()") == [post.id]


def test_rss_dates_are_rfc_822_with_four_digit_years_and_numeric_zones(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1), make_post(2))
    dates = in_rss(feed, "//pubDate/text()|//lastBuildDate/text()")
    assert dates[1:] == ["Mon, 02 Mar 2026 11:00:00 +0000", "Mon, 02 Mar 2026 10:00:00 +0000"]
    form = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
    assert all(re.fullmatch(form, date) for date in dates)


def test_a_feed_is_dated_by_its_newest_change(make_post: MakePost, make_feed: MakeFeed) -> None:
    corrected = datetime(2026, 3, 5, 6, 7, 8, tzinfo=UTC)
    old = make_post(9, updated=corrected)
    feed = make_feed(make_post(1), old)
    assert in_rss(feed, "//lastBuildDate/text()") == ["Thu, 05 Mar 2026 06:07:08 +0000"]
    assert in_atom(feed, "/a:feed/a:updated/text()") == ["2026-03-05T06:07:08+00:00"]
    assert in_atom(feed, "//a:entry[2]/a:updated/text()") == ["2026-03-05T06:07:08+00:00"]
    assert in_atom(feed, "//a:entry[2]/a:published/text()") == [old.published.isoformat()]


def test_the_description_comes_before_the_content(make_post: MakePost, make_feed: MakeFeed) -> None:
    feed = make_feed(make_post(1))
    assert in_rss(feed, "//description/following-sibling::c:encoded/text()") == [
        "<p>The ferry is late.</p>"
    ]


def test_a_summary_is_text_in_atom_and_html_in_rss(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1, summary="1 < 2 & <b>"))
    assert in_atom(feed, "//a:summary[@type='text']/text()") == ["1 < 2 & <b>"]
    assert in_rss(feed, "//item/description/text()") == ["1 &lt; 2 &amp; &lt;b&gt;"]


def test_without_a_summary_the_content_is_the_description(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1, summary=""))
    assert in_rss(feed, "//item/description/text()") == ["<p>The ferry is late.</p>"]


def test_an_excerpt_is_the_summary_and_leaves_the_body_to_the_post(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    whole = make_feed(make_post(1, html="<p>The ferry is late. It rains.</p>"), make_post(2))
    feed = whole.excerpt()
    assert all(b"It rains" not in render(feed, kind) for kind in Format)
    assert in_rss(feed, "//item[1]/description/text()") == ["The ferry is late."]
    assert in_rss(feed, "//c:encoded") == in_atom(feed, "//a:content") == []
    assert in_atom(feed, "//a:entry[1]/a:summary/text()") == ["The ferry is late."]
    assert in_rss(feed, "//item/link/text()") == [post.url for post in whole.posts]
    assert feed.updated == whole.updated


def test_the_excerpt_of_a_post_that_is_all_pictures_is_its_title(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1, html='<img src="https://example.com/a.png">', summary=""))
    assert in_atom(feed.excerpt(), "//a:summary/text()") == ["Harbour news 1"]


def test_content_is_html_escaped_once(make_post: MakePost, make_feed: MakeFeed) -> None:
    html = "<p>1 &lt; 2 &amp;&nbsp;]]&gt; <br></p>"
    feed = make_feed(make_post(1, html=html))
    assert in_rss(feed, "//c:encoded/text()") == [html]
    assert in_atom(feed, "//a:content[@type='html']/text()") == [html]


def test_titles_are_plain_text(make_post: MakePost, make_feed: MakeFeed) -> None:
    feed = make_feed(make_post(1, title="AT&T <1%"), title="A & B")
    assert in_rss(feed, "//title/text()") == ["A & B", "AT&T <1%"]
    assert in_atom(feed, "//a:title/text()") == ["A & B", "AT&T <1%"]
    assert in_atom(feed, "//a:title/@type") == []


def test_a_document_links_to_its_canonical_address_its_page_and_its_hub(
    make_feed: MakeFeed,
) -> None:
    feed = make_feed()
    self_rss = "//channel/a:link[@rel='self' and @type='application/rss+xml']/@href"
    assert in_rss(feed, self_rss) == [feed.url(Format.RSS)]
    assert in_rss(feed, "//channel/a:link[@rel='hub']/@href") == [HUB]
    assert in_atom(feed, "/a:feed/a:link/@rel") == ["alternate", "self", "hub"]
    assert in_atom(feed, "/a:feed/a:link/@href") == [feed.page, feed.url(Format.ATOM), HUB]
    assert in_atom(feed, "/a:feed/a:link/@type") == ["text/html", "application/atom+xml"]


def test_without_a_hub_no_hub_is_named(make_feed: MakeFeed) -> None:
    assert all(b"hub" not in render(make_feed(), kind) for kind in Format)


def test_authors_are_named_and_no_address_is_published(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1, authors=("Ann", "张三")), make_post(2))
    assert in_rss(feed, "//dc:creator/text()") == ["Ann", "张三"]
    assert in_rss(feed, "//author|//managingEditor|//webMaster") == []
    assert in_atom(feed, "//a:entry/a:author/a:name/text()") == ["Ann", "张三"]
    assert in_atom(feed, "//a:email") == []


def test_an_atom_feed_has_an_author_for_entries_without_one(make_feed: MakeFeed) -> None:
    assert in_atom(make_feed(), "/a:feed/a:author/a:name/text()") == ["Harbour"]


def test_categories_stand_in_the_sites_scheme_and_tags_in_none(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1, categories=("Ships",), tags=("tide", "Ships")))
    assert in_rss(feed, "//item/category[@domain]/text()") == ["Ships"]
    assert in_rss(feed, "//item/category[not(@domain)]/text()") == ["tide"]
    assert in_rss(feed, "//@domain") == in_atom(feed, "//@scheme") == [feed.scheme]
    assert in_atom(feed, "//a:category/@term") == ["Ships", "tide"]
    assert in_atom(feed, "//a:category/@label") == ["Ships", "tide"]


def test_the_language_is_said_once_and_again_where_a_post_has_another(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1, language="zh-CN"), make_post(2, language="en"), language="zh-CN")
    assert in_rss(feed, "/rss/channel/language/text()") == ["zh-CN"]
    assert in_atom(feed, "//@xml:lang") == ["zh-CN", "en"]


@pytest.mark.parametrize("kind", [Format.RSS, Format.ATOM])
def test_a_posts_picture_is_media_content_with_what_it_shows(
    make_post: MakePost, make_feed: MakeFeed, kind: Format
) -> None:
    posts = (
        make_post(1, image=Image("https://example.com/a.png?w=9", "A ship & a <tide>")),
        make_post(2, image=Image("https://example.com/央 行|b.png")),
        make_post(3),
    )
    feed = make_feed(*posts)
    pictures = "(//item|//a:entry)/media:content[@medium='image']"
    assert found(feed, kind, f"{pictures}/@url") == [
        "https://example.com/a.png?w=9",
        "https://example.com/%E5%A4%AE%20%E8%A1%8C%7Cb.png",
    ]
    assert found(feed, kind, f"{pictures}/media:description/text()") == ["A ship & a <tide>"]
    assert render(feed, kind).count(b"xmlns:media=") == 1


def test_the_sites_picture_is_named_like_the_channel_and_leads_where_it_does(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1), image=Image("https://example.com/logo.png"))
    image = "/rss/channel/image"
    assert in_rss(feed, f"{image}/url/text()") == ["https://example.com/logo.png"]
    assert in_rss(feed, f"{image}/title/text()") == in_rss(feed, "/rss/channel/title/text()")
    assert in_rss(feed, f"{image}/link/text()") == in_rss(feed, "/rss/channel/link/text()")
    for name in ("logo", "icon"):
        assert in_atom(feed, f"/a:feed/a:{name}/text()") == ["https://example.com/logo.png"]
    bare = make_feed(make_post(1))
    assert in_rss(bare, image) == in_atom(bare, "//a:logo|//a:icon") == []


def test_the_time_to_live_is_in_minutes(make_feed: MakeFeed) -> None:
    assert in_rss(make_feed(), "//ttl/text()") == [str(FRESH_FOR // 60)]


def test_the_generator_has_no_version(make_feed: MakeFeed) -> None:
    assert in_rss(make_feed(), "//generator/text()") == ["syndicate"]
    assert in_atom(make_feed(), "//a:generator/text()") == ["syndicate"]
    assert in_atom(make_feed(), "//a:generator/@*") == []
