"""Finds the files of a Hugo site's posts, without opening any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.hugo.inherited import section_pages
from syndicate.posts.hugo.page import BUNDLE, Page, is_post, is_private, parse
from syndicate.posts.scan import Found, entries, status_of, written_name

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from syndicate.posts.hugo.config import HugoConfig

#: What the page of a folder may be written in. Of other suffixes there is none that is read.
_SUFFIXES = (".md", ".markdown", ".html", ".htm")


class Pages:
    """The files of one site's posts, as one sync meets them.

    The time and size of one count those of the pages that it inherits from in: any of them changes
    what it says.
    """

    def __init__(self, folder: Path, config: HugoConfig) -> None:
        self._folder = folder
        self._config = config
        #: Time and size of what the pages of a folder inherit from, by root, folders and language.
        self._above: dict[tuple[str, tuple[str, ...], str], tuple[int, int]] = {}

    def scan(self) -> Iterator[Found]:
        """Every file of a post, those of a folder in the order of their names.

        Raises:
            PostError: a folder can't be looked into. Its posts must not pass for deleted.
        """
        roots = sorted(root for root, _ in self._config.roots)
        for root in roots:
            if (self._folder / root).is_symlink():
                raise PostError(f"{root} is a symbolic link; put the folder here")
            if not any(root.startswith(f"{other}/") for other in roots):
                yield from self._walk(self._folder / root, f"{root}/")

    def look(self, sources: Iterable[str]) -> Iterator[Found]:
        """Those of these that `scan` would find. It costs what they cost, not the site."""
        for source in sorted(set(sources)):
            page = parse(source, self._config)
            if page and is_post(page, self._config) and self._stands(page):
                try:
                    status = (self._folder / source).stat()
                except OSError:
                    continue
                yield self._found(page, status)

    def _walk(self, folder: Path, above: str) -> Iterator[Found]:
        found = sorted(entries(str(folder)), key=lambda entry: entry.name)
        inside = [(written_name(entry.name), entry) for entry in found]
        pages = [(parse(above + name, self._config), entry) for name, entry in inside]
        if any(page and page.is_bundle and not entry.is_dir() for page, entry in pages):
            # What stands beside a folder's own page belongs to it.
            inside = [(name, entry) for name, entry in inside if not entry.is_dir()]
            pages = [(page, entry) for page, entry in pages if page and page.is_bundle]
        for page, entry in pages:
            if page and is_post(page, self._config) and not entry.is_dir(follow_symlinks=False):
                status = status_of(entry.path)
                if status:
                    yield self._found(page, status)
        for name, entry in inside:
            if entry.is_dir(follow_symlinks=False) and not is_private(name):
                yield from self._walk(folder / entry.name, f"{above}{name}/")

    def _found(self, page: Page, status: os.stat_result) -> Found:
        above = (page.root, page.folders, page.language)
        if above not in self._above:
            stamps = [self._stamp(source) for source in section_pages(page)]
            self._above[above] = sum(time for time, _ in stamps), sum(size for _, size in stamps)
        time, size = self._above[above]
        return Found(page.source, status.st_mtime_ns + time, status.st_size + size)

    def _stamp(self, source: str) -> tuple[int, int]:
        try:
            status = (self._folder / source).stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_size

    def _stands(self, page: Page) -> bool:
        """Whether no folder above is a link, and none has a page of its own that it belongs to."""
        below = page.source[len(page.root) + 1 :].split("/")[:-1]
        folders = ["/".join((page.root, *below[: depth + 1])) for depth in range(len(below))]
        if any((self._folder / folder).is_symlink() for folder in (page.root, *folders)):
            return False
        others = folders[:-1] if page.is_bundle else folders
        return not any(self._is_bundle(folder) for folder in others)

    def _is_bundle(self, folder: str) -> bool:
        ends = ("", *(f".{language}" for language in self._config.languages))
        names = (f"{BUNDLE}{end}{suffix}" for end in ends for suffix in _SUFFIXES)
        return any((self._folder / folder / name).is_file() for name in names)
