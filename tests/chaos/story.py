"""What happened in a round, in order, for whoever has to find out why a law was broken."""

from __future__ import annotations

import difflib
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.laws import Evidence


def story(seen: Evidence) -> Iterator[str]:
    """All that was seen, a line each, by the machine's monotonic clock; then copies that differ."""
    lines = [(each.at, f"worker {each.slot}: {each.what}") for each in seen.record.disturbances]
    lines += [(each.at, str(each)) for each in seen.forbidden]
    for each in seen.record.transactions:
        what = (
            f"worker {each.slot}, connection {each.connection}: {each.recipient or 'nobody'} "
            f"mailing, reader {seen.ids.get(each.message_id)} {each.message_id[:9]}> "
            f"{each.digest[:8]} dot {each.dot:.3f} after {each.after:.3f} "
            f"{'taken' if each.taken else ''} {'told' if each.told else ''}"
        )
        lines.append((each.begun, what))
    yield from (f"{at:.3f} {line}" for at, line in sorted(lines))
    yield from (f"uncertain: {each}" for each in sorted(seen.uncertain))
    yield from _differences(seen)


def _differences(seen: Evidence) -> Iterator[str]:
    copies: dict[str, list[str]] = defaultdict(list)
    for each in seen.record.transactions:
        if each.taken and each.digest not in copies[each.message_id]:
            copies[each.message_id].append(each.digest)
    for name, digests in copies.items():
        for one, other in pairwise(digests):
            before, after = (
                seen.record.messages[digest].decode("ascii", "replace").splitlines()
                for digest in (one, other)
            )
            yield f"copies of {name}:"
            yield from difflib.unified_diff(before, after, one[:8], other[:8], lineterm="", n=0)
