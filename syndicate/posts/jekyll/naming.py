"""What the path of a post's file says: its day, its slug, its kind, the categories above it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from syndicate.errors import PostError
from syndicate.posts.matter.dates import YEARS

#: The folder that posts are in.
POSTS_FOLDER = "_posts"

_NAME = re.compile(r"(\d{2,5})-(\d{1,2})-(\d{1,2})-(.+)\.([^.]+)")


class Kind(StrEnum):
    """How a file's body is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    #: A language that people write posts in, but that is not read here.
    OTHER = "other"


_KINDS = {
    **dict.fromkeys(("md", "markdown", "mkd", "mkdn", "mkdown"), Kind.MARKDOWN),
    **dict.fromkeys(("html", "htm", "xhtml"), Kind.HTML),
    **dict.fromkeys(("textile", "org", "adoc", "asciidoc", "rst", "haml"), Kind.OTHER),
}


@dataclass(frozen=True, slots=True)
class FileName:
    """A path of the form `folders/_posts/subfolders/YYYY-MM-DD-slug.ext`, taken apart."""

    source: str
    day: date
    slug: str
    kind: Kind
    #: Folders above `_posts`: Jekyll takes them for categories.
    folders: tuple[str, ...]
    #: Folders below `_posts`: they mean nothing.
    subfolders: tuple[str, ...]

    @property
    def stem(self) -> str:
        """The file's name without its extension."""
        return self.source.rpartition("/")[2].rpartition(".")[0]

    def below(self, folder: str) -> FileName:
        """The same file where folders count from this one, if it is in there."""
        above = tuple(folder.split("/")) if folder else ()
        if not above or self.folders[: len(above)] != above:
            return self
        return replace(self, folders=self.folders[len(above) :])

    @property
    def extension(self) -> str:
        """With its dot."""
        return "." + self.source.rpartition(".")[2]

    @property
    def specific(self) -> str:
        """What tells this file from all others of its day: the path, but for what they share."""
        below = (POSTS_FOLDER, *self.subfolders) if self.subfolders else ()
        return "/" + "/".join((*self.folders, *below, self.slug + self.extension))


def kind(name: str) -> Kind | None:
    """How the file is written, by its name; None for pictures and other files beside the posts."""
    return _KINDS.get(name.rpartition(".")[2].lower()) if "." in name else None


def parse(source: str) -> FileName:
    """The parts of a post's path below the site's folder.

    Raises:
        PostError: it is none; the reason says what to rename.
    """
    *folders, name = source.split("/")
    if POSTS_FOLDER not in folders:
        raise PostError(f"not in a {POSTS_FOLDER} folder")
    match = _NAME.fullmatch(name)
    file_kind = kind(name)
    if not match or not file_kind:
        raise PostError(f"no date in the file's name: {name}; rename it to YYYY-MM-DD-slug.md")
    if file_kind is Kind.OTHER:
        raise PostError(f".{match[5]} files are not read; write the post in Markdown or HTML")
    year, month, day, slug, _ = match.groups()
    try:
        when = date(int(year), int(month), int(day))
    except ValueError:
        when = None
    if when is None or when.year not in YEARS:
        written = f"{year}-{month}-{day}"
        raise PostError(f"no such day: {written} in the file's name; rename it to YYYY-MM-DD-slug")
    at = folders.index(POSTS_FOLDER)
    return FileName(
        source=source,
        day=when,
        slug=slug.rstrip(".") or slug,
        kind=file_kind,
        folders=tuple(folders[:at]),
        subfolders=tuple(folders[at + 1 :]),
    )
