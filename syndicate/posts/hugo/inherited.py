"""What a page has of the sections above it: front matter under `cascade`."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from syndicate.errors import PostError
from syndicate.posts.faults import Faults
from syndicate.posts.hugo.config import mapping, mappings
from syndicate.posts.hugo.front_matter import split
from syndicate.posts.hugo.page import SECTION
from syndicate.posts.jekyll.site_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from syndicate.posts.hugo.config import HugoConfig
    from syndicate.posts.hugo.page import Page


def section_pages(page: Page) -> Iterator[str]:
    """The files that a page may inherit from, from the top down, whether or not they are there."""
    for depth in range(len(page.folders) + 1):
        above = "/".join((page.root, *page.folders[:depth]))
        yield f"{above}/{SECTION}.md"
        yield f"{above}/{SECTION}.{page.language}.md"


class Cascade:
    """The front matter that pages of one site inherit; each section's page is read once."""

    def __init__(self, folder: Path, config: HugoConfig) -> None:
        self._folder = folder
        self._config = config
        self._read: dict[str, tuple[Mapping[str, Any], ...]] = {}

    def above(self, page: Page, faults: Faults) -> dict[str, Any]:
        """What holds for the page where it says nothing itself; the nearest section wins."""
        values = _fitting(self._config.cascade, page)
        for source in section_pages(page):
            if source not in self._read:
                self._read[source] = self._entries(source, faults)
            values |= _fitting(self._read[source], page)
        return values

    def _entries(self, source: str, faults: Faults) -> tuple[Mapping[str, Any], ...]:
        if not (self._folder / source).is_file():
            return ()
        try:
            text = read_text(self._folder, source).replace("\r\n", "\n")
            return tuple(mappings(split(text, Faults(source)).values.get("cascade")))
        except PostError as error:
            faults.warn(f"nothing was inherited from {source}: {error.reason}")
            return ()


def _fitting(entries: Iterable[Mapping[str, Any]], page: Page) -> dict[str, Any]:
    """Of several entries for one page the first holds, as in Hugo."""
    values: dict[str, Any] = {}
    for entry in entries:
        own = {str(key).lower(): value for key, value in entry.items()}
        target = own.pop("_target", None) or own.pop("target", None)
        if _is_meant(mapping(target), page):
            values = {**mapping(own.pop("params", None)), **own, **values}
    return values


def _is_meant(target: Mapping[str, Any], page: Page) -> bool:
    wanted = {str(key).lower(): str(value).lower() for key, value in target.items()}
    path = "/" + "/".join((*page.folders, page.name)).lower()
    return (
        # `**` goes through folders, and so does `*` here.
        fnmatch.fnmatchcase(path, wanted.get("path", "*").replace("**", "*"))
        and wanted.get("kind", "page") in ("page", "*")
        and wanted.get("lang", page.language) == page.language
        and wanted.get("environment", "production") == "production"
    )
