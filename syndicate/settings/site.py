"""`[site]` and `[[categories]]`: whose posts they are, and what readers call them."""

from __future__ import annotations

from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from syndicate.settings.checks import absolute_url, language_tag, one_line, zone_name
from syndicate.settings.feeds import Content
from syndicate.settings.podcast import Podcast
from syndicate.settings.section import Section


class Site(Section):
    """Whose posts they are."""

    #: What feeds, mails and pages are headed with.
    title: str = "Untitled"
    #: Where the posts stand on the web; what is relative in them is resolved against it.
    url: str = "http://localhost:4000"
    #: A sentence on what it is about, as feed readers show it.
    description: str = ""
    #: BCP 47, such as `zh-CN`: of posts that say no other, of feeds, mails and pages.
    language: str = "en"
    #: IANA, such as `Asia/Shanghai`: dates are shown in it, and cadences go by its clocks.
    timezone: str = "UTC"

    _check_title = field_validator("title")(one_line)
    _check_url = field_validator("url")(absolute_url)
    _check_zone = field_validator("timezone")(zone_name)
    _check_language = field_validator("language")(language_tag)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that dates are shown in."""
        return ZoneInfo(self.timezone)

    @property
    def authority(self) -> str:
        """The host that new `tag:` URIs name (RFC 4151)."""
        return urlsplit(self.url).hostname or "localhost"


class CategoryText(Section):
    """How a category is shown; categories without an entry are shown by their name.

    What is empty here is as it is for the whole site.
    """

    #: What posts call it, to the letter.
    name: str = Field(min_length=1)
    #: What readers see; empty: the name.
    title: str = ""
    #: A sentence on what it is about.
    description: str = ""
    #: Under which heading it stands where readers choose; empty: by its first letter.
    group: str = ""
    #: Of its feed and its page, BCP 47.
    language: str = ""
    #: How much of a post its feed holds.
    content: Content | None = None
    #: Whether it has a feed. One that was published and is taken back is gone for good (HTTP 410).
    feed: bool = True
    #: What it was called before: posts that still say so are its own, its feed and its digests go
    #: on, and the old addresses lead to the new ones.
    formerly: tuple[str, ...] = ()
    #: What makes its feed a podcast; left out: it is none, though its episodes are episodes.
    podcast: Podcast | None = None

    _check_title = field_validator("title", "group")(one_line)

    @field_validator("language")
    @classmethod
    def _check_language(cls, value: str) -> str:
        return language_tag(value) if value else value
