"""How much of each post an edition shows, so that Gmail doesn't clip it. Sizes in, steps out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from syndicate.digests.model import Step
from syndicate.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Bytes of a message's HTML as a reader's program decodes it. Gmail clips at about 102 KB and
#: hides what is below, the footer's unsubscribe link too.
HTML_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A step for each post that is shown, in their order, and how many are only on the web."""

    steps: tuple[Step, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Sized:
    """One of several editions in a mail, by the bytes it takes."""

    #: Of what stands before and after its posts.
    frame: int
    posts: Sequence[Mapping[Step, int]]


def fit(frame: int, posts: Sequence[Mapping[Step, int]], limit: int = HTML_LIMIT) -> Plan:
    """The most that fits into `limit` bytes, of which the frame takes `frame`.

    The last post is the first to step down: all to excerpts before any to a headline, all to
    headlines before any is left out. A step that would save nothing isn't taken.

    Raises:
        MessageError: not even the first post's headline fits.
    """
    steps = _stepped(posts, limit - frame)
    shrunk = [sizes[step] for sizes, step in zip(posts, steps, strict=True)]
    # As many of the first as fit: the running total is counted with the frame before any post.
    shown = sum(so_far <= limit for so_far in accumulate(shrunk, initial=frame)) - 1
    if shown < min(1, len(steps)):
        raise MessageError(
            f"an edition of one headline takes {frame + sum(shrunk[:1])} bytes of HTML; at most "
            f"{limit} can be sent: shorten the title or the site's description"
        )
    return Plan(tuple(steps[:shown]), len(steps) - shown)


def fit_together(
    frame: int, sections: Sequence[Sized], limit: int = HTML_LIMIT
) -> tuple[Plan, ...]:
    """The same for several editions in one, each a section with a frame of its own.

    The last section's last post is the first to step down. Where headlines alone are too many, each
    section shows as many as the others, if it has them. The last sections, of which not even one
    headline fits, have no plan.

    Raises:
        MessageError: not even the first section's first headline fits.
    """
    posts = [sizes for section in sections for sizes in section.posts]
    frames = frame + sum(section.frame for section in sections)
    steps = iter(_stepped(posts, limit - frames))
    stepped = [tuple(islice(steps, len(section.posts))) for section in sections]
    total, shown = frame, [0] * len(sections)
    # First one of each, with the section's own frame, then a second of each, and so on.
    for turn in range(max(len(section.posts) for section in sections)):
        for n, section in enumerate(sections):
            if turn >= len(section.posts):
                continue
            more = section.posts[turn][stepped[n][turn]] + (0 if turn else section.frame)
            if total + more > limit:
                return _evenly(stepped, shown, total + more)
            total, shown[n] = total + more, turn + 1
    return tuple(map(Plan, stepped))


def _evenly(stepped: Sequence[tuple[Step, ...]], shown: list[int], needed: int) -> tuple[Plan, ...]:
    if not shown[0]:
        raise MessageError(
            f"a mail of one headline takes {needed} bytes of HTML; at most {HTML_LIMIT} can be "
            "sent: shorten the title"
        )
    pairs = zip(stepped, shown, strict=True)
    return tuple(Plan(steps[:many], len(steps) - many) for steps, many in pairs if many)


def _stepped(posts: Sequence[Mapping[Step, int]], room: int) -> list[Step]:
    """How far each steps down so that all fit; if they can't, all the way."""
    steps = [Step.FULL] * len(posts)
    total = sum(sizes[Step.FULL] for sizes in posts)
    for step in (Step.EXCERPT, Step.HEADLINE):
        for n in reversed(range(len(posts))):
            if total <= room:
                return steps
            saved = posts[n][steps[n]] - posts[n][step]
            if saved > 0:
                steps[n] = step
                total -= saved
    return steps


def weight(html: str) -> int:
    """Bytes of it in a message, where a line ends in CR and LF."""
    return len(html.encode()) + html.count("\n")
