"""Whether the formats of one feed tell the same of its posts (STANDARDS 41)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.feeds.validate.model import Fault, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syndicate.feeds.model import Format
    from syndicate.feeds.validate.told import Told


def disagreements(told: Mapping[Format, Sequence[Told]]) -> Iterator[Finding]:
    """Where a document tells something else of a post than the first of them.

    Places begin with the document's file name. Lines are left out where a format has none.
    """
    if not told:
        return
    first, *others = told
    for other in others:
        for post, fault in _differences(told[first], told[other], first):
            yield Finding.of(fault, f"{other.value}/{post.place}", post.line)


def _differences(
    wanted: Sequence[Told], found: Sequence[Told], first: Format
) -> Iterator[tuple[Told, Fault]]:
    feed, *posts = found
    known = {post.id: post for post in wanted[1:]}
    seen = {post.id for post in posts}
    for post in posts:
        if post.id not in known:
            yield post, Fault("IdsDisagree", f"{first.value} has no post {post.id[:80]!r}")
        elif fault := _date_fault(known[post.id], post, first):
            yield post, fault
    for missing in (post for post in known if post not in seen):
        yield feed, Fault("IdsDisagree", f"{first.value} has {missing[:80]!r} too")
    shared = [post for post in posts if post.id in known]
    for right, post in zip((post for post in known if post in seen), shared, strict=False):
        if right != post.id:
            yield post, Fault("OrderDisagrees", f"{first.value} has {right[:80]!r} here")
            return


def _date_fault(wanted: Told, found: Told, first: Format) -> Fault | None:
    pairs = (
        ("published", wanted.published, found.published),
        ("updated", wanted.updated, found.updated),
    )
    for name, there, here in pairs:
        if here and there and here.moment != there.moment:
            dates = f"{here.moment.isoformat()} here and {there.moment.isoformat()}"
            return Fault("DatesDisagree", f"{name} is {dates} in {first.value}")
    return None
