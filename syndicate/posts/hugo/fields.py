"""What a page's front matter means, as Hugo names things."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Any, ClassVar

from syndicate.errors import PostError
from syndicate.posts import category
from syndicate.posts.hugo.config import mapping
from syndicate.posts.matter import dates
from syndicate.posts.matter.fields import Fields
from syndicate.posts.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.posts.faults import Faults
    from syndicate.posts.hugo.config import HugoConfig
    from syndicate.posts.hugo.page import Page
    from syndicate.posts.matter.front_matter import FrontMatter

#: Hugo's own names for the days of a page, and those that it takes as well.
_ALIASES = {
    "date": ("date",),
    "publishdate": ("publishdate", "pubdate", "published"),
    "lastmod": ("lastmod", "modified"),
    "expirydate": ("expirydate", "unpublishdate"),
}
#: In the configuration: the day that the file's name begins with.
_FROM_NAME = ":filename"
_DAY_IN_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[-_ ]+(.*))?")
#: As `build` says that a page is not for everybody.
_NEVER = ("never", "false", "link")


class PageFields(Fields):
    """`Fields` of one page; defaults are what it inherits by `cascade`."""

    pictures: ClassVar[tuple[str, ...]] = (
        *("images", "image", "cover", "featured_image", "featuredimage", "feature", "thumbnail"),
    )

    def __init__(
        self, page: Page, matter: FrontMatter, defaults: Mapping[str, Any], faults: Faults
    ) -> None:
        super().__init__(page.name, matter, defaults, faults)
        self.page = page

    def slug(self, config: HugoConfig) -> str:
        """The author's, or what the file's name says behind a day; empty if neither does."""
        written = self.text("slug")
        named = _DAY_IN_NAME.fullmatch(self.page.name) if _FROM_NAME in config.dates else None
        return written or (named[2] or "" if named else "")

    def held(self, now: datetime, zone: ZoneInfo) -> str:
        """Why its author doesn't want it out now; empty if they do. The future is another matter.

        Raises:
            PostError: a day can't be read.
        """
        for name in ("draft", "headless"):
            if str(self.values.get(name)).lower() == "true":
                return f"its author says `{name}: true`"
        build = mapping(self.values.get("build")) or mapping(self.values.get("_build"))
        for name in ("render", "list"):
            if str(build.get(name, "always")).lower() in _NEVER:
                return f"its author says `{name}: {build[name]}` below `build`"
        expiry = self._moment("expirydate", zone)
        if expiry and expiry <= now:
            return f"expired on {expiry:%Y-%m-%d %H:%M} ({expiry.tzname()}), its expiryDate"
        return ""

    def day(self, config: HugoConfig, zone: ZoneInfo) -> datetime:
        """When it was written, in the zone that is written there.

        Raises:
            PostError: nothing says when, or what does can't be read.
        """
        for name in config.dates:
            moment = self._named(zone) if name == _FROM_NAME else self._moment(name, zone)
            if moment:
                return moment
        raise PostError(
            "no date, so no feed has a place for it; add `date: 2026-11-23` to its front matter, "
            "or name the sections that hold posts in [posts] sections"
        )

    def published(self, day: datetime, zone: ZoneInfo) -> datetime:
        """From when it is out, in UTC.

        Raises:
            PostError: its publishDate can't be read.
        """
        return (self._moment("publishdate", zone) or day).astimezone(UTC)

    def categories(self, config: HugoConfig) -> tuple[str, ...]:
        """The terms of the category taxonomy; of a page without any, its section.

        Hugo has a feed for each of either kind.
        """
        key = config.categories
        named = category.names(self.written(key), split=False) if key else iter(())
        return self.possible(named, key) or self.possible([self.page.section], key)

    def tags(self, config: HugoConfig) -> tuple[str, ...]:
        """The terms of the tag taxonomy."""
        named = category.names(self.written(config.tags), split=False) if config.tags else ()
        return category.distinct(one_line(name) for name in named)

    def _named(self, zone: ZoneInfo) -> datetime | None:
        match = _DAY_IN_NAME.fullmatch(self.page.name)
        try:
            return dates.written(match[1], zone, zone) if match else None
        except ValueError:
            return None

    def _moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        keys = _ALIASES.get(name, (name,))
        written = self.text(*keys)
        try:
            return dates.written(written, zone, zone) if written else None
        except ValueError as error:
            raise PostError(f"{name}: {error}", self._matter.line(*keys)) from error
