"""Documents that aren't where they are asked for: moved, gone, or not there yet."""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

import pytest

from syndicate.feeds import moves
from syndicate.web.moved import redirect

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("rss.xml", "atom.xml", "feed.json", "index.html")


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or NAMES:
        (folder / name).write_text("x")
    return folder


def answer(root: Path, url_path: str) -> tuple[int, str | None] | None:
    found = redirect(root, url_path)
    return (found.status_code, found.headers.get("location")) if found else None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path)
    put(tmp_path / "categories" / "new" / "archive" / "1-2")
    for folder, old, new in (("new/archive", "1", "1-2"), ("", "old", "new"), ("", "eld", "old")):
        left = put(tmp_path / "categories" / folder / old)
        moves.move_away(left, left.with_name(new))
    put(tmp_path / "categories" / "new")
    return tmp_path


@pytest.mark.parametrize("name", ["rss.xml", "index.html", ""])
def test_what_moved_is_found_in_one_hop(root: Path, name: str) -> None:
    for before, way in (
        ("new/archive/1", "../1-2/"),
        ("old", "../new/"),
        ("eld", "../new/"),
        ("eld/archive/1", "../../../new/archive/1-2/"),
        ("eld/archive/7", "../../../new/archive/7/"),
    ):
        assert answer(root, f"/categories/{before}/{name}") == (301, way + name)


def test_an_archive_to_come_leads_to_the_live_document_for_now(root: Path) -> None:
    assert answer(root, "/archive/1/rss.xml") == (307, "../../rss.xml")
    assert answer(root, "/categories/new/archive/2/") == (307, "../../")
    for none in ("/categories/no/archive/1/rss.xml", "/archive/1/feeds.html", "/archive/x/rss.xml"):
        assert answer(root, none) is None


def test_what_was_taken_back_is_gone_with_all_below_it(root: Path) -> None:
    moves.take_down(root / "categories" / "new")
    for path in ("new/rss.xml", "new/", "new/archive/1/rss.xml", "old/rss.xml", "eld/"):
        assert answer(root, f"/categories/{path}") == (410, None)
    moves.put_back(root / "categories" / "new")
    assert answer(root, "/categories/new/rss.xml") is None


def test_a_name_in_any_script_is_a_url(root: Path) -> None:
    old = put(root / "categories" / "a")
    moves.move_away(old, old.with_name("经济 (a)"))
    expected = "../%E7%BB%8F%E6%B5%8E%20%28a%29/rss.xml"
    assert answer(root, "/categories/a/rss.xml") == (301, expected)


def test_a_feed_that_has_its_first_name_again_is_there_with_its_archives(root: Path) -> None:
    moves.move_away(root / "categories" / "new", root / "categories" / "old")
    put(root / "categories" / "old")
    assert answer(root, "/categories/new/rss.xml") == (301, "../old/rss.xml")
    assert answer(root, "/categories/old/archive/9/rss.xml") == (307, "../../rss.xml")


def test_notes_in_a_circle_lead_nowhere(root: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        moves.move_away(put(root / one), root / other)
    assert answer(root, "/a/rss.xml") is None


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/no.xml", "/../x/rss.xml", "/.moved", "//rss.xml", "/categories/old/.moved"),
        *("/categories/old/secret.key", "/a\0/rss.xml", "/\ud800/rss.xml", "/help"),
        *("/" + "x" * 5000 + "/rss.xml", "/rss.xml/archive/1/rss.xml"),
    ],
)
def test_of_all_else_nothing_is_known(root: Path, path: str) -> None:
    assert answer(root, path) is None


def test_a_deep_path_costs_next_to_nothing(root: Path) -> None:
    begun = process_time()
    assert answer(root, "/x" * 30_000 + "/rss.xml") is None
    assert answer(root, "/archive/1" * 10_000 + "/rss.xml") is None
    assert process_time() - begun < 0.5
