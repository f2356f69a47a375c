"""The editions of a slot that go out together, frozen: what each reader's own mail is made of.

They are kept once for a mailing, so that every worker makes the same bytes of the same editions,
whatever happens to a post, a title or the settings between two messages.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.digests.model import Masthead
from syndicate.posts.model import Post

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One edition within a mail."""

    edition: int
    #: Its name, and what readers call it.
    category: str
    title: str
    number: int
    #: BCP 47.
    language: str
    #: Where it can be read on the web.
    web_url: str
    posts: tuple[Post, ...]
    #: Posts of earlier editions, with what was put right in them.
    corrections: tuple[Post, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """All editions of a slot that have posts, and what surrounds them."""

    #: Of the mail as a whole: it has neither a category nor a number.
    masthead: Masthead
    #: In the order of readers who want no other.
    sections: tuple[Section, ...]

    @cached_property
    def _places(self) -> dict[int, int]:
        """The place of each section by its edition's id."""
        return {section.edition: place for place, section in enumerate(self.sections)}

    @cached_property
    def _places_of(self) -> dict[str, list[int]]:
        """The places of sections by their category."""
        found: dict[str, list[int]] = {}
        for place, section in enumerate(self.sections):
            found.setdefault(section.category, []).append(place)
        return found

    def variant(self, categories: Iterable[str], first: Sequence[str]) -> tuple[int, ...]:
        """The editions of these categories in a reader's order: some `first`, then as they stand.

        Readers of the same categories and without wishes have one variant, which is made once.
        """
        wishes = {category: rank for rank, category in enumerate(first)}
        found = sorted(
            (wishes.get(category, len(wishes)), place)
            for category in set(categories)
            for place in self._places_of.get(category, ())
        )
        return tuple(self.sections[place].edition for _, place in found)

    def chosen(self, variant: Iterable[int]) -> tuple[Section, ...]:
        """The sections of a variant, in its order."""
        return tuple(self.sections[self._places[edition]] for edition in variant)

    def dumps(self) -> bytes:
        """The bundle as Redis keeps it; a post that is in several editions is in it once."""
        shown = (post for one in self.sections for post in (*one.posts, *one.corrections))
        posts = {post.id: post.dumps() for post in shown}
        places = {post: place for place, post in enumerate(posts)}
        sections = [
            {name: getattr(section, name) for name in _PLAIN}
            | {of: [places[post.id] for post in getattr(section, of)] for of in _POSTS}
            for section in self.sections
        ]
        masthead = asdict(replace(self.masthead, zone=None)) | {  # type: ignore[arg-type]
            "date": self.masthead.date.isoformat(),
            "zone": self.masthead.zone.key,
        }
        record = {"masthead": masthead, "sections": sections, "posts": list(posts.values())}
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def loads(cls, data: bytes) -> Bundle:
        """The bundle that `dumps` wrote."""
        record = json.loads(data)
        posts = [Post.loads(text) for text in record["posts"]]
        masthead = record["masthead"] | {
            "date": datetime.fromisoformat(record["masthead"]["date"]).astimezone(UTC),
            "zone": ZoneInfo(record["masthead"]["zone"]),
        }
        return cls(
            masthead=Masthead(**masthead),
            sections=tuple(
                Section(
                    **section | {of: tuple(posts[place] for place in section[of]) for of in _POSTS}
                )
                for section in record["sections"]
            ),
        )


#: What a section has of posts, and what else.
_POSTS = ("posts", "corrections")
_PLAIN = tuple(field.name for field in fields(Section) if field.name not in _POSTS)


def ordered(sections: Iterable[Section], site: Sequence[str]) -> tuple[Section, ...]:
    """Sections in the order in which the settings name their categories, the others by title."""
    places = {category: place for place, category in enumerate(site)}

    def key(section: Section) -> tuple[int, str, str]:
        place = places.get(section.category, len(places))
        return place, section.title.casefold(), section.category

    return tuple(sorted(sections, key=key))
