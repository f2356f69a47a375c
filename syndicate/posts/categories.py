"""Categories in Redis, and tags and authors that have a feed: their names and their places."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from syndicate.errors import NotFoundError
from syndicate.posts.category import distinct_slug, slug
from syndicate.posts.series import Kind, kind_of, label_of
from syndicate.store.keys import INDEX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from syndicate.posts.store import PostStore
    from syndicate.store.client import Store

#: Posts that one step of a renaming moves.
_STEP = 500


@dataclass(frozen=True, slots=True)
class Category:
    """A category as it was first seen; the settings may show it otherwise.

    The whole site, a tag and an author have a record of this form too, where they have a feed.
    """

    #: Of its feed, as `series` has it: a category's own.
    name: str
    #: Unique on a case-insensitive disk, and never given to another category.
    slug: str
    #: What its posts call it; empty where they don't say.
    title: str
    #: The permanent id of its feed.
    feed_id: str
    #: The publication of the post it was first seen in.
    since: datetime
    #: Those that it had under other names: they lead to the one it has.
    former_slugs: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """What it is."""
        return kind_of(self.name)

    @property
    def label(self) -> str:
        """What its posts name it by."""
        return label_of(self.name)


class CategoryStore:
    """The categories of one site."""

    def __init__(self, store: Store, posts: PostStore, cadences: Sequence[str]) -> None:
        self._store = store
        self._posts = posts
        self._cadences = tuple(cadences)

    def all(self, kind: Kind = Kind.CATEGORY) -> dict[str, Category]:
        """Every category ever seen, or tag or author that has a feed, by the feed's name.

        Among the categories stands the whole site, as `WHOLE_SITE`.
        """
        records = self._store.text.hgetall(self._records(kind))
        return {str(name): _category(str(name), record) for name, record in records.items()}

    def get(self, name: str) -> Category | None:
        """What the feed of that name is of, or None if no post ever named it."""
        return self.known([name]).get(name)

    def known(self, names: Collection[str]) -> dict[str, Category]:
        """What the feeds of these names are of, those that are known."""
        found: dict[str, Category] = {}
        for kind in {kind_of(name) for name in names}:
            some = [name for name in names if kind_of(name) is kind]
            records = self._store.text.hmget(self._records(kind), some)
            pairs = zip(some, records, strict=True)
            found |= {name: _category(name, record) for name, record in pairs if record}
        return found

    def of_slug(self, text: str) -> Category | None:
        """The category that has that slug, or had it under another name."""
        name = self._store.text.hget(self._store.keys.slugs, _slug_member(Kind.CATEGORY, text))
        if name is None:
            return None
        if found := self.get(str(name)):
            return found
        return next((each for each in self.all().values() if text in each.former_slugs), None)

    def taken_slugs(self, kind: Kind, slugs: Collection[str]) -> set[str]:
        """Those of these slugs that one of that kind has, whatever their case."""
        wanted = list(slugs)
        members = [_slug_member(kind, each) for each in wanted]
        found = self._store.text.hmget(self._store.keys.slugs, members) if members else []
        return {each for each, name in zip(wanted, found, strict=True) if name is not None}

    def _records(self, kind: Kind) -> str:
        """The key of the records of one kind; the whole site stands among the categories."""
        keys = self._store.keys
        return {Kind.TAG: keys.tags, Kind.AUTHOR: keys.authors}.get(kind, keys.categories)

    def add(self, new: Iterable[Category]) -> None:
        """Remember categories; one that is known keeps what it has."""
        fresh = list(new)
        if not fresh:
            return
        sequence = self._store.text.incr(self._store.keys.post_seq)
        pipe = self._store.text.pipeline()
        pipe.zadd(
            self._store.keys.dirty,
            dict.fromkeys([INDEX, *(category.name for category in fresh)], sequence),
        )
        for category in fresh:
            member = _slug_member(category.kind, category.slug)
            pipe.hsetnx(self._store.keys.slugs, member, category.name)
            pipe.hsetnx(self._records(category.kind), category.name, _record(category))
        pipe.execute()

    def rename(self, old: str, new: str) -> None:
        """Have a known category go on as another: its posts, its feed's id, what waits in it.

        A category of the new name may be there already: then it takes in the old one's posts, and
        nobody gets them again.
        """
        keys, before = self._store.keys, self.all()[old]
        known = self.get(new)
        taken = self.taken_slugs(Kind.CATEGORY, [slug(new)])
        after = known or replace(before, name=new, slug=distinct_slug(new, taken))
        former = (*after.former_slugs, *before.former_slugs, before.slug)
        after = replace(after, former_slugs=tuple(dict.fromkeys(former)))
        self.add([after])
        self._store.text.hset(keys.categories, new, _record(after))
        while rows := self._store.text.zrange(keys.log(old), 0, _STEP - 1):
            self._move([int(member) for member in cast("list[str]", rows)], old, new)
        parts = (keys.log(old), keys.archives(old), keys.revisions(old), keys.changed(old))
        self._store.text.delete(*parts)
        self._store.text.zrem(keys.dirty, old)
        for cadence in self._cadences:
            self._store.text.srem(keys.waiting(cadence), old)
        self._store.text.hdel(keys.categories, old)

    def _move(self, ids: Sequence[int], old: str, new: str) -> None:
        """Take posts from one category to another."""
        keys, posts = self._store.keys, self._posts.get(ids)
        pipe = self._store.text.pipeline(transaction=False)
        for number in ids:
            post = posts[number]
            names = dict.fromkeys(new if name == old else name for name in post.categories)
            moved = replace(post, categories=tuple(names))
            self._store.run(
                "move_post",
                [
                    *(keys.post(number), keys.dirty, keys.post_seq, keys.log(old), keys.log(new)),
                    *map(keys.waiting, self._cadences),
                    *(keys.pending(cadence, old) for cadence in self._cadences),
                    *(keys.pending(cadence, new) for cadence in self._cadences),
                ],
                [number, old, new, moved.dumps(), moved.content_hash, *self._cadences],
                pipe,
            )
        pipe.execute()

    def require(self, name: str) -> Category:
        """The category of that name.

        Raises:
            NotFoundError: there is none; names one that is close.
        """
        category = self.get(name) if name else None
        if category is None:
            raise NotFoundError(f"no category {name!r}{self._near(name)}")
        return category

    def _near(self, name: str) -> str:
        known = {each.casefold(): each for each in self.all() if each}
        near = difflib.get_close_matches(name.casefold(), known, n=1)
        return f"; did you mean {known[near[0]]!r}?" if near else "; `syndicate sync` reads them"


def _slug_member(kind: Kind, text: str) -> str:
    return f"{kind}/{text.casefold()}"


def _category(name: str, record: str | bytes) -> Category:
    values = json.loads(record)
    return Category(
        name=name,
        slug=values["slug"],
        title=values["title"],
        feed_id=values["feed_id"],
        since=datetime.fromisoformat(values["since"]),
        former_slugs=tuple(values.get("former_slugs", "").split()),
    )


def _record(category: Category) -> str:
    values = {
        "slug": category.slug,
        "title": category.title,
        "feed_id": category.feed_id,
        "since": category.since.isoformat(),
    }
    if category.former_slugs:
        values["former_slugs"] = " ".join(category.former_slugs)
    return json.dumps(values, ensure_ascii=False)
