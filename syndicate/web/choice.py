"""The choice of digests on a page: which of thousands it shows, and what was changed in it. Pure.

The form tells what was ticked when it was shown beside what is ticked now: only the difference is
what somebody wants changed, whatever has become of the rest meanwhile.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from syndicate.subscribers.model import Digest, Status
from syndicate.web.forms import text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from starlette.datastructures import FormData

    from syndicate.subscribers.model import Subscriber

#: Categories of a kind on one page: his own, and those that were looked for.
SHOWN = 100
#: So many are shown without being looked for.
FEW = 30
#: Places that come first in a mail of all in one.
_PLACES = 3
#: Characters of what is looked for.
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen: digests, and of which cadences all come in one mail, with what first."""

    digests: frozenset[Digest] = frozenset()
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, one: Subscriber) -> Choice:
        """What a subscriber has chosen."""
        return cls(frozenset(one.having(Status.ACTIVE)), one.together)

    def with_digests(self, more: frozenset[Digest]) -> Choice:
        """The same, and these chosen as well."""
        return replace(self, digests=self.digests | more)

    def differs(self, before: Choice) -> dict[str, tuple[str, ...] | None]:
        """The cadences whose mails are to come otherwise than before, and how."""
        names = sorted({*self.together, *before.together})
        return {
            name: self.together.get(name)
            for name in names
            if self.together.get(name) != before.together.get(name)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A form as it came."""

    before: Choice
    now: Choice
    #: Categories that it showed.
    seen: frozenset[str]
    #: What was looked for.
    query: str = ""

    @classmethod
    def of(cls, form: FormData, cadences: Sequence[str], renamed: Mapping[str, str]) -> Posted:
        """What a form says; `cadences` are those that there are.

        A category that was `renamed` since it was shown is called as it is now.
        """

        def called(name: str) -> str:
            return renamed.get(name, name)

        def digests(name: str) -> frozenset[Digest]:
            found = map(Digest.parse, texts_of(form, name))
            return frozenset(Digest(d.cadence, called(d.category)) for d in found)

        def together(prefix: str) -> dict[str, tuple[str, ...]]:
            return {
                cadence: tuple(
                    dict.fromkeys(
                        map(called, filter(None, texts_of(form, f"{prefix}first-{cadence}")))
                    )
                )
                for cadence in cadences
                if text_of(form, f"{prefix}all-{cadence}") == "yes"
            }

        return cls(
            before=Choice(digests("had"), together("was-")),
            now=Choice(digests("digest"), together("")),
            seen=frozenset(map(called, texts_of(form, "seen"))),
            query=text_of(form, "q")[:_LONGEST],
        )

    def joined(self, cadences: Collection[str]) -> frozenset[Digest]:
        """What was ticked anew, of cadences that there are."""
        new = self.now.digests - self.before.digests
        return frozenset(digest for digest in new if digest.cadence in cadences)

    @property
    def left(self) -> frozenset[Digest]:
        """What isn't ticked any more."""
        return self.before.digests - self.now.digests


@dataclass(frozen=True, slots=True)
class Box:
    """A digest that can be ticked."""

    digest: Digest
    ticked: bool
    #: Whether it was when the form was first shown.
    had: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A category with a box for each cadence."""

    category: str
    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """How all of a cadence come."""

    cadence: str
    #: Those that come first if all come in one mail; None: each by itself.
    first: tuple[str, ...] | None
    #: The same when the form was first shown.
    was: tuple[str, ...] | None
    #: Categories that can come first, with their titles.
    offered: tuple[tuple[str, str], ...]

    @property
    def places(self) -> tuple[str, ...]:
        """What comes first, second, …; empty where nobody said."""
        first = self.first or ()
        return first + ("",) * max(0, _PLACES - len(first))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a page shows."""

    #: Categories of which he has something, or has ticked something.
    own: tuple[Row, ...]
    #: Own ones that there is no room for; they stay as they are.
    own_more: int
    #: Others: all if they are few, else what was found.
    others: tuple[Row, ...]
    #: What was found beyond those.
    others_more: int
    #: Whether there are so many that they have to be looked for.
    many: bool
    query: str
    bundles: tuple[Bundle, ...]


def offer(
    titles: Mapping[str, str], cadences: Sequence[str], before: Choice, now: Choice, query: str
) -> Offer:
    """What a page shows of all categories, named with their titles."""
    wanted = before.digests | now.digests
    names = sorted({*titles, *(digest.category for digest in wanted)}, key=_by(titles))
    # What was changed and isn't saved yet is never out of sight.
    changed = {digest.category for digest in before.digests ^ now.digests}
    his = {digest.category for digest in wanted}
    own, others = [n for n in names if n in his], [n for n in names if n not in his]
    few = len(names) <= FEW
    if len(own) > SHOWN:
        fitting = [n for n in own if n in changed or is_found(query, n, titles.get(n, n))]
        shown = sorted(fitting, key=lambda name: name not in changed)[:SHOWN]
    else:
        shown = own
    found = others if few else [n for n in others if query and is_found(query, n, titles[n])]

    def row(name: str) -> Row:
        extra = {digest.cadence for digest in wanted if digest.category == name}
        mine = [*cadences, *sorted(extra.difference(cadences))]
        digests = [Digest(cadence, name) for cadence in mine]
        boxes = (Box(d, d in now.digests, d in before.digests) for d in digests)
        return Row(name, titles.get(name, name), tuple(boxes))

    return Offer(
        own=tuple(map(row, shown)),
        own_more=len(own) - len(shown),
        others=tuple(map(row, found[:SHOWN])),
        others_more=len(found[SHOWN:]),
        many=not few,
        query=query,
        bundles=tuple(
            _bundle(cadence, before, now, [(n, titles.get(n, n)) for n in shown])
            for cadence in cadences
        ),
    )


def is_found(query: str, *texts: str) -> bool:
    """Whether every word of a query is in one of the texts; case and width don't count."""
    found = "\n".join(map(_folded, texts))
    return all(word in found for word in _folded(query).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _by(titles: Mapping[str, str]) -> Callable[[str], tuple[str, str]]:
    return lambda name: (_folded(titles.get(name, name)), name)


def _bundle(cadence: str, before: Choice, now: Choice, shown: Iterable[tuple[str, str]]) -> Bundle:
    first = now.together.get(cadence)
    ticked = {digest.category for digest in now.digests if digest.cadence == cadence}
    kept = [(name, name) for name in first or () if name not in dict(shown)]
    offered = [pair for pair in shown if pair[0] in ticked or pair[0] in (first or ())]
    return Bundle(cadence, first, before.together.get(cadence), (*offered, *kept))
