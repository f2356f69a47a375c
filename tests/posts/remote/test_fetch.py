"""A feed elsewhere becomes posts here: once, for good, and as its server likes it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import feedparser
import pytest

from syndicate.errors import NotFoundError
from syndicate.posts.remote.fetch import Fetcher
from syndicate.posts.remote.source import RemoteSource
from syndicate.posts.remote.store import RemoteStore
from syndicate.settings import load
from tests.servers import Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App
    from syndicate.posts.model import Problem
    from syndicate.posts.remote.fetch import Fetched
    from tests.conftest import Clock
    from tests.servers import Server

FEED = "/harbour.rss.xml"


def feed(*titles: str, **texts: str) -> bytes:
    """An invented feed: an entry for each title."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{title}</guid><title>{title}</title>"
        f"<link>https://harbour.example/{title}</link><category>tech</category>"
        f"<description>{texts.get(title, 'Text.')}</description></item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


def titles(app: App, name: str = "") -> list[str]:
    return sorted(post.title for post in app.posts.latest(name, 100))


def pending(app: App) -> list[str]:
    return sorted(post.title for post in app.pending.posts("daily", "tech", 100).values())


def files(site: Path) -> dict[str, bytes]:
    folder = site / ".syndicate" / "remote" / "harbour"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def asked(app: App) -> Fetched:
    (fetched,), _ = app.fetch(["harbour"])
    return fetched


def told(app: App) -> list[str]:
    return [_line(problem) for problem in asked(app).problems]


def _line(problem: Problem) -> str:
    assert problem.source == "remote:harbour"
    assert "\n" not in problem.reason
    return problem.reason


@pytest.fixture
def harbour(remote: Path, open_app: Callable[[], App], server: Server) -> App:
    """A service that has the remote and has never fetched it; the site's first sync is over."""
    assert remote.exists()
    server.pages[FEED] = Page(feed("one"))
    app = open_app()
    app.sync()
    return app


# From a feed to posts


@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize("name", ["harbour.rss.xml", "harbour.atom.xml", "harbour.json"])
def test_a_feed_of_any_kind_becomes_posts_and_feeds(
    site: Path, open_app: Callable[[], App], server: Server, name: str
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text().replace("/harbour.rss.xml", f"/{name}"))
    app = open_app()
    (fetched,), report = app.fetch()
    assert report
    assert (fetched.entries, len(fetched.new), report.new, report.problems) == (2, 2, 2, ())
    boats, knots = app.posts.latest("News", 10)
    assert boats.url == "https://harbour.example/boats"
    assert boats.title == "Boats & tides"
    assert boats.published == boats.updated == datetime(2026, 11, 20, tzinfo=UTC)
    assert boats.categories == ("News", "Tides")
    assert boats.authors == ("Ann Keel",)
    assert boats.language == "en-GB"
    assert boats.image
    assert boats.image.url == "https://harbour.example/boats.jpg"
    assert '<a href="https://harbour.example/noon">noon</a>' in boats.html
    assert "alert" not in boats.html
    assert boats.summary == "High water at noon."
    assert knots.episode
    assert (knots.episode.media[0].length, knots.episode.duration) == (4096, 3723)
    app.publish()
    written = feedparser.parse((site / "public" / "rss.xml").read_bytes())
    assert [entry.link for entry in written.entries] == [boats.url, knots.url]
    assert [entry.id for entry in written.entries] == [boats.id, knots.id]
    assert server.asked[0][1]["User-Agent"].startswith("syndicate/")
    assert server.asked[0][1]["User-Agent"].endswith("(+https://blog.example)")


def test_the_first_fetch_is_an_archive_and_what_comes_later_is_news(
    harbour: App, server: Server
) -> None:
    first = asked(harbour)
    server.pages[FEED].body = feed("two", "one")
    second = asked(harbour)
    assert (first.archive, len(first.new)) == (True, 1)
    assert (second.archive, len(second.new)) == (False, 1)
    assert titles(harbour, "tech") == ["one", "two"]
    assert pending(harbour) == ["two"]


