"""What makes a feed a podcast: what directories and players want to know of it as a whole."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, field_validator

from syndicate.settings.checks import mail_address, one_line, web_url
from syndicate.settings.section import Section

#: Apple's categories and what is below each (help.apple.com, "Podcasts categories").
CATEGORIES = {
    "Arts": "Books|Design|Fashion & Beauty|Food|Performing Arts|Visual Arts",
    "Business": "Careers|Entrepreneurship|Investing|Management|Marketing|Non-Profit",
    "Comedy": "Comedy Interviews|Improv|Stand-Up",
    "Education": "Courses|How To|Language Learning|Self-Improvement",
    "Fiction": "Comedy Fiction|Drama|Science Fiction",
    "Government": "",
    "History": "",
    "Health & Fitness": "Alternative Health|Fitness|Medicine|Mental Health|Nutrition|Sexuality",
    "Kids & Family": "Education for Kids|Parenting|Pets & Animals|Stories for Kids",
    "Leisure": (
        "Animation & Manga|Automotive|Aviation|Crafts|Games|Hobbies|Home & Garden|Video Games"
    ),
    "Music": "Music Commentary|Music History|Music Interviews",
    "News": (
        "Business News|Daily News|Entertainment News|News Commentary|Politics|Sports News|Tech News"
    ),
    "Religion & Spirituality": "Buddhism|Christianity|Hinduism|Islam|Judaism|Religion|Spirituality",
    "Science": (
        "Astronomy|Chemistry|Earth Sciences|Life Sciences|Mathematics|Natural Sciences|Nature|"
        "Physics|Social Sciences"
    ),
    "Society & Culture": "Documentary|Personal Journals|Philosophy|Places & Travel|Relationships",
    "Sports": (
        "Baseball|Basketball|Cricket|Fantasy Sports|Football|Golf|Hockey|Rugby|Running|Soccer|"
        "Swimming|Tennis|Volleyball|Wilderness|Wrestling"
    ),
    "Technology": "",
    "True Crime": "",
    "TV & Film": "After Shows|Film History|Film Interviews|Film Reviews|TV Reviews",
}
#: What stands between a category and one below it.
BELOW = " > "
#: Characters of a name, by Apple's rules.
_LONGEST_NAME = 255
#: Characters that players show of a link's text (Podcasting 2.0).
_LONGEST_TEXT = 128

_Name = Annotated[str, Field(max_length=_LONGEST_NAME), AfterValidator(one_line)]
_Text = Annotated[str, Field(max_length=_LONGEST_TEXT), AfterValidator(one_line)]
_Link = Annotated[str, AfterValidator(lambda value: web_url(value) if value else value)]


def _category(value: str) -> str:
    name, _, below = value.partition(BELOW)
    if name not in CATEGORIES:
        raise ValueError(f"{value!r} is none of Apple's categories: {', '.join(CATEGORIES)}")
    if below and below not in CATEGORIES[name].split("|"):
        known = CATEGORIES[name].replace("|", ", ") or "nothing"
        raise ValueError(f"Apple has no {below!r} below {name!r}, but {known}")
    return value


class Funding(Section):
    """Where listeners can give something."""

    #: Where the link leads.
    url: Annotated[str, AfterValidator(web_url)]
    #: What the link says.
    text: _Text = ""


class Podcast(Section):
    """A show. What a category's doesn't say is as `[feeds.podcast]` has it."""

    #: What directories call it; empty: the feed's title. Never taken over from the whole site.
    title: _Name = ""
    #: Who makes it; empty: the site's title.
    author: _Name = ""
    #: `Name <user@host>`, for directories that ask by mail whose show it is. It is published.
    owner: str = ""
    #: URL of the cover: square, 1400 to 3000 pixels, JPEG or PNG; empty: `[feeds] image`.
    image: _Link = ""
    #: Apple's, such as "Arts" or "News > Daily News", the one that fits best first.
    categories: tuple[Annotated[str, AfterValidator(_category)], ...] = ()
    #: Whether it is not for children.
    explicit: bool = False
    #: Newest first, or to be heard from the first episode on.
    type: Literal["episodic", "serial"] = "episodic"
    #: Of a show that moved here: the UUID that it had. Empty: made of the feed's address. Never
    #: taken over from the whole site.
    guid: str = ""
    #: Whether other platforms must not import the feed; left out: not said.
    locked: bool | None = None
    #: What is in it, if not speech.
    medium: Literal["", "podcast", "music", "video", "film", "audiobook", "newsletter", "blog"] = ""
    #: An identifier of SPDX such as "cc-by-4.0", or a name of your own.
    license: Annotated[_Text, AfterValidator(str.lower)] = ""
    #: Where the licence can be read; one of your own needs it.
    license_url: _Link = ""
    funding: tuple[Funding, ...] = ()

    @field_validator("owner")
    @classmethod
    def _check_owner(cls, value: str) -> str:
        return mail_address(value) if value else value

    @field_validator("guid")
    @classmethod
    def _check_guid(cls, value: str) -> str:
        try:
            return str(UUID(value)) if value else value
        except ValueError as error:
            raise ValueError(f"{value!r} is no UUID, such as {UUID(int=0)}") from error

    def over(self, general: Podcast) -> Podcast:
        """This show, with what it doesn't say as the general one has it."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        common = general.model_fields_set - {"title", "guid"}
        return Podcast(**{name: getattr(general, name) for name in common} | said)
