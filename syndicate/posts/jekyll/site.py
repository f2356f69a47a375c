"""A Jekyll site: `_posts/YYYY-MM-DD-slug.md`, shaped by `_config.yml`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from syndicate.posts import scan
from syndicate.posts.jekyll import config as jekyll
from syndicate.posts.jekyll import look
from syndicate.posts.jekyll.naming import POSTS_FOLDER
from syndicate.posts.jekyll.read import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from syndicate.posts.model import Reading
    from syndicate.posts.scan import Found
    from syndicate.settings import Settings

#: What posts are made with, beside `_config.yml`.
_SHAPING = frozenset({"_includes", "_data"})


class JekyllSite:
    """A `Site` as Jekyll reads it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.folder
        self._config, self.problems = jekyll.read_config(settings.folder)
        self.version = repr(self._config)

    def owns(self, source: str) -> bool:
        """Whether it is in a `_posts` folder."""
        return POSTS_FOLDER in source.split("/")

    def shapes(self, path: str) -> bool:
        """Whether it is the site's configuration, an include or data."""
        return path == jekyll.FILE_NAME or not _SHAPING.isdisjoint(path.split("/"))

    def scan(self) -> Iterator[Found]:
        """Every file in a `_posts` folder."""
        return scan.scan(self._folder, self._config)

    def look(self, sources: Iterable[str]) -> Iterator[Found]:
        """Those of these that `scan` would find."""
        return look.look(self._folder, self._config, sources)

    def has(self, source: str) -> bool:
        """Whether there is a file, or a link that means to be one."""
        path = self._folder / source
        return path.is_file() or path.is_symlink()

    def read(self, source: str, *, now: datetime) -> Reading:
        """The post of this file as of `now`."""
        return self._reader.read(source, now=now)

    def path_for(self, day: date, slug: str, extension: str) -> str:
        """In the site's first `_posts` folder."""
        above = f"{self._config.collections_dir}/" if self._config.collections_dir else ""
        return f"{above}{POSTS_FOLDER}/{day.isoformat()}-{slug}{extension}"

    @cached_property
    def _reader(self) -> Reader:
        """Prepared at the first file that has to be read: most syncs read none."""
        return Reader(self._settings, self._config)
