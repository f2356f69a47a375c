"""newsboat, as Debian has it, subscribes over HTTP: no post is new to it twice."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from syndicate.feeds.model import Format
from tests.clients.conftest import DAY
from tests.programs import require

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clients.conftest import Service

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Newsboat:
    """A reader with a folder of its own; `urls` are what it subscribes to."""

    home: Path

    def run(self, *argv: str) -> str:
        files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
        return subprocess.run(
            [
                "newsboat",
                *(part for o, n in files.items() for part in (o, str(self.home / n))),
                *argv,
            ],
            env={**os.environ, "HOME": str(self.home), "LC_ALL": "C.UTF-8"},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout

    def subscribe(self, *urls: str) -> None:
        (self.home / "urls").write_text("".join(f"{url}\n" for url in urls))

    def reload(self) -> int:
        """Ask for all feeds; how many items are unread by then."""
        self.run("-x", "reload")
        return int(self.run("-x", "print-unread").split()[0])

    def items(self) -> list[tuple[str, str]]:
        """Title and content of every item that it ever took in."""
        return self._sql("SELECT title, content FROM rss_item ORDER BY id")

    def read_all(self) -> None:
        """As a person does with `A`, for which it wants a terminal."""
        self._sql("UPDATE rss_item SET unread = 0")

    def _sql(self, statement: str) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self.home / "cache.db")) as cache, cache:
            return cache.execute(statement).fetchall()


@pytest.fixture
def newsboat(tmp_path: Path) -> Newsboat:
    require("newsboat")
    home = tmp_path / "newsboat"
    home.mkdir()
    (home / "config").touch()
    return Newsboat(home)


def titles(newsboat: Newsboat) -> list[str]:
    return [title for title, _ in newsboat.items()]


@pytest.mark.parametrize("kind", [Format.RSS, Format.ATOM])
def test_no_post_is_new_twice(service: Service, newsboat: Newsboat, kind: Format) -> None:
    service.add("one", "two", title="央行：下调 & more")
    newsboat.subscribe(service.url + kind)
    assert newsboat.reload() == 2
    assert titles(newsboat) == ["央行：下调 & more"] * 2
    newsboat.read_all()
    # Nothing happened.
    service.sync()
    assert newsboat.reload() == 0
    service.add("three")
    assert newsboat.reload() == 1
    assert titles(newsboat)[2:] == ["Three"]
    newsboat.read_all()
    # Corrected, and under another title.
    service.add("one", title="Corrected", body="Mended *words*.")
    assert newsboat.reload() == 0
    assert len(newsboat.items()) == 3
    assert [content for title, content in newsboat.items() if title == "Corrected"] == [
        "<p>Mended <em>words</em>.</p>"
    ]
    # Moved, settings changed, and so many more that the first ones leave for an archive.
    posts = service.folder / "_posts"
    (posts / "sub").mkdir()
    (posts / f"{DAY}-three.md").rename(posts / "sub" / f"{DAY}-three.md")
    service.set("image = 'https://blog.example/icon.png'\n")
    service.add("four", "five", "six", "seven")
    assert newsboat.reload() == 4
    assert sorted(titles(newsboat)[3:]) == ["Five", "Four", "Seven", "Six"]
    assert (service.folder / "public" / "archive" / "1" / kind).exists()


def test_all_feeds_of_the_opml_can_be_subscribed_to(service: Service, newsboat: Newsboat) -> None:
    service.add("one")
    service.write("two", "tech", day=DAY)
    service.sync()
    newsboat.subscribe()
    newsboat.run("-i", str(service.folder / "public" / "feeds.opml"))
    # The whole site, and two categories.
    assert (newsboat.home / "urls").read_text().count(service.url) == 3
    # A post has one id in them all, so it is new once.
    assert newsboat.reload() == 2
    assert sorted(titles(newsboat)) == ["One", "Two"]
