"""What a post's front matter means wherever it comes from: its title, authors, picture."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, ClassVar

from syndicate.posts import category
from syndicate.posts.html.links import absolute
from syndicate.posts.model import Image
from syndicate.posts.text import one_line, title_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from syndicate.posts.faults import Faults
    from syndicate.posts.matter.front_matter import FrontMatter

#: BCP 47 (RFC 5646 §2.1), as far as sites use it: language, script, region, variants.
_LANGUAGE = re.compile(
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*)",
    re.IGNORECASE,
)
#: Characters. A longer one is text that slipped into the wrong place.
_LONGEST_LANGUAGE = 35
#: A side of a picture, at most 99,999.
_PIXELS = re.compile(r"([1-9]\d{0,4})(?:px)?", re.ASCII)
#: Characters of a correction: a sentence or two.
CORRECTION_LENGTH = 500


class Fields:
    """The front matter of one file over the site's defaults for it.

    Whatever is wrong is told to `faults`, with its line, and mended or left out.
    """

    #: Where the picture that stands for a post is named, the likelier first.
    pictures: ClassVar[tuple[str, ...]] = ("image",)

    def __init__(
        self, slug: str, matter: FrontMatter, defaults: Mapping[str, Any], faults: Faults
    ) -> None:
        self._slug = slug
        self.values: dict[str, Any] = {**defaults, **matter.values}
        self._matter = matter
        self._defaults = defaults
        self._faults = faults

    @property
    def has_liquid(self) -> bool:
        """Whether Liquid is run in the body; `render_with_liquid: false` forbids it (Jekyll 4)."""
        return self.values.get("render_with_liquid") is not False

    def text(self, *keys: str) -> str:
        """The first of these that is there and not empty, as it is written; lists are no text."""
        found = (self.written(key) for key in keys)
        return next((str(text) for text in found if isinstance(text, str) and text.strip()), "")

    def title(self) -> str:
        """Plain text; made from the file's name where there is none."""
        title = title_text(self.text("title"))
        if title:
            return title
        words = self._slug.replace("-", " ").split()
        title = one_line(" ".join(word[:1].upper() + word[1:] for word in words)) or "Untitled"
        self.warn(f"no title; {title!r} was made from the file's name", "title")
        return title

    def correction(self) -> str:
        """What was put right in the post, for those who got it by mail; mostly there is nothing."""
        return title_text(self.text("correction"))[:CORRECTION_LENGTH]

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

    def image(self, base: str, located: Callable[[str, str], str] | None = None) -> Image | None:
        """The picture that stands for the post.

        `located` says what a path means with that base; else it counts from the site's folder.
        """
        found = ((key, _picture(self.values.get(key))) for key in self.pictures)
        key, picture = next((pair for pair in found if pair[1].url), ("", Image("")))
        if not picture.url:
            return None
        url = absolute((located or below)(base, picture.url), base)
        if not url.startswith("http"):
            self.warn(f"{key} {picture.url[:60]!r} is no picture's address; it was left out", key)
            return None
        return replace(picture, url=url)

    def possible(self, names: Iterable[str], *keys: str) -> tuple[str, ...]:
        """Those of the names that a category can have; of the others it is told, at these keys."""
        good = []
        for name in category.distinct(names):
            fault = category.fault(name)
            if fault:
                reason = f"category {name[:60]!r} {fault}; the post was left out of it"
                self._faults.error(reason, self._matter.line(*keys))
            else:
                good.append(name)
        return tuple(good)

    def warn(self, reason: str, *keys: str) -> None:
        """Tell what was mended or left out, with the line of the first of these keys."""
        self._faults.warn(reason, self._matter.line(*keys))

    def written(self, key: str) -> object:
        """A scalar as it stands in the file (`1.10`, `No`); anything else as YAML has it."""
        entry = self._matter.entries.get(key)
        if entry is None:
            value = self._defaults.get(key)
            return str(value) if isinstance(value, (int, float)) else value
        return entry.text or entry.value


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
        yield without_address(title_text(str(value)))


def _picture(value: object) -> Image:
    """A picture as it is written, a path or a URL; of several the first."""
    if isinstance(value, (list, tuple)):
        return _picture(value[0]) if value else Image("")
    if not isinstance(value, dict):
        return Image(value.strip() if isinstance(value, str) else "")
    written = (value.get(key) for key in ("path", "url", "src", "image"))
    path = next((path for path in written if isinstance(path, str) and path.strip()), "")
    alt = one_line(str(value.get("alt") or ""))
    return Image(path.strip(), alt, *(_pixels(value.get(side)) for side in ("width", "height")))


def _pixels(value: object) -> int:
    """A side of a picture: `630`, `"630"` or `630px`; 0 for what is none."""
    found = _PIXELS.fullmatch(str(value))
    return int(found[1]) if found else 0


def without_address(name: str) -> str:
    """A name fit to be published: `Ann <ann@example.org>` is Ann, and `ann@example.org` nobody."""
    if "@" not in name:
        return name
    shown, address = parseaddr(name)
    if "@" in address.strip("@"):
        return one_line(shown) if "@" not in shown else ""
    return name


def below(base: str, path: str) -> str:
    """A bare path means the same as one with a slash: from the site's root."""
    if "://" in path or path.startswith("//") or ":" in path.partition("/")[0]:
        return path
    return f"{base}/{path.lstrip('/')}"
