"""Where a post stands on the web, by Jekyll's rules."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from syndicate.posts.matter.dates import strftime
from syndicate.posts.text import is_alphanumeric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from syndicate.posts.jekyll.naming import FileName

#: RFC 3986 §3.3: what a path may hold as it is.
_SAFE = "/-._~!$&'()*+,;=:@"
#: The same for a template, whose author may have encoded it already.
_TEMPLATE = _SAFE + "%"
#: What Jekyll's `pretty` slugs keep beside letters and digits.
_PRETTY = "._~!$&'()+,;=@"
_PLACEHOLDER = re.compile(r":([a-z_]+)")

_FROM_DATE = {
    "year": "%Y",
    "short_year": "%y",
    "month": "%m",
    "i_month": "%-m",
    "short_month": "%b",
    "long_month": "%B",
    "day": "%d",
    "i_day": "%-d",
    "y_day": "%j",
    "w_year": "%G",
    "week": "%V",
    "w_day": "%u",
    "short_day": "%a",
    "long_day": "%A",
    "hour": "%H",
    "minute": "%M",
    "second": "%S",
}


def slugify(text: str, mode: str = "default", *, cased: bool = False) -> str:
    """Jekyll's filter of that name: what isn't a letter or digit becomes a hyphen."""
    if mode == "latin":
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    match mode:
        case "none":
            slug = text
        case "raw":
            slug = "-".join(text.split())
        case "ascii":
            slug = _hyphened(char if char.isascii() and char.isalnum() else "-" for char in text)
        case "pretty":
            slug = _hyphened(c if c in _PRETTY or is_alphanumeric(c) else "-" for c in text)
        case _:
            slug = _hyphened(char if is_alphanumeric(char) else "-" for char in text)
    return slug if cased else slug.lower()


def path(
    template: str, name: FileName, published: datetime, categories: Sequence[str], slug: str = ""
) -> str:
    """The post's path on the site, percent-encoded; it begins with a slash.

    `published` is in the site's zone; `slug` is the front matter's, if it names one.

    Raises:
        ValueError: the template has a placeholder that Jekyll doesn't know.
    """
    first, placeholders = _parsed(template)
    written = [first]
    for key, literal in placeholders:
        if key in _FROM_DATE:
            value = strftime(published, _FROM_DATE[key])
        else:
            value = quote(_FROM_FILE[key](name, slug or name.slug, categories), _SAFE)
        written += (value, literal)
    # As Jekyll cleans a URL: no way up, no doubled slashes.
    cleaned = ("/" + "".join(written)).replace("..", "/").replace("./", "")
    return re.sub("/{2,}", "/", cleaned) if "//" in cleaned else cleaned


@lru_cache(64)
def _parsed(template: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What stands before the first placeholder, and each with what is behind it, encoded.

    Raises:
        ValueError: Jekyll doesn't know a placeholder.
    """
    parts = _PLACEHOLDER.split(template)
    found = []
    for key, literal in zip(parts[1::2], parts[2::2], strict=True):
        # `:month_:day` is two placeholders with an underscore between.
        known = key.rstrip("_")
        if known not in _FROM_DATE and known not in _FROM_FILE:
            raise ValueError(f":{key}")
        found.append((known, key[len(known) :] + quote(literal, _TEMPLATE)))
    return quote(parts[0], _TEMPLATE), tuple(found)


def _hyphened(chars: Iterable[str]) -> str:
    return re.sub("-{2,}", "-", "".join(chars)).strip("-")


def _categories(_name: FileName, _slug: str, categories: Sequence[str]) -> str:
    return "/".join(dict.fromkeys(category.lower() for category in categories))


def _slugs(_name: FileName, _slug: str, categories: Sequence[str]) -> str:
    return "/".join(dict.fromkeys(slugify(category) for category in categories))


def _path(name: FileName, _slug: str, _categories: Sequence[str]) -> str:
    return "/".join((*name.folders, *name.subfolders, name.stem))


#: Called with the file's name, the slug and the categories.
_FROM_FILE: dict[str, Callable[[FileName, str, Sequence[str]], str]] = {
    "title": lambda _name, slug, _categories: slugify(slug, "pretty", cased=True),
    "slug": lambda _name, slug, _categories: slugify(slug),
    "categories": _categories,
    "slugified_categories": _slugs,
    "name": lambda name, _slug, _categories: slugify(name.stem),
    "basename": lambda name, _slug, _categories: name.stem,
    "path": _path,
    "collection": lambda *_: "posts",
    "output_ext": lambda *_: ".html",
}
