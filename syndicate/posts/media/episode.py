"""What a post brings to listen to or to watch, and what podcast players want to know of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that comes with a post."""

    #: An absolute http(s) URI, in ASCII, as every URL here.
    url: str
    #: A media type, such as `audio/mpeg`.
    type: str
    #: Bytes; None where nobody knows.
    length: int | None = None
    #: What tells it from the post's other files; mostly empty.
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A file that players show beside an episode: a transcript, or chapters."""

    url: str
    type: str
    #: BCP 47; empty: the post's.
    language: str = ""
    #: `captions`, or empty.
    rel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is heard in an episode, or made it."""

    name: str
    #: Of the Podcast Taxonomy, such as `guest`; empty: a host.
    role: str = ""
    group: str = ""
    url: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundbite:
    """A part of an episode that makes one want to hear the rest."""

    #: Both in seconds.
    start: float
    duration: float
    title: str = ""


_LISTS = {
    "media": Enclosure,
    "transcripts": Beside,
    "people": Person,
    "soundbites": Soundbite,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A post's recording. What is empty or None, its author didn't say."""

    #: Never empty. The first is the recording; the others are the same in other formats.
    media: tuple[Enclosure, ...]
    #: Seconds.
    duration: int | None = None
    #: Its name where its number is shown beside it, if another than the post's title.
    title: str = ""
    #: A decimal number from 0, as it is written: `12`, or `12.5` for one in between.
    number: str = ""
    season: int | None = None
    season_name: str = ""
    #: `full`, `trailer` or `bonus`.
    kind: str = ""
    explicit: bool | None = None
    #: Its own cover, if it has one beside the post's picture.
    image: str = ""
    transcripts: tuple[Beside, ...] = ()
    chapters: Beside | None = None
    people: tuple[Person, ...] = ()
    soundbites: tuple[Soundbite, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """The episode in JSON's terms; `from_record` gives back an equal one."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Episode:
        """The episode that `to_record` wrote down."""
        made = {name: tuple(kind(**one) for one in record[name]) for name, kind in _LISTS.items()}
        chapters = record["chapters"] and Beside(**record["chapters"])
        return cls(**{**record, **made, "chapters": chapters})
