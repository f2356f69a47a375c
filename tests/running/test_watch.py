"""A post that is written is noticed; what can't change a post is not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from syndicate.posts.sources import Sources
from syndicate.running.watch import watching
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Seconds: a burst ends half a second after its last change.
PATIENCE = 20


@pytest.mark.parametrize(
    "name",
    [
        "_posts/2026-11-20-x.md",
        pytest.param("en/_posts/x.md", marks=pytest.mark.slow),
        pytest.param("_config.yml", marks=pytest.mark.slow),
    ],
)
def test_a_burst_of_changes_is_noticed(site: Path, name: str) -> None:
    (site / "en" / "_posts").mkdir(parents=True)
    noticed, told = threading.Event(), []

    def note(sources: list[str] | None) -> None:
        told.append(sources)
        noticed.set()

    with watching(site, Sources(load(site)), note):
        path = site / name
        # The watcher may still be setting up: a file that goes on changing is seen all the same.
        for number in range(PATIENCE * 10):
            path.write_text(str(number))
            if noticed.wait(0.1):
                break
    assert noticed.is_set()
    assert told[0] == ([name] if "_posts" in name else None)


@pytest.mark.slow
def test_what_is_published_or_kept_is_no_change_of_a_post(
    site: Path, write_post: Callable[..., Path]
) -> None:
    bursts: list[str] = []
    last = threading.Event()
    (site / "public").mkdir()

    def noticed(_sources: list[str] | None) -> None:
        bursts.append("")
        last.set()

    with watching(site, Sources(load(site)), noticed):
        for number in range(PATIENCE * 10):
            write_post(f"post-{number}", "tech")
            if last.wait(0.1):
                break
        last.clear()
        before = len(bursts)
        (site / "public" / "rss.xml").write_text("x")
        (site / "notes.txt").write_text("x")
        assert not last.wait(2)
    assert len(bursts) == before
