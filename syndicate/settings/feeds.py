"""`[feeds]`: what is published."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from syndicate.settings.checks import web_url
from syndicate.settings.podcast import Podcast
from syndicate.settings.section import Section


class Content(StrEnum):
    """How much of a post its feeds hold."""

    #: All of it.
    FULL = "full"
    #: The summary; the rest is read on the site.
    EXCERPT = "excerpt"


class Feeds(Section):
    """What is published."""

    #: The folder that documents are written into, below the site's folder unless absolute.
    output: Path = Path("public")
    #: Posts in a live document at the most; archives hold a third of it each.
    size: int = Field(default=50, ge=1, le=1000)
    #: How much of a post they hold; a category may say otherwise.
    content: Content = Content.FULL
    #: URL of a picture that stands for the site in feed readers, square; empty for none.
    image: str = ""
    #: Whether every tag has a feed of its own, or which have.
    tags: bool | tuple[str, ...] = False
    #: Whether every author has one, or who has.
    authors: bool | tuple[str, ...] = False
    #: A WebSub hub that is told of every change, such as `https://hub.example/`; empty for none.
    hub: str = ""
    #: What makes the feed of the whole site a podcast, and what the shows of categories share; left
    #: out: it is none.
    podcast: Podcast | None = None

    @field_validator("hub")
    @classmethod
    def _check_hub(cls, value: str) -> str:
        if value and not urlsplit(value).scheme.startswith("http"):
            raise ValueError("must be the absolute http(s) URL of a hub, or empty")
        return value

    @field_validator("image")
    @classmethod
    def _check_image(cls, value: str) -> str:
        return web_url(value) if value else value
