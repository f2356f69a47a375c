"""What the front matter of a Jekyll site's post means beside what all have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syndicate.posts import category
from syndicate.posts.matter import dates
from syndicate.posts.matter.fields import Fields, language_tag
from syndicate.posts.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.posts.faults import Faults
    from syndicate.posts.jekyll.naming import FileName
    from syndicate.posts.matter.front_matter import FrontMatter


class JekyllFields(Fields):
    """`Fields` that take from the file's name what the front matter doesn't say."""

    def __init__(
        self, name: FileName, matter: FrontMatter, defaults: Mapping[str, Any], faults: Faults
    ) -> None:
        super().__init__(name.slug, matter, defaults, faults)
        self.name = name

    @property
    def is_published(self) -> bool:
        """Whether the author wants it out."""
        return str(self.values.get("published", True)).lower() != "false"

    def published(self, zone: ZoneInfo) -> datetime:
        """The post's time in UTC; the file's name gives its day where the front matter doesn't."""
        if "date" in self.values:
            try:
                return dates.parse(self.text("date"), zone)
            except ValueError as error:
                day = self.name.day.isoformat()
                self.warn(f"{error}; took {day} from the file's name", "date")
        return dates.midnight(self.name.day, zone)

    def categories(self) -> tuple[str, ...]:
        """Folders, then `categories`, then `category`: Jekyll's order. Impossible names go."""
        return self.possible(self._category_names(), "categories", "category")

    def tags(self) -> tuple[str, ...]:
        """`tag` is one, `tags` are many: Jekyll takes the singular where both are there."""
        singular = list(category.names(self.written("tag"), split=False))
        plural = category.names(self.written("tags"), split=True)
        return category.distinct(one_line(name) for name in singular or plural)

    def language(self, site_language: str) -> str:
        """BCP 47, however it is written (`zh_cn`)."""
        written = self.text("lang", "language", "locale")
        if not written:
            return site_language
        tag = language_tag(written)
        if not tag:
            self.warn(f"{written[:40]!r} is no language; took {site_language}", "lang", "language")
        return tag or site_language

    def _category_names(self) -> Iterator[str]:
        yield from self.name.folders
        yield from category.names(self._defaults.get("categories"), split=True)
        written = self.written("categories") if "categories" in self._matter.entries else None
        if isinstance(written, str) and "," in written:
            names = list(category.names(written, split=True))
            reason = f"categories with commas were read as {names}; write them as a list"
            self.warn(reason, "categories")
        yield from category.names(written, split=True)
        yield from category.names(self.written("category"), split=False)
