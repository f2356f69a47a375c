"""A feed elsewhere whose entries are posts of the site."""

from __future__ import annotations

from pydantic import Field, field_validator

from syndicate.settings.checks import language_tag, one_line, web_url
from syndicate.settings.section import Section


class Remote(Section):
    """One RSS, Atom or JSON feed that is fetched again and again."""

    #: What it is called here, for ever: its posts' files and ids are named after it.
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    #: Where it is.
    url: str
    #: What its posts are put into; empty: the categories that each entry names.
    categories: tuple[str, ...] = ()
    #: BCP 47; empty: what the feed says, or else the site's.
    language: str = ""
    #: Who wrote the entries that name nobody.
    author: str = ""
    #: Minutes between two looks at it; it is left alone for longer if it asks for that.
    every: float = Field(default=30, ge=1, le=10_080)
    #: Bytes. A larger one is no feed but a mistake, or a trap.
    max_bytes: int = Field(default=10_000_000, gt=0)
    #: Whether it may be in one's own network; any other is refused such an address.
    allow_private: bool = False

    _check_url = field_validator("url")(web_url)
    _check_author = field_validator("author")(one_line)

    @field_validator("language")
    @classmethod
    def _check_language(cls, value: str) -> str:
        return language_tag(value) if value else value
