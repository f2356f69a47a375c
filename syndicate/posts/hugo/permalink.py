"""Where a page stands on the web, by Hugo's rules."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from syndicate.posts.matter.dates import strftime

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.posts.hugo.config import HugoConfig
    from syndicate.posts.hugo.page import Page

#: RFC 3986 §3.3: what a path may hold as it is.
_SAFE = "/-._~!$&'()*+,;=:@"
#: The same for what an author wrote, who may have encoded it already.
_WRITTEN = _SAFE + "%"
#: What Hugo keeps in a path beside letters, digits and marks.
_KEPT = frozenset("./\\_#+~-@")
_PLACEHOLDER = re.compile(r":([a-z]+)(?:\[([^\]/]{0,20})\])?")
_SLASHES = re.compile("/{2,}")
_SLICE = re.compile(r"(\d*)(:?)(\d*|last)")

_FROM_DATE = {
    "year": "%Y",
    "month": "%m",
    "monthname": "%B",
    "day": "%d",
    "weekday": "%w",
    "weekdayname": "%A",
    "yearday": "%-j",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a permalink may be made of, beside the page's place."""

    #: In the zone that its author wrote.
    day: datetime
    title: str
    #: The front matter's, or empty.
    slug: str
    #: Those that the page is in, from the top down.
    sections: tuple[str, ...]


def path(page: Page, config: HugoConfig, facts: Facts) -> str:
    """The page's path below the base URL, percent-encoded; it begins with a slash.

    Raises:
        ValueError: the section's permalink has a placeholder that nobody knows.
    """
    template = config.permalinks.get(page.section.lower())
    if not template:
        return usual(page, config, facts.slug)
    return _path(page, config, _PLACEHOLDER.sub(_Names(page, config, facts), template))


def usual(page: Page, config: HugoConfig, slug: str) -> str:
    """The path of a page in a section without a permalink of its own."""
    return _path(page, config, "/".join((*page.folders, slug or page.name)))


def of_section(page: Page, config: HugoConfig) -> str:
    """The path of the section whose own page that is."""
    folder = urlized("/".join(page.folders), config)
    prefix = config.languages[page.language].prefix
    return prefix + quote(f"/{folder}/" if folder else "/", _SAFE)


def _path(page: Page, config: HugoConfig, found: str) -> str:
    end = ".html" if config.is_ugly(page.section.lower()) else "/"
    path = f"/{urlized(found, config).strip('/')}{end}"
    prefix = config.languages[page.language].prefix
    return prefix + quote(_SLASHES.sub("/", path), _SAFE)


def written(url: str, prefix: str) -> str:
    """The path that an author wrote as `url`: from the site's root, or from the language's."""
    below = url if url.startswith("/") else f"{prefix}/{url}"
    named = "." in url.rpartition("/")[2]
    return quote(below if named or below.endswith("/") else f"{below}/", _WRITTEN)


def urlized(text: str, config: HugoConfig) -> str:
    """As Hugo makes a path of any text: spaces become hyphens, and what is no letter goes."""
    if config.removes_accents:
        decomposed = unicodedata.normalize("NFD", text)
        text = unicodedata.normalize(
            "NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
        )
    kept: list[str] = []
    gap = False
    for char in text if config.keeps_capitals else text.lower():
        if char in _KEPT or char.isalpha() or unicodedata.category(char)[0] in "NM":
            if gap and kept and char != "-" and kept[-1] != "-":
                kept.append("-")
            gap = False
            kept.append(char)
        elif char.isspace():
            gap = True
    return "".join(kept)


class _Names:
    """What the placeholders of a permalink stand for."""

    def __init__(self, page: Page, config: HugoConfig, facts: Facts) -> None:
        self._config, self._facts = config, facts
        title, slug = self._part(facts.title), self._part(facts.slug)
        name = self._part(page.name)
        self._simple: dict[str, Callable[[], str]] = {
            "title": lambda: title,
            "slug": lambda: slug or title,
            "filename": lambda: name,
            "contentbasename": lambda: name,
            "slugorfilename": lambda: slug or name,
            "slugorcontentbasename": lambda: slug or name,
            "section": lambda: page.section,
            "sectionslug": lambda: page.section,
        }

    def __call__(self, found: re.Match[str]) -> str:
        name, part = found[1], found[2]
        if name in ("sections", "sectionslugs"):
            return "/".join(_sliced(self._facts.sections, part))
        if name in _FROM_DATE:
            return strftime(self._facts.day, _FROM_DATE[name])
        if name not in self._simple:
            raise ValueError(f":{name}")
        return self._simple[name]()

    def _part(self, text: str) -> str:
        return urlized(text, self._config)


def _sliced(names: tuple[str, ...], part: str | None) -> tuple[str, ...]:
    """`:sections[1:]` and its like, as Go has them."""
    match = _SLICE.fullmatch(part) if part is not None else None
    if match is None:
        return names
    begin, colon, end = match.groups()
    if not colon:
        return names[-1:] if end == "last" else names[int(begin or 0) :][:1]
    return names[int(begin or 0) : None if end in ("", "last") else int(end)]
