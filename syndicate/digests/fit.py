"""How much of each post an edition shows, so that Gmail doesn't clip it. Sizes in, steps out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
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


def fit(frame: int, posts: Sequence[Mapping[Step, int]], limit: int = HTML_LIMIT) -> Plan:
    """The most that fits into `limit` bytes, of which the frame takes `frame`.

    The last post is the first to step down: all to excerpts before any to a headline, all to
    headlines before any is left out. A step that would save nothing isn't taken.

    Raises:
        MessageError: not even the first post's headline fits.
    """
    steps = [Step.FULL] * len(posts)
    total = frame + sum(sizes[Step.FULL] for sizes in posts)
    for step in (Step.EXCERPT, Step.HEADLINE):
        for n in reversed(range(len(posts))):
            if total <= limit:
                return Plan(tuple(steps))
            saved = posts[n][steps[n]] - posts[n][step]
            if saved > 0:
                steps[n] = step
                total -= saved
    shrunk = [sizes[step] for sizes, step in zip(posts, steps, strict=True)]
    # As many of the first as fit: the running total is counted with the frame before any post.
    shown = sum(so_far <= limit for so_far in accumulate(shrunk, initial=frame)) - 1
    if shown < min(1, len(steps)):
        raise MessageError(
            f"an edition of one headline takes {frame + sum(shrunk[:1])} bytes of HTML; at most "
            f"{limit} can be sent: shorten the title or the site's description"
        )
    return Plan(tuple(steps[:shown]), len(steps) - shown)
