"""Posts that are handed in: each is a file of the site, and its key leads to it for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syndicate.errors import ConflictError, DraftError, NotFoundError
from syndicate.posts.inbound import draft as drafts
from syndicate.posts.inbound import put
from syndicate.posts.inbound.draft import HUGO, JEKYLL
from syndicate.posts.inbound.register import Entry, Register, State
from syndicate.posts.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from syndicate.posts.inbound.draft import Draft
    from syndicate.posts.model import Post
    from syndicate.posts.store import PostStore
    from syndicate.settings import Settings
    from syndicate.store.client import Store

#: Extensions that a file may get: two that differ in it alone would share a permalink.
_EXTENSIONS = (".md", ".html")
#: Hex digits that tell apart posts whose titles and days are alike.
_HASH_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a post that was handed in."""

    key: str
    source: str
    #: Its permalink and its id; None if its file went before it was ever read.
    url: str | None
    id: str | None
    #: `published`, `scheduled` for later, or `withdrawn`.
    state: str
    #: Whether this request made the post.
    created: bool
    #: Whether its file has to be read again.
    changed: bool


class Inbox:
    """The posts of one site that are handed in."""

    def __init__(self, settings: Settings, store: Store, posts: PostStore) -> None:
        self._folder = settings.folder
        self._settings = settings
        self._store = store
        self._posts = posts
        self._register = Register(settings, store)

    def hand_in(self, key: str, draft: Draft, now: datetime) -> Receipt:
        """Make it a post. Repeating it changes nothing, whatever became of the post since.

        Raises:
            BusyError: the same key is being handed in just now.
            ConflictError: the key stands for a post that is not the same.
            DraftError: it can't be read as a post; nothing was kept of it.
            PostError: its file can't be written.
        """
        sources = Sources(self._settings)
        with self._store.lock(f"handed-in:{key}"):
            entry = self._register.entry(key, sources.site)
            if entry is None:
                return self._begin(key, draft, now, sources)
            if entry.digest != draft.digest:
                raise ConflictError(
                    f"key {key!r} stands for another post, {entry.source}; take another key, or "
                    "PUT to replace that post"
                )
            return self._receipt(key, entry, now, sources)

    def put(self, key: str, draft: Draft, now: datetime) -> Receipt:
        """Make it the post of that key, in place of what was there. It keeps its file and its id.

        Raises: as `hand_in`, but for a post that is not the same.
        """
        sources = Sources(self._settings)
        with self._store.lock(f"handed-in:{key}"):
            entry = self._register.entry(key, sources.site)
            if entry is None:
                return self._begin(key, draft, now, sources)
            if not entry.source.endswith(draft.extension):
                raise ConflictError(
                    f"key {key!r} stands for {entry.source}; a post stays in the language, "
                    "Markdown or HTML, that it was written in"
                )
            date = draft.date or entry.moment
            entry = Entry(entry.source, draft.digest, date.isoformat(), State.WRITTEN)
            self._replace(key, draft, entry, now, sources)
            return self._receipt(key, entry, now, sources, changed=True)

    def withdraw(self, key: str, now: datetime) -> Receipt:
        """Take the post of that key back. Its file stays, empty and unpublished.

        So the post leaves the feeds whatever the settings say of vanished files, and the key stays
        taken.

        Raises:
            NotFoundError: nothing was handed in under it.
            BusyError: it is being handed in just now.
            PostError: its file can't be written.
        """
        sources = Sources(self._settings)
        with self._store.lock(f"handed-in:{key}"):
            entry = self._register.entry(key, sources.site)
            if entry is None:
                raise NotFoundError(f"no post was handed in under key {key!r}")
            zone = self._settings.site.zone
            data = drafts.withdrawn(key, entry.digest, entry.moment, zone)
            put.overwrite(self._folder / entry.source, data, root=self._folder)
            entry = replace(entry, state=State.WITHDRAWN)
            self._register.remember(key, entry)
            return self._receipt(key, entry, now, sources, changed=True)

    # Writing

    def _begin(self, key: str, draft: Draft, now: datetime, sources: Sources) -> Receipt:
        date = draft.date or now.replace(microsecond=0)
        for source in self._free(key, draft, date, sources):
            entry = Entry(source, draft.digest, date.isoformat(), State.BEGUN)
            # First the claim, then the file: whoever repeats this after a crash finds both or none.
            self._register.remember(key, entry)
            path, data = self._folder / source, self._file(key, draft, date)
            if not put.create(path, data, root=self._folder):
                continue
            try:
                post = self._post(entry, now, sources)
            except DraftError:
                path.unlink()
                self._register.forget(key)
                raise
            if self._posts.owners([post.url]).get(post.url, source) != source:
                path.unlink()
                continue
            entry = replace(entry, state=State.WRITTEN)
            self._register.remember(key, entry)
            return self._receipt(key, entry, now, sources, created=True, changed=True)
        self._register.forget(key)
        raise ConflictError(f"{draft.file_slug!r} of that day is taken; hand in another `slug`")

    def _free(self, key: str, draft: Draft, date: datetime, sources: Sources) -> Iterator[str]:
        """Sources that nobody has: by its slug, else with a hash of the key."""
        day = date.astimezone(self._settings.site.zone).date()
        digest = hashlib.sha256(key.encode()).hexdigest()[:_HASH_LENGTH]
        for slug in (draft.file_slug, f"{draft.file_slug}-{digest}"):
            alike = [sources.site.path_for(day, slug, extension) for extension in _EXTENSIONS]
            if not any(map(sources.site.has, alike)):
                yield sources.site.path_for(day, slug, draft.extension)

    def _replace(
        self, key: str, draft: Draft, entry: Entry, now: datetime, sources: Sources
    ) -> None:
        path = self._folder / entry.source
        before = put.content(path)
        put.overwrite(path, self._file(key, draft, entry.moment), root=self._folder)
        try:
            self._post(entry, now, sources)
        except DraftError:
            if before is None:
                path.unlink()
            else:
                put.overwrite(path, before, root=self._folder)
            raise
        self._register.remember(key, entry)

    def _file(self, key: str, draft: Draft, date: datetime) -> bytes:
        site = HUGO if self._settings.posts.source == "hugo" else JEKYLL
        layout, zone = self._settings.api.layout, self._settings.site.zone
        data = draft.file(key, date, zone, site, layout=layout)
        most = self._settings.posts.max_bytes
        if len(data) > most:
            reason = f"the post has {len(data)} bytes; write no more than {most}"
            raise DraftError([(_body(draft.extension), reason)])
        return data

    def _post(self, entry: Entry, now: datetime, sources: Sources) -> Post:
        """The post as its file is read, be it due or not.

        Raises:
            DraftError: no post can be made of it.
        """
        reading = sources.read(entry.source, now=max(now, entry.moment))
        if reading.post is None:
            field = _body(entry.source)
            raise DraftError([(field, problem.reason) for problem in reading.problems])
        return reading.post

    def _receipt(
        self,
        key: str,
        entry: Entry,
        now: datetime,
        sources: Sources,
        *,
        created: bool = False,
        changed: bool = False,
    ) -> Receipt:
        known = self._posts.known([entry.source]).get(entry.source)
        post = sources.read(entry.source, now=max(now, entry.moment)).post
        post = post or (known.post if known else None)
        state = "scheduled" if entry.moment > now else "published"
        return Receipt(
            key=key,
            source=entry.source,
            url=post.url if post else None,
            # The record's, for that is fixed; else what the first ingest will fix.
            id=known.post.id if known else post.id if post else None,
            state="withdrawn" if entry.state is State.WITHDRAWN else state,
            created=created,
            changed=changed,
        )


def _body(name: str) -> str:
    """The field that held the body of a file of that name."""
    return "html" if name.endswith(".html") else "markdown"
