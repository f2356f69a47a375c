"""Finds the files of posts below a site's folder, without opening any."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.jekyll.naming import POSTS_FOLDER, kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.posts.jekyll.config import SiteConfig

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
    names, folders = _listed(folder)
    for name in names:
        written = written_name(name)
        source = above + written
        if config.excludes(source):
            continue
        if name in folders:
            if is_entered(written) or source == config.collections_dir:
                below = in_posts or written == POSTS_FOLDER
                yield from _walk(f"{folder}/{name}", source + "/", config, in_posts=below)
        elif in_posts and kind(written) and not is_private(written):
            status = status_of(f"{folder}/{name}")
            if status:
                yield Found(source, status.st_mtime_ns, status.st_size)


def _listed(folder: str) -> tuple[list[str], set[str]]:
    """Names in a folder, ordered, and those of folders; of 100,000 files no more is kept."""
    names, folders = [], set()
    for entry in entries(folder):
        names.append(entry.name)
        if entry.is_dir(follow_symlinks=False):
            folders.add(entry.name)
    names.sort()
    return names, folders


def entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """What is in a folder, in no order.

    Raises:
        PostError: it can't be looked into.
    """
    try:
        with os.scandir(folder) as found:
            yield from found
    except OSError as error:
        raise PostError(f"can't look into {folder}: {error.strerror}") from error


def status_of(path: str) -> os.stat_result | None:
    """None if the file went away just now; a link to nowhere is for the reader to report."""
    for follow in (True, False):
        try:
            return os.stat(path, follow_symlinks=follow)  # noqa: PTH116 -- a Path a file costs twice
        except OSError:
            continue
    return None


def written_name(name: str) -> str:
    """A name as the system gives it; of what is not UTF-8 in it the bytes are written out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def is_private(name: str) -> bool:
    """Whether a file or folder of that name is nobody's business but its owner's."""
    return name.startswith(_PRIVATE)


def is_entered(name: str) -> bool:
    """Whether posts are looked for in a folder of that name."""
    return name == POSTS_FOLDER or not (is_private(name) or name in _FOREIGN)
