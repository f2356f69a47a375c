"""Feeds of tags and authors, feeds that are taken back, and categories that get another name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from syndicate.posts.series import Kind, kind_of, label_of
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App

    Reopen = Callable[[str], App]

TAGGED = "tags: [央行, a/b]\nauthor: Lin Wan\n"


@pytest.fixture
def reopen(site: Path, open_app: Callable[[], App]) -> Reopen:
    """The service with these settings added to its usual ones, synced and published."""
    common = (site / "syndicate.toml").read_text()

    def with_settings(text: str) -> App:
        (site / "syndicate.toml").write_text(common + text)
        app = open_app()
        app.sync()
        app.publish()
        return app

    return with_settings


def folders(site: Path, kind: str) -> set[str]:
    """The feeds of a kind that have documents."""
    return {path.parent.name for path in (site / "public" / kind).glob("*/rss.xml")}


def titles(site: Path, feed: str) -> list[str]:
    document = json.loads((site / "public" / feed / "feed.json").read_text())
    return [item["title"] for item in document["items"]]


def test_no_two_feeds_have_one_name() -> None:
    names = ["", "tags", "tags/a", "authors/a", "tags/a/b", "a"]
    assert [kind_of(name) for name in names] == [
        *(Kind.SITE, Kind.CATEGORY, Kind.TAG, Kind.AUTHOR, Kind.TAG, Kind.CATEGORY)
    ]
    assert [label_of(name) for name in names] == ["", "tags", "a", "a", "a/b", "a"]


def test_tags_and_authors_have_feeds_where_the_settings_ask(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    reopen("[feeds]\ntags = true\nauthors = true\n")
    write_post("one", "tech", extra=TAGGED)
    write_post("two", "tech", day="2026-11-21")
    app = reopen("[feeds]\ntags = true\nauthors = true\n")
    assert folders(site, "tags") == {"央行", "a-b"}
    assert folders(site, "authors") == {"lin-wan"}
    assert titles(site, "tags/央行") == titles(site, "authors/lin-wan") == ["One"]
    page = (site / "public" / "feeds.html").read_text()
    assert "/tags/%E5%A4%AE%E8%A1%8C/" in page
    assert "/authors/lin-wan/" in page
    # A tag is nobody's digest.
    assert set(app.pending.counts("daily")) == {"tech"}


def test_a_tag_that_is_named_has_a_feed_and_no_other_has(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech", extra=TAGGED)
    reopen("[feeds]\ntags = ['a/b']\n")
    assert folders(site, "tags") == {"a-b"}


def test_posts_that_were_there_first_are_in_the_feeds_that_are_asked_for_later(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    paths = [write_post(f"post-{n}", "tech", extra=TAGGED, day=f"2026-11-{n}") for n in (10, 11)]
    reopen("")
    # One of them stands in no file any more.
    paths[0].unlink()
    reopen("")
    app = reopen("[feeds]\ntags = true\n")
    assert titles(site, "tags/央行") == ["Post-11", "Post-10"]
    assert app.feeds.dirty() == {}


def test_a_feed_that_is_taken_back_is_gone_and_may_return(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    on = "[feeds]\ntags = true\nsize = 2\n"
    for day in range(10, 14):
        write_post(f"post-{day}", "tech", extra=TAGGED, day=f"2026-11-{day}")
    reopen(on)
    folder = site / "public" / "tags" / "央行"
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    reopen("[feeds]\nsize = 2\n")
    assert [path.name for path in folder.iterdir()] == [".gone"]
    assert "/tags/" not in (site / "public" / "feeds.html").read_text()
    reopen(on)
    assert {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()} == before


def test_a_category_without_a_feed_has_its_digests_all_the_same(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    reopen("")
    write_post("one", "tech")
    app = reopen("[[categories]]\nname = 'tech'\nfeed = false\n")
    assert folders(site, "categories") == set()
    assert app.pending.counts("daily") == {"tech": 1}


def test_a_post_that_loses_its_tag_leaves_its_feed(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    on = "[feeds]\ntags = true\n"
    write_post("one", "tech", extra=TAGGED)
    write_post("two", "tech", extra=TAGGED, day="2026-11-21")
    reopen(on)
    write_post("one", "tech", extra="tags: [a/b]\n")
    reopen(on)
    assert titles(site, "tags/央行") == ["Two"]
    assert titles(site, "tags/a-b") == ["Two", "One"]


RENAMED = "[[categories]]\nname = 'technology'\nformerly = ['tech']\n"


def test_a_renamed_category_keeps_its_feed_its_posts_and_what_was_mailed(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    app = reopen("")
    write_post("mailed", "tech")
    app = reopen("")
    app.desk.cut("daily", "tech")
    write_post("waits", "tech", "money", day="2026-11-21")
    app = reopen("")
    before = app.categories.require("tech")
    app = reopen(RENAMED)
    after = app.categories.require("technology")
    assert (after.feed_id, after.since) == (before.feed_id, before.since)
    assert app.categories.get("tech") is None
    assert titles(site, "categories/technology") == ["Waits", "Mailed"]
    assert app.pending.counts("daily") == {"technology": 1, "money": 1}
    assert app.editions.next_number("daily", "technology") == 2
    # The files still say the old name: they are read so, and nothing is news.
    write_post("waits", "technology", "money", day="2026-11-21")
    app = reopen(RENAMED)
    assert app.pending.counts("daily") == {"technology": 1, "money": 1}
    assert [post.categories for post in app.posts.latest("technology", 1)] == [
        ("technology", "money")
    ]


def test_the_old_address_of_a_renamed_category_leads_to_the_new_one(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    reopen("")
    reopen(RENAMED)
    old = site / "public" / "categories" / "tech"
    assert [(path.name, path.read_text()) for path in old.iterdir()] == [(".moved", "technology")]
    # And in one hop, should that be renamed too.
    reopen("[[categories]]\nname = 'machines'\nformerly = ['technology', 'tech']\n")
    assert (old / ".moved").read_text() == "machines"


def test_subscriptions_go_on_under_the_new_name(
    reopen: Reopen, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    app = reopen("")
    stays, left = (app.subscribers.add(f"r{n}@reader.example", app.clock()) for n in range(2))
    old, new = Digest("daily", "tech"), Digest("daily", "technology")
    for reader in (stays, left):
        app.subscribers.change(reader, [old], Status.ACTIVE, app.clock(), {"method": "test"})
    app.subscribers.change(left, [old], Status.LEFT, app.clock(), {"method": "test"})
    app = reopen(RENAMED)
    found = app.subscribers.get([stays, left])
    assert [reader.states for reader in found] == [
        {new: Status.ACTIVE},
        {new: Status.LEFT},
    ]
    assert (app.subscribers.audience(old), app.subscribers.audience(new)) == (0, 1)


def test_a_category_renamed_to_one_that_is_there_joins_it_and_nobody_is_mailed_twice(
    reopen: Reopen, site: Path, write_post: Callable[..., Path]
) -> None:
    app = reopen("")
    write_post("both", "tech", "technology")
    write_post("old", "tech", day="2026-11-21")
    app = reopen("")
    for category in ("tech", "technology"):
        app.desk.cut("daily", category)
    app = reopen(RENAMED)
    assert titles(site, "categories/technology") == ["Old", "Both"]
    assert app.pending.counts("daily") == {}
    assert app.posts.latest("technology", 1)[0].categories == ("technology",)
