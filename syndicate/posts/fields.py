"""What a post's front matter means: its title, day, categories, authors and the rest."""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from syndicate.posts import category, dates
from syndicate.posts.links import absolute
from syndicate.posts.model import Image
from syndicate.posts.text import one_line, title_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.posts.faults import Faults
    from syndicate.posts.front_matter import FrontMatter
    from syndicate.posts.naming import FileName

#: BCP 47 (RFC 5646 §2.1), as far as sites use it: language, script, region, variants.
_LANGUAGE = re.compile(
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*)",
    re.IGNORECASE,
)
#: Characters. A longer one is text that slipped into the wrong place.
_LONGEST_LANGUAGE = 35


class Fields:
    """The front matter of one file over the site's defaults for it.

    Whatever is wrong is told to `faults`, with its line, and mended or left out.
    """

    def __init__(
        self, name: FileName, matter: FrontMatter, defaults: Mapping[str, Any], faults: Faults
    ) -> None:
        self.name = name
        self.values: dict[str, Any] = {**defaults, **matter.values}
        self._matter = matter
        self._defaults = defaults
        self._faults = faults

    @property
    def is_published(self) -> bool:
        """Whether the author wants it out."""
        return str(self.values.get("published", True)).lower() != "false"

    def text(self, *keys: str) -> str:
        """The first of these that is there and not empty, as it is written; lists are no text."""
        found = (self._written(key) for key in keys)
        return next((str(text) for text in found if isinstance(text, str) and text.strip()), "")

    def title(self) -> str:
        """Plain text; made from the file's name where there is none."""
        title = title_text(self.text("title"))
        if title:
            return title
        words = self.name.slug.replace("-", " ").split()
        title = one_line(" ".join(word[:1].upper() + word[1:] for word in words)) or "Untitled"
        self._warn(f"no title; {title!r} was made from the file's name", "title")
        return title

    def published(self, zone: ZoneInfo) -> datetime:
        """The post's time in UTC; the file's name gives its day where the front matter doesn't."""
        if "date" in self.values:
            try:
                return dates.parse(self.text("date"), zone)
            except ValueError as error:
                day = self.name.day.isoformat()
                self._warn(f"{error}; took {day} from the file's name", "date")
        return dates.midnight(self.name.day, zone)

    def categories(self) -> tuple[str, ...]:
        """Folders, then `categories`, then `category`: Jekyll's order. Impossible names go."""
        good = []
        for name in category.distinct(self._category_names()):
            fault = category.fault(name)
            if fault:
                self._faults.error(
                    f"category {name[:60]!r} {fault}; the post was left out of it",
                    self._matter.line("categories", "category"),
                )
            else:
                good.append(name)
        return tuple(good)

    def tags(self) -> tuple[str, ...]:
        """`tag` is one, `tags` are many: Jekyll takes the singular where both are there."""
        singular = list(category.names(self._written("tag"), split=False))
        plural = category.names(self._written("tags"), split=True)
        return category.distinct(one_line(name) for name in singular or plural)

    def authors(self, usual: object, known: Mapping[str, Any]) -> tuple[str, ...]:
        """Names; an address is never among them.

        `usual` wrote the posts that name nobody; `known` says what short names stand for.
        """
        own = category.distinct(
            (
                *_people(self.values.get("author"), known),
                *_people(self.values.get("authors"), known),
            )
        )
        return own or category.distinct(_people(usual, known))

    def language(self, site_language: str) -> str:
        """BCP 47, however it is written (`zh_cn`)."""
        written = self.text("lang", "language", "locale")
        if not written:
            return site_language
        tag = language_tag(written)
        if not tag:
            self._warn(f"{written[:40]!r} is no language; took {site_language}", "lang", "language")
        return tag or site_language

    def image(self, base: str) -> Image | None:
        """The picture that stands for the post. Paths count from the site's folder."""
        value = self.values.get("image")
        alt = ""
        if isinstance(value, dict):
            alt = one_line(str(value.get("alt") or ""))
            value = value.get("path") or value.get("url") or value.get("src")
        if not isinstance(value, str) or not value.strip():
            return None
        url = absolute(_below(base, value.strip()), base)
        if not url.startswith("http"):
            self._warn(f"image {value[:60]!r} is no picture's address; it was left out", "image")
            return None
        return Image(url, alt)

    def _written(self, key: str) -> object:
        """A scalar as it stands in the file (`1.10`, `No`); anything else as YAML has it."""
        entry = self._matter.entries.get(key)
        if entry is None:
            value = self._defaults.get(key)
            return str(value) if isinstance(value, (int, float)) else value
        return entry.text or entry.value

    def _category_names(self) -> Iterator[str]:
        yield from self.name.folders
        yield from category.names(self._defaults.get("categories"), split=True)
        written = self._written("categories") if "categories" in self._matter.entries else None
        if isinstance(written, str) and "," in written:
            names = list(category.names(written, split=True))
            reason = f"categories with commas were read as {names}; write them as a list"
            self._warn(reason, "categories")
        yield from category.names(written, split=True)
        yield from category.names(self._written("category"), split=False)

    def _warn(self, reason: str, *keys: str) -> None:
        self._faults.warn(reason, self._matter.line(*keys))


def language_tag(written: str) -> str:
    """The tag in its usual capitals, `zh-Hant-TW`; empty if it is none."""
    written = written.strip().replace("_", "-")
    # POSIX says more: `de_DE.UTF-8`.
    match = _LANGUAGE.fullmatch(written.partition(".")[0][:_LONGEST_LANGUAGE])
    if not match:
        return ""
    language, script, region, variants = match.groups()
    parts = [language.lower(), (script or "").title(), (region or "").upper()]
    return "-".join(part for part in parts if part) + variants.lower()


def _people(value: object, known: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _people(item, known)
    elif isinstance(value, dict):
        yield from _people(value.get("name"), {})
    elif isinstance(value, str) and isinstance(known.get(value), dict):
        yield from _people(known[value].get("name") or value, {})
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield _without_address(title_text(str(value)))


def _without_address(name: str) -> str:
    """`Ann <ann@example.org>` is Ann, and `ann@example.org` nobody."""
    if "@" not in name:
        return name
    shown, address = parseaddr(name)
    if "@" in address.strip("@"):
        return one_line(shown) if "@" not in shown else ""
    return name


def _below(base: str, path: str) -> str:
    """A bare path means the same as one with a slash: from the site's root."""
    if "://" in path or path.startswith("//") or ":" in path.partition("/")[0]:
        return path
    return f"{base}/{path.lstrip('/')}"
