"""Looks at a few files of a site, where somebody says that they have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.posts.jekyll.naming import POSTS_FOLDER, kind
from syndicate.posts.scan import Found, is_entered, is_private, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from syndicate.posts.jekyll.config import SiteConfig


def look(folder: Path, config: SiteConfig, sources: Iterable[str]) -> Iterator[Found]:
    """Those of these paths below the site's folder that `scan` would find, ordered by name.

    It costs what they cost, not what the site costs.
    """
    for source in sorted(set(sources)):
        if _is_post(folder, config, source):
            status = status_of(f"{folder}/{source}")
            if status:
                yield Found(source, status.st_mtime_ns, status.st_size)


def _is_post(folder: Path, config: SiteConfig, source: str) -> bool:
    *folders, name = source.split("/")
    if POSTS_FOLDER not in folders or not kind(name) or is_private(name):
        return False
    above = ["/".join(folders[: depth + 1]) for depth in range(len(folders))]
    return not config.excludes(source) and all(
        (is_entered(path.rpartition("/")[2]) or path == config.collections_dir)
        and not config.excludes(path)
        and not (folder / path).is_symlink()
        for path in above
    )
