"""What a digest's edition is, and what composing makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.settings.words import Words


class Step(StrEnum):
    """How much of a post a mail shows; fitting steps down this list."""

    FULL = "full"
    EXCERPT = "excerpt"
    HEADLINE = "headline"


class Life(StrEnum):
    """What an edition is doing. Once it is ordered, its mailing says more."""

    #: It waits for a person to approve it.
    DRAFT = "draft"
    #: It goes out as soon as its mailing is ordered.
    SCHEDULED = "scheduled"
    #: A person, or a rule, keeps it back.
    HELD = "held"
    #: It never goes out, or no further than it has.
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Event:
    """A step in an edition's life."""

    at: datetime
    #: Such as `cut`, `approved`, `paused`.
    step: str
    #: Who did it: a person, or `tick`.
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One number of a digest: which posts, fixed when it was cut."""

    #: Unique in the site, ascending.
    id: int
    category: str
    cadence: str
    #: Counts within its digest, from 1.
    number: int
    #: The moment of the schedule that it was cut for, or a name for an order by hand.
    slot: str
    cut_at: datetime
    #: Ids of its posts in the store, in the order of their ingest.
    posts: tuple[int, ...]
    life: Life = Life.SCHEDULED
    #: Ids of posts that earlier editions had and in which something was put right since.
    corrections: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """All that surrounds the posts of an edition: whose it is, and where to go from it."""

    site_title: str
    site_url: str
    category_title: str
    #: What readers of this category see about it; may be empty.
    description: str
    #: A line such as `No. 12 · 23 November 2026` is made of these.
    number: int
    date: datetime
    zone: ZoneInfo
    #: BCP 47: decides the chrome's language, the fonts and the direction.
    language: str
    #: Where this edition can be read on the web.
    web_url: str
    postal_address: str
    #: The name of the digest's rhythm, as the chrome says it ("daily", "weekly", or free).
    cadence: str
    #: Patterns with merge fields, as `settings.words` reads them. The subject's `{subject}` is what
    #: the templates make of the edition. No greeting: the edition begins without.
    subject: str = "{subject}"
    greeting: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """An edition as somebody reads it of whom nothing is known.

    Personal links are still the slots' marker URLs.
    """

    subject: str
    #: A whole document, inlined, at most `fit.HTML_LIMIT` bytes.
    html: str
    text: str
    #: Sources of posts that were shown shorter than written, with what they became.
    stepped_down: tuple[tuple[str, Step], ...] = ()
    #: Sources of the last posts, which a very long edition has on the web only.
    left_out: tuple[str, ...] = ()
    #: The subject with its merge fields; empty if it is the same for everybody.
    subject_words: Words = ()
    #: What stands alone on a line of both bodies, with its merge fields; empty for none.
    greeting: Words = ()
    #: Both bodies in parts that begin and end where a line does. What other mails have too is a
    #: `transfer.Piece`. Empty where that isn't worth while.
    html_pieces: tuple[str, ...] = ()
    text_pieces: tuple[str, ...] = ()

    def marked(self, mark: str) -> Composed:
        """The same under a subject that begins with a mark."""
        words = self.subject_words and (mark, *self.subject_words)
        return replace(self, subject=mark + self.subject, subject_words=words)
