"""Where a feed's documents are, as folders and as URLs: `…/`, `…/categories/<slug>/`, ….

Tags and authors have folders of their own beside the categories': `tags` and `authors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from syndicate.errors import SettingsError
from syndicate.posts.series import Kind

if TYPE_CHECKING:
    from pathlib import Path


def site_base(web_url: str) -> str:
    """What the site-wide feed's URLs begin with; `Feed.base` of it."""
    return f"{web_url.rstrip('/')}/"


def kind_base(web_url: str, kind: Kind) -> str:
    """What the URLs of all feeds of a kind begin with; of categories, `Feed.scheme` of the site."""
    return site_base(web_url) if kind is Kind.SITE else f"{site_base(web_url)}{kind}/"


def feed_base(web_url: str, kind: Kind, slug: str) -> str:
    """What the URLs of a feed begin with: ASCII, the slug percent-encoded UTF-8.

    Raises:
        SettingsError: as in `feed_folder`.
    """
    if kind is Kind.SITE:
        return site_base(web_url)
    return f"{kind_base(web_url, kind)}{quote(_segment(slug), safe='')}/"


def feed_folder(output: Path, kind: Kind, slug: str) -> Path:
    """The folder of a feed's documents, `output` itself or below it.

    Raises:
        SettingsError: the slug is no name for a folder.
    """
    return output if kind is Kind.SITE else output / kind / _segment(slug)


def archive_name(number: int, revision: int = 1) -> str:
    """An archive's folder below its feed's, with a slash: never named so before or again."""
    return f"archive/{number}/" if revision == 1 else f"archive/{number}-{revision}/"


def _segment(slug: str) -> str:
    """The slug, if it is one segment of a path, is not hidden, and can be written as UTF-8."""
    unfit = any(char < " " or char in "/\\\x7f" or "\ud800" <= char <= "\udfff" for char in slug)
    if unfit or not slug or slug.startswith("."):
        raise SettingsError(
            f"{slug!r} is no name for a feed's folder; it must be one path segment, must not "
            "begin with a dot and must hold no control character"
        )
    return slug