def test_a_crash_in_the_first_fetch_leaves_its_entries_an_archive(
    harbour: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RemoteStore, "put", crash)
        with pytest.raises(KeyboardInterrupt):
            harbour.fetch(["harbour"])
    # The regular sync comes first.
    assert harbour.sync().new == 1
    asked(harbour)
    assert titles(harbour) == ["one"]
    assert pending(harbour) == []


def test_an_entry_that_left_the_feed_stays_a_post(harbour: App, server: Server) -> None:
    asked(harbour)
    server.pages[FEED].body = feed("two")
    asked(harbour)
    report = harbour.sync()
    assert (report.vanished, report.found) == (0, 2)
    assert titles(harbour) == ["one", "two"]


def test_a_corrected_entry_is_the_same_post(harbour: App, server: Server, clock: Clock) -> None:
    asked(harbour)
    (before,) = harbour.posts.latest("", 10)
    clock.advance(hours=1)
    server.pages[FEED].body = feed("one", one="Other text.")
    fetched = asked(harbour)
    (after,) = harbour.posts.latest("", 10)
    assert (len(fetched.new), len(fetched.changed)) == (0, 1)
    assert after.html == "Other text."
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated == clock.now
    assert pending(harbour) == []


def test_an_unchanged_entry_leaves_its_file_alone(
    harbour: App, site: Path, server: Server, clock: Clock
) -> None:
    asked(harbour)
    before = files(site)
    clock.advance(hours=1)
    server.pages[FEED].body = feed("two", "one")
    asked(harbour)
    assert {name: files(site)[name] for name in before} == before


def test_a_posts_id_outlives_its_feeds_address(
    harbour: App, remote: Path, open_app: Callable[[], App], server: Server
) -> None:
    asked(harbour)
    (before,) = harbour.posts.latest("", 10)
    assert before.id.startswith("tag:blog.example,2026-11-23:/remote/harbour/")
    server.pages["/moved.xml"] = server.pages[FEED]
    remote.write_text(remote.read_text().replace(FEED, "/moved.xml"))
    moved = open_app()
    asked(moved)
    assert moved.posts.latest("", 10) == (before,)


def test_settings_say_where_posts_go_and_whose_they_are(
    harbour: App, remote: Path, open_app: Callable[[], App]
) -> None:
    asked(harbour)
    remote.write_text(
        remote.read_text() + 'categories = ["boats"]\nauthor = "Harbour Office"\nlanguage = "de"\n'
    )
    app = open_app()
    app.sync()
    (post,) = app.posts.latest("boats", 10)
    assert (post.categories, post.tags) == (("boats",), ("tech",))
    assert (post.authors, post.language) == (("Harbour Office",), "de")
    assert titles(app, "tech") == []


# As its server likes it


def test_an_unchanged_feed_costs_nothing(harbour: App, server: Server) -> None:
    server.pages[FEED].headers["ETag"] = '"1"'
    assert not asked(harbour).unchanged
    again = asked(harbour)
    assert (again.unchanged, again.failed, again.entries) == (True, False, 0)
    assert server.asked[-1][1]["If-None-Match"] == '"1"'


def test_a_feed_is_asked_when_it_is_due_and_not_before(
    harbour: App, server: Server, clock: Clock
) -> None:
    harbour.fetch()
    harbour.fetch()
    clock.advance(minutes=29)
    harbour.fetch()
    assert len(server.asked) == 1
    clock.advance(minutes=2)
    harbour.fetch()
    assert len(server.asked) == 2


def test_where_a_feed_has_moved_is_told_once_and_remembered(harbour: App, server: Server) -> None:
    server.pages["/new.xml"] = server.pages[FEED]
    server.pages[FEED] = Page(status=301, headers={"Location": "/new.xml"})
    assert told(harbour) == [f"has moved to {server.url}/new.xml; put that as its url"]
    assert told(harbour) == []
    assert [path for path, _ in server.asked] == [FEED, "/new.xml", "/new.xml"]
    assert titles(harbour) == ["one"]


