"""A feed's documents, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import PublishError, SettingsError
from syndicate.feeds import render
from syndicate.feeds.entries import Entries
from syndicate.feeds.model import Feed, Format
from syndicate.feeds.places import feed_base, feed_folder, kind_base, site_base
from syndicate.feeds.publish import publish
from syndicate.posts.series import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.model import Post

    MakePost = Callable[..., Post]
    MakeFeed = Callable[..., Feed]

WEB = "https://feeds.example.com"
UNFIT = ["", ".", "..", ".hidden", "a/b", "a\\b", "/etc", "a\0", "a\nb", "\x7f", "\ud800"]


def test_a_feed_becomes_its_three_documents(
    tmp_path: Path, make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1))
    published = publish(feed, tmp_path, Entries())
    assert [document.path for document in published.changed] == [
        tmp_path / "rss.xml",
        tmp_path / "atom.xml",
        tmp_path / "feed.json",
    ]
    assert published.changed == published.documents
    for document in published.documents:
        data = document.path.read_bytes()
        assert data == render.render(feed, document.kind)
        assert document.size == len(data)
        assert document.url == feed.url(document.kind)


def test_publishing_again_changes_nothing(
    tmp_path: Path, make_post: MakePost, make_feed: MakeFeed
) -> None:
    feed = make_feed(make_post(1))
    publish(feed, tmp_path, Entries())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert publish(feed, tmp_path, Entries()).changed == ()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_only_the_documents_that_show_a_change_are_written(
    tmp_path: Path, make_post: MakePost, make_feed: MakeFeed
) -> None:
    publish(make_feed(make_post(1)), tmp_path, Entries())
    # RSS has no word for an item's language.
    changed = publish(make_feed(make_post(1, language="ar")), tmp_path, Entries()).changed
    assert [document.kind for document in changed] == [Format.ATOM, Format.JSON]


def test_a_feed_that_cant_be_rendered_leaves_every_old_document(
    tmp_path: Path, make_post: MakePost, make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(make_feed(make_post(1)), tmp_path, Entries())
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(*_: object) -> bytes:
        raise RuntimeError("no")

    # The last of the formats: the others are rendered by then.
    monkeypatch.setitem(render._WRITERS, Format.JSON, fail)
    with pytest.raises(RuntimeError):
        publish(make_feed(make_post(2)), tmp_path, Entries())
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_documents_that_break_their_standards_leave_every_old_document(
    tmp_path: Path, make_post: MakePost, make_feed: MakeFeed
) -> None:
    publish(make_feed(make_post(1)), tmp_path, Entries())
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    twins = make_feed(make_post(1), make_post(2, id=make_post(1).id))
    lost = make_feed(make_post(1), base="https://feeds.example.com/a b/")
    odd = make_feed(make_post(1), make_post(2, source="_posts/odd.md", url="https://a/ b"))
    for feed, parts in (
        (twins, ("'Harbour'", make_post(1).source, make_post(2).source, make_post(1).id)),
        (lost, ("'Harbour'", "rss.xml", "InvalidIRI", "rss/channel/atom:link")),
        (odd, ("'Harbour'", "_posts/odd.md", "rss.xml", "InvalidUriChar", "item[2]/link")),
    ):
        with pytest.raises(PublishError) as caught:
            publish(feed, tmp_path, Entries())
        (line,) = str(caught.value).splitlines()
        for part in parts:
            assert part in line
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_hub_is_named_in_every_document(tmp_path: Path, make_feed: MakeFeed) -> None:
    for document in publish(make_feed(), tmp_path, Entries(), hub="https://hub.example/").documents:
        assert b"https://hub.example/" in document.path.read_bytes()


def test_the_site_stands_at_the_top_and_categories_below_it(tmp_path: Path) -> None:
    assert site_base(WEB) == site_base(WEB + "/") == "https://feeds.example.com/"
    assert kind_base(WEB, Kind.CATEGORY) == "https://feeds.example.com/categories/"
    assert feed_base(WEB, Kind.CATEGORY, "ships") == "https://feeds.example.com/categories/ships/"
    assert feed_folder(tmp_path, Kind.CATEGORY, "ships") == tmp_path / "categories" / "ships"


def test_a_slug_of_any_script_is_ascii_in_a_url_and_itself_on_disk(tmp_path: Path) -> None:
    assert feed_base(WEB, Kind.CATEGORY, "经济 (a)") == (
        "https://feeds.example.com/categories/%E7%BB%8F%E6%B5%8E%20%28a%29/"
    )
    assert feed_folder(tmp_path, Kind.CATEGORY, "经济 (a)").name == "经济 (a)"


@pytest.mark.parametrize("slug", UNFIT)
def test_a_slug_that_is_no_folders_name_is_refused(tmp_path: Path, slug: str) -> None:
    with pytest.raises(SettingsError, match="is no name for a feed's folder"):
        feed_folder(tmp_path, Kind.CATEGORY, slug)
    with pytest.raises(SettingsError, match="is no name for a feed's folder"):
        feed_base(WEB, Kind.CATEGORY, slug)


@given(st.text(max_size=12) | st.sampled_from(UNFIT))
def test_a_url_leads_to_one_segment_that_says_the_slug_or_to_none(slug: str) -> None:
    try:
        base = feed_base(WEB, Kind.CATEGORY, slug)
    except SettingsError:
        return
    assert base.isascii()
    assert unquote(base).removeprefix(WEB + "/categories/") == slug + "/"
    assert base.count("/") == 5
