"""The paths of a site's posts and pages, also of those that a post only links to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.faults import Faults
from syndicate.posts.jekyll import naming, permalink
from syndicate.posts.jekyll.config import DEFAULT_PERMALINK
from syndicate.posts.jekyll.fields import JekyllFields
from syndicate.posts.jekyll.site_files import read_text
from syndicate.posts.matter import front_matter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from syndicate.posts.jekyll.config import SiteConfig

#: What posts are most often written in; a `post_url` doesn't say.
_SUFFIXES = (".md", ".markdown", ".html")

#: Front matter that says nothing: what is left is the file's name.
_NO_MATTER = "---\n---\n"


class Addresses:
    """Knows where each file of the site stands on the web, as a path with the base URL's."""

    def __init__(self, folder: Path, config: SiteConfig, zone: ZoneInfo) -> None:
        self._folder = folder
        self._config = config
        self._zone = zone

    def path(
        self, fields: JekyllFields, published: datetime, categories: Sequence[str], faults: Faults
    ) -> str:
        """The post's own path. A permalink that can't be used is told, and Jekyll's usual taken."""
        template = fields.text("permalink") or self._config.permalink
        local = published.astimezone(self._zone)
        slug = fields.text("slug")
        try:
            path = permalink.path(template, fields.name, local, categories, slug)
        except ValueError as error:
            faults.warn(f"permalink {template!r} has {error}, which Jekyll doesn't know")
            path = permalink.path(DEFAULT_PERMALINK, fields.name, local, categories, slug)
        return self._config.baseurl + path

    def resolve(self, target: str) -> tuple[str, bool]:
        """The path of what `{% link %}` or `{% post_url %}` names, and whether it is there.

        Of what isn't, the path that it would most likely have.
        """
        target = target.strip().lstrip("/")
        for source in _candidates(target):
            try:
                return self._path_of(source, read_text(self._folder, source)), True
            except PostError:
                continue
        for source in _candidates(target):
            try:
                return self._path_of(source, _NO_MATTER), False
            except PostError:
                continue
        return f"{self._config.baseurl}/{target}", False

    def _path_of(self, source: str, text: str) -> str:
        if f"{naming.POSTS_FOLDER}/" not in source:
            return self._config.baseurl + _page_path(source)
        faults = Faults(source)
        name = naming.parse(source).below(self._config.collections_dir)
        matter = front_matter.split(text.replace("\r\n", "\n"), faults)
        fields = JekyllFields(name, matter, self._config.defaults_for(source), faults)
        return self.path(fields, fields.published(self._zone), fields.categories(), faults)


def _candidates(target: str) -> Iterator[str]:
    """Sources that may be meant, the likelier first; `post_url` names neither folder nor suffix."""
    if naming.kind(target) or "." in target.rpartition("/")[2]:
        yield target
    folder, _, name = target.rpartition("/")
    if not folder.endswith(naming.POSTS_FOLDER):
        for suffix in _SUFFIXES:
            yield f"{naming.POSTS_FOLDER}/{target}{suffix}"
            if folder:
                yield f"{folder}/{naming.POSTS_FOLDER}/{name}{suffix}"


def _page_path(source: str) -> str:
    """A page becomes HTML; `index.html` is its folder; other files stay as they are."""
    stem, _, _ = source.rpartition(".")
    path = f"/{stem}.html" if naming.kind(source) else f"/{source}"
    return path.removesuffix("index.html") if path.endswith("/index.html") else path
