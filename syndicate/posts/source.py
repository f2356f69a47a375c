"""Where posts come from: the small interface behind which each kind of site stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from syndicate.posts.model import Problem, Reading
    from syndicate.posts.scan import Found


class Source(Protocol):
    """Files that are posts: which there are, and what each of them says.

    A post is called by its source, the path of its file: below the site's folder, with forward
    slashes. Whatever brings posts in from elsewhere writes them as files first.
    """

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the site's own configuration."""

    @property
    def version(self) -> str:
        """Changes when a file may read otherwise though it is the same."""

    def owns(self, source: str) -> bool:
        """Whether that is the path of a post, by where it is."""

    def shapes(self, path: str) -> bool:
        """Whether any post may read otherwise once that file changes, which is none itself."""

    def scan(self) -> Iterator[Found]:
        """Every file that is, or means to be, a post, ordered by name; none is opened.

        Raises:
            PostError: a folder can't be looked into. Its posts must not pass for deleted.
        """

    def look(self, sources: Iterable[str]) -> Iterator[Found]:
        """Those of these that `scan` would find; it costs what they cost, not the site."""

    def has(self, source: str) -> bool:
        """Whether there is a file."""

    def read(self, source: str, *, now: datetime) -> Reading:
        """The post of this file as of `now`, and whatever is wrong with it.

        Never raises for what a file holds or for a file that can't be read.
        """


class Site(Source, Protocol):
    """A site of files, which new ones can be put into."""

    def path_for(self, day: date, slug: str, extension: str) -> str:
        """Where a new post's file goes; `extension` has its dot, such as `.md`."""
