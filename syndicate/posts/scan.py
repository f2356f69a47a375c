"""Finds the files of posts below a site's folder, without opening any."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.naming import POSTS_FOLDER, kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.posts.jekyll import SiteConfig

#: Folders of programs' own, which Jekyll leaves out as well.
_FOREIGN = frozenset(("node_modules", "vendor"))
#: What Jekyll takes for hidden, private or an editor's backup.
_PRIVATE = (".", "_", "#", "~")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is, or means to be, a post."""

    #: Its path below the site's folder, with forward slashes.
    source: str
    mtime_ns: int
    #: Bytes.
    size: int


def scan(folder: Path, config: SiteConfig) -> Iterator[Found]:
    """Every file of a post in any `_posts` folder of the site, ordered by name.

    Folders that are symbolic links are not entered: what is inside the site is found where it is,
    and what is outside is not the site's.

    Raises:
        PostError: a folder can't be looked into. Its posts must not pass for deleted.
    """
    return _walk(os.fspath(folder), "", config, in_posts=False)


def _walk(folder: str, above: str, config: SiteConfig, *, in_posts: bool) -> Iterator[Found]:
    for entry in _entries(folder):
        name = os.fsencode(entry.name).decode("utf-8", "backslashreplace")
        source = above + name
        if config.excludes(source):
            continue
        if entry.is_dir(follow_symlinks=False):
            if is_entered(name) or source == config.collections_dir:
                below = in_posts or name == POSTS_FOLDER
                yield from _walk(entry.path, source + "/", config, in_posts=below)
        elif in_posts and kind(name) and not is_private(name):
            status = _status(entry)
            if status:
                yield Found(source, status.st_mtime_ns, status.st_size)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise PostError(f"can't look into {folder}: {error.strerror}") from error


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """None if the file went away just now; a link to nowhere is for the reader to report."""
    for follow in (True, False):
        try:
            return entry.stat(follow_symlinks=follow)
        except OSError:
            continue
    return None


def is_private(name: str) -> bool:
    """Whether a file or folder of that name is nobody's business but its owner's."""
    return name.startswith(_PRIVATE)


def is_entered(name: str) -> bool:
    """Whether posts are looked for in a folder of that name."""
    return name == POSTS_FOLDER or not (is_private(name) or name in _FOREIGN)
