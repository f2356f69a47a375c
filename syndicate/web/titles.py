"""Digests and categories as readers call them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.delivery.prepare import Postmaster
    from syndicate.posts.categories import CategoryStore
    from syndicate.subscribers.model import Digest


@dataclass(frozen=True, slots=True)
class Named:
    """A digest and its title."""

    digest: Digest
    title: str


class Titles:
    """What the digests of one site are called."""

    def __init__(self, categories: CategoryStore, postmaster: Postmaster) -> None:
        self._categories = categories
        self._postmaster = postmaster

    def of(self, digests: Iterable[Digest]) -> list[Named]:
        """Each with its title, in the order of titles."""
        wanted = list(digests)
        known = self._categories.known({digest.category for digest in wanted})
        named = [
            Named(d, self._postmaster.category_title(d.category, known.get(d.category)))
            for d in wanted
        ]
        return sorted(named, key=lambda each: (each.title.casefold(), each.digest))
