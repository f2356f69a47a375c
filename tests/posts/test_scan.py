from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import PostError
from syndicate.posts.jekyll.config import SiteConfig
from syndicate.posts.scan import scan

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("a", encoding="utf-8")


def sources(folder: Path, config: SiteConfig | None = None) -> list[str]:
    return [found.source for found in scan(folder, config or SiteConfig())]


def test_posts_are_found_below_every_posts_folder_in_order(tmp_path: Path) -> None:
    put(
        tmp_path, "b/_posts/2026-01-02-b.html", "_posts/x/2026-01-02-a.md", "_posts/2026-01-01-c.md"
    )
    assert sources(tmp_path) == [
        "_posts/2026-01-01-c.md",
        "_posts/x/2026-01-02-a.md",
        "b/_posts/2026-01-02-b.html",
    ]


def test_a_text_without_a_date_is_found_so_that_it_can_be_told(tmp_path: Path) -> None:
    put(tmp_path, "_posts/notes.md", "_posts/2026-01-01-a.textile")
    assert len(sources(tmp_path)) == 2


def test_pictures_backups_and_hidden_files_are_no_posts(tmp_path: Path) -> None:
    put(
        tmp_path,
        *("_posts/a.png", "_posts/.DS_Store", "_posts/2026-01-01-a.md~", "_posts/.2026-01-01-a.md"),
        *("_posts/#2026-01-01-a.md", "_posts/_x/2026-01-01-a.md", "2026-01-01-not-in-posts.md"),
    )
    assert sources(tmp_path) == []


def test_folders_that_are_no_part_of_the_site_are_not_entered(tmp_path: Path) -> None:
    put(
        tmp_path,
        *("_site/_posts/2026-01-01-a.md", "_drafts/_posts/2026-01-01-a.md"),
        *("vendor/_posts/2026-01-01-a.md", "node_modules/_posts/2026-01-01-a.md"),
        *(
            ".git/_posts/2026-01-01-a.md",
            "old/_posts/2026-01-01-a.md",
            "a/tmp/_posts/2026-01-01-a.md",
        ),
        "new/_posts/2026-01-01-secret.md",
    )
    assert sources(tmp_path, SiteConfig(exclude=("old/", "a/*", "*secret*"))) == []


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "outside/_posts/2026-01-01-a.md", "site/_posts/2026-01-01-b.md")
    (tmp_path / "site/linked").symlink_to(tmp_path / "outside")
    (tmp_path / "site/_posts/loop").symlink_to(tmp_path / "site")
    assert sources(tmp_path / "site") == ["_posts/2026-01-01-b.md"]


def test_size_and_time_are_known_without_opening_the_file(tmp_path: Path) -> None:
    put(tmp_path, "_posts/2026-01-01-a.md")
    os.utime(tmp_path / "_posts/2026-01-01-a.md", ns=(5, 7))
    (found,) = scan(tmp_path, SiteConfig())
    assert (found.mtime_ns, found.size) == (7, 1)


def test_a_site_that_cant_be_looked_into_is_no_empty_site(tmp_path: Path) -> None:
    with pytest.raises(PostError, match="can't look into"):
        list(scan(tmp_path / "gone", SiteConfig()))


def test_a_name_that_is_not_utf8_is_still_text(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "_posts")
    os.mkdir(folder)  # noqa: PTH102 -- a name of bytes
    try:
        with open(folder + b"/2026-01-01-\xb8.md", "wb"):  # noqa: PTH123 -- as above
            pass
    except OSError:
        pytest.skip("this disk takes only UTF-8")
    (source,) = sources(tmp_path)
    assert source.encode() == b"_posts/2026-01-01-\\xb8.md"
