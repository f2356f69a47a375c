"""Whether an edition is to be cut of what waits, and what of it is too old. Pure: values in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from syndicate.posts.pending import Pending
    from syndicate.settings import Rules


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done at a slot."""

    #: Posts that the edition may not take, for they were published too long ago.
    too_old: tuple[int, ...]
    #: Whether there is to be an edition now.
    cut: bool
    #: Why there is none, in one line.
    why: str = ""


def judge(waiting: Sequence[Pending], rules: Rules, now: datetime) -> Verdict:
    """What is to be done with what waits, by the rules of its digest."""
    oldest = rules.oldest and now - timedelta(days=rules.oldest)
    old = tuple(post.number for post in waiting if oldest and post.published < oldest)
    left = [post for post in waiting if post.number not in old]
    if not left:
        return Verdict(old, cut=False, why="nothing waits")
    wanted = min(rules.minimum or 1, rules.maximum or 1)
    patient = not rules.wait or now - min(post.since for post in left) < timedelta(days=rules.wait)
    if len(left) < wanted and patient:
        return Verdict(old, cut=False, why=f"{len(left)} of at least {wanted} posts wait")
    return Verdict(old, cut=True)