def test_a_page_that_a_feed_seems_to_have_moved_to_is_not_believed(
    harbour: App, server: Server
) -> None:
    server.pages["/login"] = Page(b"<!doctype html><title>Log in</title>")
    server.pages[FEED] = Page(status=301, headers={"Location": "/login"})
    assert "a web page came, no feed ('Log in')" in told(harbour)[0]
    told(harbour)
    assert [path for path, _ in server.asked] == [FEED, "/login", FEED, "/login"]


def test_a_feed_that_is_gone_is_told_and_left(harbour: App, server: Server, clock: Clock) -> None:
    asked(harbour)
    server.pages[FEED].status = 410
    assert "is gone for good (410) and won't be asked again" in told(harbour)[0]
    clock.advance(days=30)
    assert harbour.fetch() == ([], None)
    assert titles(harbour) == ["one"]
    # A person may ask all the same.
    server.pages[FEED].status = 200
    assert told(harbour) == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_patience_gets_it(
    harbour: App, server: Server, clock: Clock, status: int
) -> None:
    server.pages[FEED].status = status
    server.pages[FEED].headers["Retry-After"] = str(5 * 3600)
    assert f"answers {status} " in told(harbour)[0]
    clock.advance(hours=4)
    assert harbour.fetch() == ([], None)
    clock.advance(hours=2)
    assert len(harbour.fetch()[0]) == 1


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Page(status=404), "answers 404 Not Found"),
        (Page(status=599), "answers 599"),
        (Page(b"<html>"), "a web page came, no feed"),
        (Page(b"x" * 2000), "larger than max_bytes (1000)"),
        (Page(b"<!DOCTYPE rss>" + feed()), "DOCTYPE"),
    ],
)
def test_a_feed_that_cannot_be_had_is_one_line_and_takes_nothing_away(
    remote: Path, open_app: Callable[[], App], harbour: App, server: Server, page: Page, reason: str
) -> None:
    asked(harbour)
    remote.write_text(remote.read_text() + "max_bytes = 1000\n")
    app = open_app()
    server.pages[FEED] = page
    fetched = asked(app)
    assert fetched.failed
    assert reason in fetched.problems[0].reason
    assert titles(app) == ["one"]


def test_a_feed_in_ones_own_network_is_refused_unless_the_settings_allow_it(
    remote: Path, open_app: Callable[[], App], server: Server
) -> None:
    remote.write_text(remote.read_text().replace("allow_private = true\n", ""))
    assert "127.0.0.1, which is no public address; if it" in told(open_app())[0]
    assert server.asked == []


def test_one_feed_that_fails_holds_up_no_other(
    remote: Path, open_app: Callable[[], App], server: Server
) -> None:
    remote.write_text(
        remote.read_text() + '\n[[remotes]]\nname = "bad"\nallow_private = true\n'
        f'url = "{server.url}/nothing"\n'
    )
    came, report = open_app().fetch()
    assert {one.name: one.failed for one in came} == {"harbour": False, "bad": True}
    assert report
    assert report.new == 2


def test_a_host_is_looked_up_by_whoever_is_handed_in(
    site: Path, remote: Path, harbour: App, clock: Clock
) -> None:
    remote.write_text(remote.read_text().replace("allow_private = true\n", ""))
    settings = load(site)
    fetcher = Fetcher(settings, RemoteStore(harbour.store), clock, lambda *_: ["10.0.0.7"])
    (fetched,) = fetcher.fetch(settings.remotes)
    assert "is at 10.0.0.7, which is no public address" in fetched.problems[0].reason


def test_a_remote_that_is_not_there_is_answered_with_those_that_are(harbour: App) -> None:
    with pytest.raises(NotFoundError, match=r"no remote 'harbor'; .* has harbour"):
        harbour.fetch(["harbor"])


