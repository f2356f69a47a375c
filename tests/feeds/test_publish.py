"""A feed's documents, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import PublishError, SettingsError
from syndicate.feeds import render
from syndicate.feeds.model import Feed, Format
from syndicate.feeds.places import categories_base, category_base, category_folder, site_base
from syndicate.feeds.publish import publish

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
    published = publish(feed, tmp_path)
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
    publish(feed, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert publish(feed, tmp_path).changed == ()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_only_the_documents_that_show_a_change_are_written(
    tmp_path: Path, make_post: MakePost, make_feed: MakeFeed
) -> None:
    publish(make_feed(make_post(1)), tmp_path)
    # RSS has no word for an item's language.
    changed = publish(make_feed(make_post(1, language="ar")), tmp_path).changed
    assert [document.kind for document in changed] == [Format.ATOM, Format.JSON]


def test_a_feed_that_cant_be_rendered_leaves_every_old_document(
    tmp_path: Path, make_post: MakePost, make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(make_feed(make_post(1)), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(*_: object) -> bytes:
        raise RuntimeError("no")

    # The last of the formats: the others are rendered by then.
    monkeypatch.setitem(render._WRITERS, Format.JSON, fail)
    with pytest.raises(RuntimeError):
        publish(make_feed(make_post(2)), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_documents_that_break_their_standards_leave_every_old_document(
    tmp_path: Path, make_post: MakePost, make_feed: MakeFeed
) -> None:
    publish(make_feed(make_post(1)), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    twins = make_feed(make_post(1), make_post(1, title="Another of the same id"))
    with pytest.raises(PublishError) as caught:
        publish(twins, tmp_path)
    (line,) = str(caught.value).splitlines()
    for part in ("'Harbour'", "rss.xml", "DuplicateValue", "rss/channel/item[2]/guid"):
        assert part in line
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_hub_is_named_in_every_document(tmp_path: Path, make_feed: MakeFeed) -> None:
    for document in publish(make_feed(), tmp_path, hub="https://hub.example/").documents:
        assert b"https://hub.example/" in document.path.read_bytes()


def test_the_site_stands_at_the_top_and_categories_below_it(tmp_path: Path) -> None:
    assert site_base(WEB) == site_base(WEB + "/") == "https://feeds.example.com/"
    assert categories_base(WEB) == "https://feeds.example.com/categories/"
    assert category_base(WEB, "ships") == "https://feeds.example.com/categories/ships/"
    assert category_folder(tmp_path, "ships") == tmp_path / "categories" / "ships"


def test_a_slug_of_any_script_is_ascii_in_a_url_and_itself_on_disk(tmp_path: Path) -> None:
    assert category_base(WEB, "经济 (a)") == (
        "https://feeds.example.com/categories/%E7%BB%8F%E6%B5%8E%20%28a%29/"
    )
    assert category_folder(tmp_path, "经济 (a)").name == "经济 (a)"


@pytest.mark.parametrize("slug", UNFIT)
def test_a_slug_that_is_no_folders_name_is_refused(tmp_path: Path, slug: str) -> None:
    with pytest.raises(SettingsError, match="is no name for a category's folder"):
        category_folder(tmp_path, slug)
    with pytest.raises(SettingsError, match="is no name for a category's folder"):
        category_base(WEB, slug)


@given(st.text(max_size=12) | st.sampled_from(UNFIT))
def test_a_url_leads_to_one_segment_that_says_the_slug_or_to_none(slug: str) -> None:
    try:
        base = category_base(WEB, slug)
    except SettingsError:
        return
    assert base.isascii()
    assert unquote(base).removeprefix(WEB + "/categories/") == slug + "/"
    assert base.count("/") == 5
