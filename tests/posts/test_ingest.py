"""What a sync does to posts, feeds and digests, whatever becomes of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.posts.jekyll.read import Reader
from syndicate.store.keys import INDEX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock


def titles(app: App, feed: str = "") -> list[str]:
    return [post.title for post in app.posts.latest(feed, 100)]


def pending(app: App, category: str = "tech") -> list[str]:
    return [post.title for post in app.pending.posts("daily", category, 100).values()]


@pytest.fixture
def imported(app: App) -> App:
    """A service whose first sync, of nothing, is over: what comes now is news."""
    app.sync()
    return app


def test_the_archive_of_the_first_sync_is_in_the_feeds_and_never_mailed(
    app: App, write_post: Callable[..., Path]
) -> None:
    write_post("old", "tech")
    report = app.sync()
    write_post("new", "tech")
    app.sync()
    assert not report.announced
    assert titles(app) == ["New", "Old"]
    assert pending(app) == ["New"]


def test_an_archive_is_mailed_if_asked_for(app: App, write_post: Callable[..., Path]) -> None:
    write_post("old", "tech")
    app.sync(announce=True)
    assert pending(app) == ["Old"]


def test_a_crash_in_the_first_sync_leaves_it_the_first(
    app: App, write_post: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_post("one", "tech", day="2026-11-19")
    write_post("two", "tech")

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(app.posts, "mark_imported", crash)
        with pytest.raises(KeyboardInterrupt):
            app.sync()
    write_post("three", "tech", day="2026-11-21")
    app.sync()
    assert pending(app) == []


def test_an_unchanged_sync_reads_no_file(
    imported: App, write_post: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_post("one", "tech")
    imported.sync()

    def read(*_: object, **__: object) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(Reader, "read", read)
    report = imported.sync()
    assert (report.found, report.unchanged) == (1, 1)


def test_a_rewritten_file_is_the_same_post_and_mailed_once(
    imported: App, write_post: Callable[..., Path], clock: Clock
) -> None:
    write_post("one", "tech", title="First words")
    imported.sync()
    before = imported.posts.latest("tech", 1)[0]
    imported.desk.cut("daily", "tech")
    clock.advance(minutes=5)
    write_post("one", "tech", title="Second words, longer")
    report = imported.sync()
    after = imported.posts.latest("tech", 1)[0]
    assert (report.new, report.rewritten) == (0, 1)
    assert after.id == before.id
    assert after.title == "Second words, longer"
    assert after.updated == clock.now
    assert pending(imported) == []


def test_a_touched_file_with_the_same_words_changes_no_feed(
    imported: App, write_post: Callable[..., Path], clock: Clock
) -> None:
    path = write_post("one", "tech")
    imported.sync()
    imported.publish()
    clock.advance(minutes=5)
    text = path.read_text()
    path.write_text(text.replace("title:", "title: ").replace("  ", " ") + "\n\n")
    report = imported.sync()
    assert report.rewritten == 1
    assert imported.feeds.dirty() == {}


def test_a_vanished_file_is_no_withdrawn_post(
    imported: App, write_post: Callable[..., Path]
) -> None:
    path = write_post("one", "tech")
    imported.sync()
    path.unlink()
    report = imported.sync()
    assert (report.vanished, report.withdrawn) == (1, 0)
    assert titles(imported, "tech") == ["One"]
    assert imported.sync().vanished == 0


def test_a_file_that_comes_back_is_neither_new_nor_mailed_again(
    imported: App, write_post: Callable[..., Path]
) -> None:
    path = write_post("one", "tech")
    imported.sync()
    post = imported.posts.latest("tech", 1)[0]
    imported.desk.cut("daily", "tech")
    path.unlink()
    imported.sync()
    imported.publish()
    write_post("one", "tech")
    report = imported.sync()
    assert report.new == 0
    assert imported.posts.latest("tech", 1) == (post,)
    assert pending(imported) == []
    assert imported.feeds.dirty() == {}


def test_settings_may_take_vanished_posts_out(
    site: Path, open_app: Callable[[], App], write_post: Callable[..., Path]
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + '\n[posts]\nvanished = "withdraw"\n')
    app = open_app()
    app.sync()
    path = write_post("one", "tech")
    app.sync()
    path.unlink()
    report = app.sync()
    assert report.withdrawn == 1
    assert titles(app) == titles(app, "tech") == pending(app) == []
    write_post("one", "tech")
    app.sync()
    assert titles(app, "tech") == ["One"]
    # It was withdrawn before anybody got it, so it is news still.
    assert pending(app) == ["One"]


def test_an_unpublished_post_leaves_its_feeds(
    imported: App, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    imported.sync()
    write_post("one", "tech", extra="published: false\n")
    assert imported.sync().withdrawn == 1
    assert titles(imported) == []
    assert pending(imported) == []


def test_a_file_broken_by_a_rewrite_leaves_the_last_good_post(
    imported: App, write_post: Callable[..., Path]
) -> None:
    path = write_post("one", "tech")
    imported.sync()
    path.write_bytes(b"---\ntitle: \xff\n---\n")
    report = imported.sync()
    assert titles(imported, "tech") == ["One"]
    assert [problem.source for problem in report.problems] == ["_posts/2026-11-20-one.md"]


def test_a_broken_file_stops_no_other(imported: App, write_post: Callable[..., Path]) -> None:
    write_post("bad", "tech").write_bytes(b"\xff\xfe")
    write_post("good", "tech")
    report = imported.sync()
    assert titles(imported) == ["Good"]
    assert len(report.problems) == 1


def test_a_moved_file_is_the_same_post(
    imported: App, site: Path, write_post: Callable[..., Path]
) -> None:
    path = write_post("one", "tech", extra="permalink: /one/\n")
    imported.sync()
    post = imported.posts.latest("tech", 1)[0]
    imported.desk.cut("daily", "tech")
    (site / "_posts" / "archive").mkdir()
    path.rename(site / "_posts" / "archive" / path.name)
    report = imported.sync()
    moved = imported.posts.latest("tech", 5)
    assert report.new == 0
    assert [one.id for one in moved] == [post.id]
    assert pending(imported) == []
    assert report.vanished == 0


def test_two_posts_with_one_permalink_are_one_post_and_one_problem(
    imported: App, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech", extra="permalink: /same/\n")
    write_post("two", "tech", extra="permalink: /same/\n")
    report = imported.sync()
    assert titles(imported) == ["One"]
    assert "https://blog.example/same/" in report.problems[0].reason
    # The same holds when the second comes later.
    write_post("three", "tech", day="2026-11-21", extra="permalink: /same/\n")
    imported.sync()
    assert titles(imported) == ["One"]


def test_a_post_that_changes_its_category_is_news_in_the_new_one_alone(
    imported: App, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    imported.sync()
    write_post("one", "money")
    imported.sync()
    assert titles(imported, "tech") == pending(imported, "tech") == []
    assert pending(imported, "money") == ["One"]
    # Back again, and nobody was mailed meanwhile: news in the first once more.
    write_post("one", "tech")
    imported.sync()
    assert pending(imported, "tech") == ["One"]
    assert pending(imported, "money") == []


def test_a_late_and_backdated_post_is_mailed_all_the_same(
    imported: App, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    imported.sync()
    imported.desk.cut("daily", "tech")
    write_post("late", "tech", day="2019-01-01")
    imported.sync()
    assert pending(imported) == ["Late"]


def test_categories_that_differ_in_case_have_feeds_of_their_own(
    imported: App, write_post: Callable[..., Path], site: Path
) -> None:
    write_post("one", "TechWeb")
    write_post("two", "Techweb", day="2026-11-21")
    write_post("three", "a (b)/../c", day="2026-11-22")
    imported.sync()
    imported.publish()
    folders = [path.name for path in (site / "public" / "categories").iterdir()]
    assert len({name.casefold() for name in folders}) == len(folders) == 2
    assert titles(imported, "TechWeb") == ["One"]
    assert titles(imported, "Techweb") == ["Two"]


def test_a_category_keeps_its_slug_when_a_twin_arrives(
    imported: App, write_post: Callable[..., Path]
) -> None:
    write_post("one", "Techweb")
    imported.sync()
    before = imported.categories.require("Techweb")
    write_post("two", "TechWeb", day="2026-11-19")
    imported.sync()
    assert imported.categories.require("Techweb") == before


def test_a_category_is_shown_by_its_tag_where_its_name_is_a_transcription(
    site: Path, open_app: Callable[[], App], write_post: Callable[..., Path]
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text().replace('"en"', '"zh-CN"'))
    write_post("one", "jingjiwang", extra="tags: 经济网新闻\n")
    app = open_app()
    app.sync()
    category = app.categories.require("jingjiwang")
    assert app.postmaster.category_title("jingjiwang", category) == "经济网新闻"


def test_new_settings_have_files_read_again_and_keep_ids(
    site: Path, imported: App, open_app: Callable[[], App], write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    imported.sync()
    before = imported.posts.latest("tech", 1)[0]
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text().replace("blog.example", "moved.example"))
    app = open_app()
    app.sync()
    after = app.posts.latest("tech", 1)[0]
    assert after.url.startswith("https://moved.example/")
    assert after.id == before.id
    assert app.categories.require("tech") == imported.categories.require("tech")


def test_the_same_posts_give_the_same_bytes_at_any_time(
    imported: App, site: Path, write_post: Callable[..., Path], clock: Clock
) -> None:
    write_post("one", "tech")
    write_post("two", "tech", "money", day="2026-11-21")
    imported.sync()
    imported.publish()
    before = {path: path.read_bytes() for path in (site / "public").rglob("*.*")}
    clock.advance(days=40)
    imported.republish()
    published = imported.publish()
    assert sum(len(one.changed) for one in published) == 0
    assert {path: path.read_bytes() for path in (site / "public").rglob("*.*")} == before
    documents = [path for path in before if path.name in ("rss.xml", "atom.xml", "feed.json")]
    assert len(documents) == 9


def test_a_thousand_posts_dirty_a_category_once(
    imported: App, write_post: Callable[..., Path]
) -> None:
    imported.publish()
    for number in range(30):
        write_post(f"post-{number}", "tech")
    imported.sync()
    assert sorted(imported.feeds.dirty()) == ["", INDEX, "tech"]
    imported.publish()
    write_post("one-more", "tech")
    imported.sync()
    assert sorted(imported.feeds.dirty()) == ["", "tech"]


def test_a_site_without_posts_has_a_feed(imported: App, site: Path) -> None:
    imported.publish()
    for name in ("rss.xml", "atom.xml", "feed.json", "index.html", "feeds.html", "feeds.opml"):
        assert (site / "public" / name).exists()


def test_a_feed_that_changes_while_it_is_written_stays_dirty(
    imported: App, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    imported.sync()
    read = imported.feeds.dirty()["tech"]
    write_post("two", "tech")
    imported.sync()
    assert not imported.feeds.mark_clean("tech", read)
    assert "tech" in imported.feeds.dirty()


def test_a_new_title_reaches_the_feeds_without_being_asked(
    imported: App,
    site: Path,
    open_app: Callable[[], App],
    write_post: Callable[..., Path],
) -> None:
    write_post("one", "tech")
    imported.sync()
    imported.publish()
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text().replace('"Lanjiang"', '"Beiling"'))
    app = open_app()
    app.sync()
    app.publish()
    assert "<title>Beiling</title>" in (site / "public" / "rss.xml").read_text()
    app.sync()
    assert app.feeds.dirty() == {}


def test_a_sync_of_a_few_files_leaves_the_others_alone(
    imported: App, site: Path, write_post: Callable[..., Path]
) -> None:
    gone = write_post("gone", "tech")
    write_post("kept", "tech")
    imported.sync()
    gone.unlink()
    new = write_post("new", "tech", day="2026-11-21").relative_to(site).as_posix()
    write_post("unnoticed", "tech", day="2026-11-22")
    report = imported.sync(only=[new, "_posts/.hidden.md", "README.md", "../secret/_posts/x.md"])
    assert (report.found, report.new, report.vanished) == (1, 1, 0)
    assert titles(imported) == ["New", "Kept", "Gone"]
    report = imported.sync(only=[gone.relative_to(site).as_posix()])
    assert report.vanished == 1
    assert imported.sync().new == 1


def test_the_first_sync_is_of_all_files_whoever_asks_for_a_few(
    app: App, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    write_post("two", "tech")
    assert app.sync(only=["_posts/2026-11-20-one.md"]).new == 2
    assert pending(app) == []


def test_files_are_compared_some_at_a_time_and_none_that_is_gone_is_missed(
    imported: App, write_post: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syndicate.posts.ingest._COMPARED", 2)
    paths = [write_post(f"post{number}", "tech") for number in range(5)]
    assert (imported.sync().new, imported.sync().unchanged) == (5, 5)
    for path in paths[1:4]:
        path.unlink()
    write_post("late", "tech")
    report = imported.sync()
    assert (report.found, report.new, report.unchanged, report.vanished) == (3, 1, 2, 3)
    only = [path.relative_to(imported.settings.folder).as_posix() for path in paths]
    paths[0].unlink()
    assert imported.sync(only=only).vanished == 1
