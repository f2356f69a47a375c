"""Where a feed's documents are, as folders and as URLs: `…/` and `…/categories/<slug>/`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from syndicate.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

_CATEGORIES = "categories"


def site_base(web_url: str) -> str:
    """What the site-wide feed's URLs begin with; `Feed.base` of it."""
    return f"{web_url.rstrip('/')}/"


def categories_base(web_url: str) -> str:
    """What the URLs of all categories begin with; `Feed.scheme` of every feed of the site."""
    return f"{site_base(web_url)}{_CATEGORIES}/"


def category_base(web_url: str, slug: str) -> str:
    """What the URLs of a category's feed begin with: ASCII, the slug percent-encoded UTF-8.

    Raises:
        SettingsError: as in `category_folder`.
    """
    return f"{categories_base(web_url)}{quote(_segment(slug), safe='')}/"


def category_folder(output: Path, slug: str) -> Path:
    """The folder of a category's documents, below the folder of all documents.

    Raises:
        SettingsError: the slug is no name for a folder.
    """
    return output / _CATEGORIES / _segment(slug)


def archive_name(number: int, revision: int = 1) -> str:
    """An archive's folder below its feed's, with a slash: never named so before or again."""
    return f"archive/{number}/" if revision == 1 else f"archive/{number}-{revision}/"


def _segment(slug: str) -> str:
    """The slug, if it is one segment of a path, is not hidden, and can be written as UTF-8."""
    unfit = any(char < " " or char in "/\\\x7f" or "\ud800" <= char <= "\udfff" for char in slug)
    if unfit or not slug or slug.startswith("."):
        raise SettingsError(
            f"{slug!r} is no name for a category's folder; it must be one path segment, must not "
            "begin with a dot and must hold no control character"
        )
    return slug
