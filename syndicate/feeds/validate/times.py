"""Dates of a document beside each other, and beside now (STANDARDS 20)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from syndicate.feeds.validate.dates import implausible
from syndicate.feeds.validate.model import Fault, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from syndicate.feeds.validate.told import Told


def faults(told: Sequence[Told], now: datetime) -> Iterator[Finding]:
    """Dates that can't be, and the first post that is newer than the one before it."""
    for post in told:
        for dated in (post.published, post.updated):
            if dated and (fault := implausible(dated.moment, now)):
                yield Finding.of(fault, dated.place, dated.line)
    published = [post.published for post in told[1:] if post.published]
    for newer, older in pairwise(published):
        if newer.moment < older.moment:
            sentence = "it is newer than the post before it; the newest come first"
            yield Finding.of(Fault("NotNewestFirst", sentence), older.place, older.line)
            return
