"""A Hugo site: pages in the sections of `content`, shaped by `hugo.toml` or its like."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from syndicate.posts.hugo.config import read_config
from syndicate.posts.hugo.page import SECTION, is_post, parse
from syndicate.posts.hugo.pages import Pages
from syndicate.posts.hugo.read import HugoReader
from syndicate.settings import hugo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from syndicate.posts.model import Reading
    from syndicate.posts.scan import Found
    from syndicate.settings import Settings

#: Where a new post goes on a site that doesn't name the sections of its posts.
_USUAL_SECTION = "posts"


class HugoSite:
    """A `Site` as Hugo reads it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.folder
        self._config, self.problems = read_config(settings.folder, settings.posts.sections)
        self.version = repr(self._config)

    def owns(self, source: str) -> bool:
        """Whether it is a page in a section that holds posts."""
        page = parse(source, self._config)
        return page is not None and is_post(page, self._config)

    def shapes(self, path: str) -> bool:
        """Whether it is the site's configuration, or a section's own page."""
        page = parse(path, self._config)
        return hugo.shapes(path) or (page is not None and page.name == SECTION)

    def scan(self) -> Iterator[Found]:
        """Every page in those sections."""
        return Pages(self._folder, self._config).scan()

    def look(self, sources: Iterable[str]) -> Iterator[Found]:
        """Those of these that `scan` would find."""
        return Pages(self._folder, self._config).look(sources)

    def has(self, source: str) -> bool:
        """Whether there is a file, or a link that means to be one."""
        path = self._folder / source
        return path.is_file() or path.is_symlink()

    def read(self, source: str, *, now: datetime) -> Reading:
        """The post of this file as of `now`."""
        return self._reader.read(source, now=now)

    def path_for(self, day: date, slug: str, extension: str) -> str:
        """In the first section of posts."""
        section = next(iter(self._config.sections), _USUAL_SECTION)
        return f"{self._config.root}/{section}/{day.isoformat()}-{slug}{extension}"

    @cached_property
    def _reader(self) -> HugoReader:
        """Prepared at the first file that has to be read: most syncs read none."""
        return HugoReader(self._settings, self._config)
