"""All the sources of a site as one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from syndicate import __version__
from syndicate.posts.hugo.site import HugoSite
from syndicate.posts.jekyll.site import JekyllSite
from syndicate.posts.model import Problem, Reading
from syndicate.posts.remote.source import RemoteSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from syndicate.posts.scan import Found
    from syndicate.posts.source import Site, Source
    from syndicate.settings import Settings


def site_of(settings: Settings) -> Site:
    """The site's own files, as the kind of site that the settings say it is."""
    return HugoSite(settings) if settings.posts.source == "hugo" else JekyllSite(settings)


class Sources:
    """A `Source` of several; each path belongs to the first that owns it.

    Reads the site's configuration anew: build one for every sync.
    """

    def __init__(self, settings: Settings) -> None:
        self.site = site_of(settings)
        self._all: tuple[Source, ...] = (self.site, RemoteSource(settings))
        self._shape = (
            __version__,
            settings.site.model_dump_json(),
            *(f"{category.name}\0{category.language}" for category in settings.categories),
            *settings.renamed,
        )
        self._names = settings.renamed

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the configuration of any."""
        return tuple(problem for source in self._all for problem in source.problems)

    @property
    def version(self) -> str:
        """Changes with the settings that posts are read by, with the site's and with ours."""
        parts = (*self._shape, *(source.version for source in self._all))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]

    def owns(self, source: str) -> bool:
        """Whether it is a post of any."""
        return any(each.owns(source) for each in self._all)

    def shapes(self, path: str) -> bool:
        """Whether it shapes the posts of any."""
        return any(each.shapes(path) for each in self._all)

    def scan(self) -> Iterator[Found]:
        """Every file of every source."""
        for each in self._all:
            yield from each.scan()

    def look(self, sources: Iterable[str]) -> Iterator[Found]:
        """Those of these that `scan` would find."""
        wanted = list(sources)
        for each in self._all:
            yield from each.look(source for source in wanted if each.owns(source))

    def has(self, source: str) -> bool:
        """Whether there is a file."""
        return any(each.owns(source) and each.has(source) for each in self._all)

    def read(self, source: str, *, now: datetime) -> Reading:
        """The post of this file as of `now`, in categories as they are called now."""
        for each in self._all:
            if each.owns(source):
                return self._renamed(each.read(source, now=now))
        return Reading(source, problems=(Problem(source, "not where this site has its posts"),))

    def _renamed(self, reading: Reading) -> Reading:
        post = reading.post
        if post is None or self._names.keys().isdisjoint(post.categories):
            return reading
        names = dict.fromkeys(self._names.get(name, name) for name in post.categories)
        return replace(reading, post=replace(post, categories=tuple(names)))
