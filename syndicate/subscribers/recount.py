"""Counts people and subscriptions anew while the service goes on.

A page of records is counted while nobody changes it, and with it goes the mark up to which all are
counted (`upto`). Whatever is saved below the mark from then on changes the new counts as it does
the old (`save_subscriber.lua`). So when the mark has passed the last record, the new counts are
true of that very moment, and what differs is a fault.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from syndicate.store.keys import BUCKET
from syndicate.subscribers.steps import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.store.client import Store
    from syndicate.subscribers.model import Subscriber

#: What the counts that are made anew are called before their names.
_AGAIN = "again:"
_UPTO = "upto"
#: Above every id: ids are 32 bits.
_END = 1 << 32


class Recount:
    """The counting anew of one site's subscribers, one process at a time."""

    def __init__(self, store: Store, parsed: Callable[[int, str], Subscriber | None]) -> None:
        """`parsed` gives the subscriber of a record, or None if it is none."""
        self._store = store
        self._parsed = parsed
        self._counts = store.keys.subscriber_counts

    def run(self, step: Callable[[int], object]) -> dict[str, int]:
        """By how much each count is too high; those that are right are left out."""
        self._forget()
        first = 0
        while not self._is_last(first):
            step(first)
            self._count(first)
            first += BUCKET
        found = cast("dict[str, str]", self._store.text.hgetall(self._counts))
        self._forget()
        names = {name.removeprefix(_AGAIN) for name in found if name != _UPTO}
        off = {n: int(found.get(n, 0)) - int(found.get(_AGAIN + n, 0)) for n in sorted(names)}
        return {name: by for name, by in off.items() if by}

    def mend(self, name: str, off: int) -> bool:
        """Take that much off a count: what changes it meanwhile goes on holding."""
        self._store.text.hincrby(self._counts, name, -off)
        return True

    def _is_last(self, first: int) -> bool:
        """Whether no record has this id or a higher one; from then on new ones count as well."""
        seq = self._store.keys.subscriber_seq

        def close(pipe: Any) -> bool:  # noqa: ANN401 - redis-py's pipeline, which stores know
            is_last = int(pipe.get(seq) or 0) < first
            pipe.multi()
            if is_last:
                pipe.hset(self._counts, _UPTO, str(_END))
            return is_last

        return self._store.transaction(close, seq)

    def _count(self, first: int) -> None:
        """Count the records from this id on that share a hash."""
        bucket = self._store.keys.subscribers(first)

        def count(pipe: Any) -> None:  # noqa: ANN401 - redis-py's pipeline, which stores know
            total: Counter[str] = Counter()
            for number, text in pipe.hgetall(bucket).items():
                one = self._parsed(int(number), text)
                total.update(counted(one) if one else ())
            pipe.multi()
            for name, many in total.items():
                pipe.hincrby(self._counts, f"{_AGAIN}{name}", many)
            pipe.hset(self._counts, _UPTO, str(first + BUCKET))

        self._store.transaction(count, bucket)

    def _forget(self) -> None:
        """Have no count made anew: what one that was broken off left is gone."""
        found = cast("list[str]", self._store.text.hkeys(self._counts))
        old = [name for name in found if name == _UPTO or name.startswith(_AGAIN)]
        if old:
            self._store.text.hdel(self._counts, *old)