# Its files as a source


@pytest.fixture
def source(harbour: App, site: Path) -> RemoteSource:
    asked(harbour)
    return RemoteSource(load(site))


def test_every_file_is_found_and_no_other(source: RemoteSource, site: Path) -> None:
    (name,) = files(site)
    (site / ".syndicate" / "remote" / "harbour" / ".half.tmp").write_text("x")
    found = list(source.scan())
    assert [file.source for file in found] == [f"remote:harbour/{name}"]
    assert list(source.look([found[0].source, "remote:harbour/x.json", "_posts/a.md"])) == found
    assert source.has(found[0].source)
    assert source.owns(found[0].source)


@pytest.mark.parametrize(
    "path",
    [
        "remote:harbour/../../secret.key",
        "remote:../x/2026-11-23T060000Z-000000000000000000000000.json",
        "remote:other/2026-11-23T060000Z-000000000000000000000000.json",
        "remote:harbour/x.json",
        ".syndicate/remote/harbour/x.json",
    ],
)
def test_no_other_path_leads_anywhere(source: RemoteSource, clock: Clock, path: str) -> None:
    assert not source.owns(path)
    assert not source.has(path)
    assert not list(source.look([path]))
    assert source.read(path, now=clock.now).post is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"guid": 1}', "[" * 100_000, '{"published": "x"}']
)
def test_a_file_that_somebody_broke_is_one_line_and_is_mended_by_the_next_fetch(
    harbour: App, source: RemoteSource, site: Path, server: Server, text: str
) -> None:
    (name,) = files(site)
    path = site / ".syndicate" / "remote" / "harbour" / name
    path.write_text(text)
    (problem,) = harbour.sync().problems
    assert problem.source == f"remote:harbour/{name}"
    assert "remove" in problem.reason
    assert source.has(problem.source)
    assert server.pages[FEED].body
    asked(harbour)
    assert harbour.sync().problems == ()
    assert titles(harbour) == ["one"]
    assert len(files(site)) == 1


def test_a_category_that_none_can_be_called_is_told(
    harbour: App, remote: Path, open_app: Callable[[], App], server: Server
) -> None:
    server.pages[FEED].body = feed("one").replace(b"tech", b"a/b")
    _, report = harbour.fetch(["harbour"])
    assert report
    assert "category 'a/b' looks like a path" in report.problems[0].reason
    remote.write_text(remote.read_text() + 'categories = ["c/d"]\n')
    (problem,) = open_app().sync(only=[]).problems
    assert str(problem).startswith("syndicate.toml: error: [[remotes]] harbour: category 'c/d'")


def test_a_title_is_made_of_the_text_where_there_is_none(harbour: App, server: Server) -> None:
    items = [{"id": "1", "content_text": "Boats. " * 40}, {"id": "2"}]
    record = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    server.pages[FEED].body = json.dumps(record).encode()
    asked(harbour)
    made, untitled = titles(harbour)
    assert made.startswith("Boats. Boats.")
    assert len(made) <= 80
    assert untitled == "Untitled"


# By hand


def test_the_command_asks_at_once_publishes_and_says_what_came(
    harbour: App, site: Path, server: Server, syndicate: Callable[..., Result]
) -> None:
    assert harbour
    done = syndicate("posts", "fetch", "--site", site)
    assert done.exit_code == 0
    assert "harbour        1    1        0  an archive: not mailed" in done.output
    assert "one" in (site / "public" / "rss.xml").read_text()
    server.pages[FEED] = replace(server.pages[FEED], status=404)
    failed = syndicate("posts", "fetch", "harbour", "--site", site)
    assert failed.exit_code == 1
    assert "remote:harbour: error: answers 404 Not Found" in failed.output
    unknown = syndicate("posts", "fetch", "port", "--site", site)
    assert unknown.exit_code == 1
    assert "no remote 'port'" in unknown.output
