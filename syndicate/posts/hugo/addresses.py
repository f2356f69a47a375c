"""The paths of a site's pages, also of those that a post only refers to."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.faults import Faults
from syndicate.posts.hugo import permalink
from syndicate.posts.hugo.fields import PageFields
from syndicate.posts.hugo.front_matter import split
from syndicate.posts.hugo.page import BUNDLE, SECTION, parse
from syndicate.posts.hugo.pages import Pages
from syndicate.posts.jekyll.site_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from syndicate.posts.hugo.config import HugoConfig
    from syndicate.posts.hugo.inherited import Cascade
    from syndicate.posts.hugo.page import Page

_SUFFIXES = (".md", ".markdown", ".html")


class Addresses:
    """Knows where each page of the site stands on the web, as a path below the base URL."""

    def __init__(self, folder: Path, config: HugoConfig, cascade: Cascade, zone: ZoneInfo) -> None:
        self._folder = folder
        self._config = config
        self._cascade = cascade
        self._zone = zone

    def path(self, fields: PageFields, day: datetime, title: str, faults: Faults) -> str:
        """The page's own path. A permalink that can't be used is told, and Hugo's usual taken."""
        page, config = fields.page, self._config
        url = fields.text("url")
        if url:
            return permalink.written(url, config.languages[page.language].prefix)
        slug = fields.slug(config)
        try:
            facts = permalink.Facts(day, title, slug, self._sections(page))
            return permalink.path(page, config, facts)
        except ValueError as error:
            template = config.permalinks[page.section.lower()]
            faults.warn(f"permalink {template!r} has {error}, which nobody knows; left out")
            return permalink.usual(page, config, slug)

    def resolve(self, target: str, page: Page) -> str | None:
        """The path of the page that a `ref` on this page names; None if there is none.

        Raises:
            PostError: the page's file can't be read.
        """
        name, mark, anchor = target.partition("#")
        if not name:
            return mark + anchor
        found = next(filter(self._is_file, self._candidates(name, page)), None)
        found = found or self._by_name.get(name.rpartition("/")[2].rpartition(".")[0] or name)
        return self._path_of(found) + mark + anchor if found else None

    def _path_of(self, source: str) -> str:
        page = parse(source, self._config)
        if page is None:
            raise PostError(f"{source} is no page")
        if page.name == SECTION:
            return permalink.of_section(page, self._config)
        faults = Faults(source)
        matter = split(read_text(self._folder, source).replace("\r\n", "\n"), faults)
        fields = PageFields(page, matter, self._cascade.above(page, faults), faults)
        return self.path(fields, fields.day(self._config, self._zone), fields.title(), faults)

    def _sections(self, page: Page) -> tuple[str, ...]:
        """The page's first folder, and those below as far as one has a page of its own."""
        for depth in range(len(page.folders), 1, -1):
            above = "/".join((page.root, *page.folders[:depth]))
            names = (f"{above}/{SECTION}{suffix}" for suffix in _SUFFIXES)
            if any(map(self._is_file, names)):
                return page.folders[:depth]
        return page.folders[:1]

    def _candidates(self, name: str, page: Page) -> Iterator[str]:
        """Files that may be meant, the likelier first: from the page's folder, then the root."""
        bases = [page.root] if name.startswith("/") else [page.folder, page.root]
        if page.is_bundle and not name.startswith("/"):
            bases.insert(1, page.folder.rpartition("/")[0])
        inner = f".{page.language}"
        for base in bases:
            path = _joined(base, name.strip("/"))
            if path is None:
                continue
            yield path
            stem = path.removesuffix(".md")
            for suffix in _SUFFIXES:
                yield f"{stem}{suffix}"
                yield f"{stem}{inner}{suffix}"
                yield f"{stem}/{BUNDLE}{suffix}"
                yield f"{stem}/{BUNDLE}{inner}{suffix}"
                yield f"{stem}/{SECTION}{suffix}"

    def _is_file(self, source: str) -> bool:
        try:
            return parse(source, self._config) is not None and (self._folder / source).is_file()
        except (OSError, ValueError):  # too long for a name, or with a NUL in it
            return False

    @cached_property
    def _by_name(self) -> dict[str, str]:
        """The pages by their names alone, as a `ref` may call them; of two the first."""
        names: dict[str, str] = {}
        for found in Pages(self._folder, self._config).scan():
            page = parse(found.source, self._config)
            if page:
                names.setdefault(page.name, page.source)
        return names


def _joined(base: str, name: str) -> str | None:
    """The path below the site's folder; None if it leads out of it."""
    parts = base.split("/")
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
