"""Gathers what a site's stores and files say of one post."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.errors import NotFoundError
from syndicate.feeds import places
from syndicate.posts.lookup import Lookup
from syndicate.posts.series import is_wanted, quiet_feeds
from syndicate.posts.sources import Sources
from syndicate.reports.standing import (
    InDigest,
    InFeed,
    InFile,
    Past,
    Standing,
    in_digest,
    in_feed,
    in_file,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.app import App
    from syndicate.posts.categories import Category
    from syndicate.posts.lookup import Record
    from syndicate.posts.model import Post
    from syndicate.settings import Cadence

#: By then every post has appeared.
_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_EXCLUDED = "no post of the site: its configuration, its place or a name in its path leaves it out"


def find(app: App, name: str) -> Record:
    """The post of that number, source, path, permalink or `tag:` URI.

    Raises:
        NotFoundError: there is none; names one that is close.
    """
    lookup = Lookup(app.store)
    record = lookup.find(name) or lookup.find(_source(app, name))
    if record is not None:
        return record
    if _is_file(app, _source(app, name)):
        raise NotFoundError(f"no post {name!r} yet; `syndicate posts explain` says why")
    near = lookup.near(name)
    hint = f"did you mean {near}?" if near else "`syndicate posts list` names some"
    raise NotFoundError(f"no post {name!r}; {hint}")


def explain(app: App, name: str) -> Standing:
    """Where a post stands, be it in the store or only a file.

    Raises:
        NotFoundError: neither.
    """
    source = _source(app, name)
    try:
        record = find(app, name)
    except NotFoundError:
        if not _is_file(app, source):
            raise
        return Standing(number=None, file=_in_file(app, source, None))
    return Standing(
        number=record.number,
        file=_in_file(app, record.post.source, record),
        feeds=tuple(_in_feeds(app, record)),
        digests=tuple(_in_digests(app, record)),
    )


def _is_file(app: App, source: str) -> bool:
    """Whether that is a file of a post, by where it is."""
    return Sources(app.settings).has(source)


def _source(app: App, name: str) -> str:
    """A path as the store writes it: below the site's folder, wherever the caller stands."""
    folder = app.settings.folder.resolve()
    path = folder / name
    if not path.exists():
        path = Path.cwd() / name
    # A post may be a symbolic link: then it is the link that is meant.
    path = path.parent.resolve() / path.name
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else name


def _in_file(app: App, source: str, record: Record | None) -> InFile:
    settings, now = app.settings, app.clock()
    sources = Sources(settings)
    reading, held_until, refused = None, "", ""
    if sources.has(source):
        reading = sources.read(source, now=now)
        later = sources.read(source, now=_FOR_EVER).post
        if reading.post is None and later:
            held_until = shown(later.published, settings.site.zone)
        if reading.post and not (record and record.live):
            found = any(sources.look([source]))
            refused = _refused(app, sources, reading.post) if found else _EXCLUDED
    return in_file(
        source,
        record,
        reading,
        vanished=settings.posts.vanished,
        held_until=held_until,
        refused=refused,
    )


def _refused(app: App, sources: Sources, post: Post) -> str:
    """Why a sync won't have a post that reads well; empty if it will."""
    owner = app.posts.owners([post.url]).get(post.url, post.source)
    if owner == post.source or not sources.has(owner):
        return ""
    return f"its permalink {post.url} is that of {owner}; give one of them another"


def _categories(record: Record) -> list[str]:
    """Those that a post is in, then those that it has left."""
    been = {mark.partition(":")[2] for mark in record.marks}
    return [*record.post.categories, *sorted(been.difference(record.post.categories))]


def _in_feeds(app: App, record: Record) -> Iterator[InFeed]:
    whole, *others = quiet_feeds(app.settings, record.post)
    for name in (whole, *_categories(record), *others):
        category = app.categories.get(name)
        if category and is_wanted(app.settings, name):
            place = app.feeds.place(name, record.number)
            yield in_feed(name, base_of(app, category), place, live=record.live)


def base_of(app: App, category: Category) -> str:
    """What the URLs of its feed begin with."""
    return places.feed_base(app.settings.web.url, category.kind, category.slug)


def _in_digests(app: App, record: Record) -> Iterator[InDigest]:
    site = app.settings.site.zone
    for cadence in app.settings.cadences:
        for category in _categories(record):
            due = app.desk.timetables.of(cadence.name, category).next(app.clock())
            past = _past(app, record, cadence, category)
            if past.mark or category in record.post.categories:
                yield in_digest(past, live=record.live, due=due, zone=site)


def _past(app: App, record: Record, cadence: Cadence, category: str) -> Past:
    taken = app.editions.edition_of(cadence.name, category, record.number)
    ordered = app.editions.mailing_of(taken) if taken else None
    return Past(
        cadence=cadence.name,
        category=category,
        mark=record.marks.get(f"{cadence.name}:{category}"),
        reason=record.reasons.get(f"{cadence.name}:{category}"),
        pending=app.pending.holds(cadence.name, category, record.number),
        edition=app.editions.get(taken) if taken else None,
        mailing=app.ledger.get(ordered) if ordered else None,
        composed=bool(ordered and app.kept.language(ordered)),
    )
