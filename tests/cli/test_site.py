"""`syndicate sync` and `syndicate posts check`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App

#: What a broken file is called, what is in it, and where the fault is.
BROKEN = {
    "2024-05-17-not-text.md": (b"---\ntitle: x\n---\n\xff\xfe", "not-text.md"),
    "2024-05-17-open-tag.md": (b"---\ntitle: x\n---\n\n{% if a %}\n", "open-tag.md:5:"),
    "2024-13-45-no-date.md": (b"---\ntitle: x\n---\n", "no-date.md"),
}


def counts(result: Result) -> dict[str, int]:
    """The table that `sync` prints."""
    return {
        name: int(number)
        for name, number in re.findall(r"^ *(\S.*?) {2,}(\d+) *$", result.stdout, re.MULTILINE)
    }


@pytest.fixture
def run(site: Path, syndicate: Callable[..., Result]) -> Callable[..., Result]:
    return lambda *argv: syndicate(*argv, "--site", site)


def test_sync_says_what_it_found_and_made(
    run: Callable[..., Result], write: Callable[..., Path], site: Path
) -> None:
    write("one", "tech")
    write("two", "tech", "money")
    first = counts(run("sync"))
    assert first["files found"] == 2
    assert first["posts new (archive: not mailed)"] == 2
    assert first["feeds and archives written"] == 3
    assert (site / "public" / "categories" / "tech" / "rss.xml").is_file()

    write("three", "tech")
    write("one", "tech", body="Mended.")
    second = counts(run("sync"))
    assert (second["posts new"], second["files rewritten"], second["files unchanged"]) == (1, 1, 1)
    assert second["feeds and archives written"] == 2

    third = counts(run("sync"))
    assert (third["posts new"], third["files rewritten"]) == (0, 0)
    assert third["feeds and archives written"] == 0


def test_a_script_is_told_each_problem_of_a_sync(
    run: Callable[..., Result], write: Callable[..., Path], site: Path
) -> None:
    write("one", "tech")
    (site / "_posts" / "2024-05-17-open-tag.md").write_bytes(BROKEN["2024-05-17-open-tag.md"][0])
    done = run("sync", "--json")
    found = json.loads(done.stdout)
    assert (found["files"], found["new"], found["announced"]) == (2, 2, False)
    (problem,) = found["problems"]
    assert (problem["source"], problem["line"]) == ("_posts/2024-05-17-open-tag.md", 5)
    assert problem["severity"] == "error"
    assert "open-tag.md:5:" in done.stderr


def test_the_first_posts_are_an_archive_unless_they_are_announced(
    run: Callable[..., Result], write: Callable[..., Path], app: App
) -> None:
    write("one", "tech")
    run("sync")
    assert app.pending.counts("daily") == {}
    write("two", "tech")
    run("sync", "--archive")
    assert app.pending.counts("daily") == {}
    write("three", "tech")
    run("sync")
    assert app.pending.counts("daily") == {"tech": 1}


def test_an_archive_can_be_announced(
    run: Callable[..., Result], write: Callable[..., Path], app: App
) -> None:
    write("one", "tech")
    assert counts(run("sync", "--announce"))["posts new"] == 1
    assert app.pending.counts("daily") == {"tech": 1}


def test_rebuilding_writes_every_feed_and_changes_none(
    run: Callable[..., Result], write: Callable[..., Path]
) -> None:
    write("one", "tech")
    run("sync")
    again = counts(run("sync", "--rebuild"))
    assert (again["feeds and archives written"], again["documents changed"]) == (2, 0)


def test_a_file_that_vanished_is_told_with_what_it_means(
    run: Callable[..., Result], write: Callable[..., Path]
) -> None:
    path = write("one", "tech")
    write("two", "tech")
    run("sync")
    path.unlink()
    result = run("sync")
    assert "their posts stay in the feeds" in result.stderr
    assert "1 files have vanished" in result.stderr
    assert 'vanished = "withdraw"' in result.stderr
    assert result.exit_code == 0


def test_an_empty_site_is_no_error(run: Callable[..., Result]) -> None:
    result = run("sync")
    assert result.exit_code == 0
    assert counts(result)["files found"] == 0
    assert run("posts", "check").exit_code == 0


def test_broken_posts_are_listed_with_file_and_line_and_stop_no_others(
    run: Callable[..., Result], write: Callable[..., Path], site: Path
) -> None:
    write("good", "tech", title="The good one")
    for name, (data, _) in BROKEN.items():
        (site / "_posts" / name).write_bytes(data)
    for result in (run("posts", "check"), run("sync")):
        said = result.stdout + result.stderr
        for name, (_, place) in BROKEN.items():
            assert place in said, name
        assert "Traceback" not in said
    assert run("posts", "check").exit_code == 1
    assert run("sync").exit_code == 0
    assert "The good one" in (site / "public" / "rss.xml").read_text()


def test_checking_touches_nothing(
    run: Callable[..., Result], write: Callable[..., Path], site: Path, app: App
) -> None:
    write("one", "tech")
    before = sorted(site.rglob("*"))
    assert run("posts", "check").exit_code == 0
    assert sorted(site.rglob("*")) == before
    assert not app.posts.imported()


def test_a_warning_fails_a_strict_check_only(run: Callable[..., Result], site: Path) -> None:
    path = site / "_posts" / "2024-05-17-odd.md"
    path.write_text('---\ntitle: "He said "no" to it"\n---\nText.\n')
    result = run("posts", "check")
    assert result.exit_code == 0
    assert "odd.md" in result.stdout
    assert "0 errors, 1 warnings" in result.stdout
    assert run("posts", "check", "--strict").exit_code == 1


def test_a_second_sync_at_the_same_time_is_told_to_wait(
    run: Callable[..., Result], app: App
) -> None:
    with app.store.lock("sync"):
        result = run("sync")
    assert told(result) == "sync is already running; wait until it is done"
    assert result.exit_code == 1
