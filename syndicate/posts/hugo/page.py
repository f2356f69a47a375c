"""What the path of a page's file says: its section, name and language, and if it is a post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.posts.jekyll import naming

if TYPE_CHECKING:
    from syndicate.posts.hugo.config import HugoConfig
    from syndicate.posts.jekyll.naming import Kind

#: The page that a folder is.
BUNDLE = "index"
#: A section's own page, which is no post.
SECTION = "_index"
#: What Hugo or an editor keeps for itself.
_PRIVATE = (".", "#")


@dataclass(frozen=True, slots=True)
class Page:
    """A path of the form `content/section/name.md` or `content/section/name/index.md`."""

    source: str
    #: The folder that pages count from.
    root: str
    #: The key of its language.
    language: str
    #: Folders between the root and the page, that of a bundle not among them.
    folders: tuple[str, ...]
    #: What the page is called: its file's name without ends, or its folder's.
    name: str
    kind: Kind
    #: It has a folder to itself.
    is_bundle: bool

    @property
    def section(self) -> str:
        """The first folder; empty for a page that is in none."""
        return self.folders[0] if self.folders else ""

    @property
    def folder(self) -> str:
        """The folder that its file is in, below the site's."""
        return self.source.rpartition("/")[0]

    @property
    def specific(self) -> str:
        """Its path below the root, which tells it from all others."""
        return self.source.removeprefix(self.root)


def parse(source: str, config: HugoConfig) -> Page | None:
    """The parts of a page's path; None if no page can be there."""
    found = next(((r, key) for r, key in config.roots if source.startswith(f"{r}/")), None)
    if found is None:
        return None
    root, language = found
    *folders, file = source[len(root) + 1 :].split("/")
    kind = naming.kind(file)
    stem = file.rpartition(".")[0]
    base, dot, end = stem.rpartition(".")
    if dot and end.lower() in config.languages:
        stem, language = base, end.lower()
    if not kind or not stem or any(map(is_private, (file, *folders))):
        return None
    bundle = stem == BUNDLE
    if bundle and not folders:
        return None
    name = folders.pop() if bundle else stem
    return Page(source, root, language, tuple(folders), name, kind, bundle)


def is_private(name: str) -> bool:
    """Whether a file or folder of that name is no part of the site."""
    return name.startswith(_PRIVATE) or name.endswith("~")


def is_post(page: Page, config: HugoConfig) -> bool:
    """Whether it stands where posts are: in one of their sections, or in any if none is named."""
    if page.name == SECTION or page.language not in config.languages:
        return False
    section = page.section.lower()
    return section in config.sections if config.sections else bool(section)
