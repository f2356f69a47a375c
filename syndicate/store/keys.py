"""The key schema: every key in Redis, its type, its members, its life, its purpose.

An operator can read Redis with this page alone. All keys begin with the site's prefix
(`[redis] prefix`) and a colon. "Source" is a post's file below the site's folder. Unless a line
says otherwise, a key lives for ever.

======================================  ======  ==================================================
key                                     type    holds
======================================  ======  ==================================================
schema                                  string  version of this schema
lock:NAME                               string  token of who does NAME now; expires by itself
posts:seq                               string  last ingest sequence number, also last post id
posts:imported                          string  when the first sync ended; before, nothing is mailed
posts:files                             hash    source → "mtime_ns size" of the file last read
posts:sources                           hash    source → id of its post, also when the file is gone
posts:vanished                          set     ids of posts that stay though their file is gone
posts:by-url                            hash    url → id: one post has a permalink
posts:quiet                             string  what feeds beside those of categories every post is
                                                in, as the settings asked for them
posts:handed-in                         hash    key → JSON {source, digest, date, state} of a post
                                                that was handed in; empty → 1 once the site's files
                                                were looked through for them
pushes                                  set     calls of the hook that the site's folder has yet to
                                                follow; a day
seen:NAME                               string  that call was here before; three days
limit:NAME                              string  how often NAME was done in its span; expires by
                                                itself
post:ID                                 hash    post (JSON, then its HTML), source, url, hash,
                                                in:CADENCE:CATEGORY → when it entered that digest
                                                (seconds since 1970), or, out again before an
                                                edition took it: left (its category), skipped (by a
                                                person), old (published too long ago);
                                                why:CADENCE:CATEGORY → JSON {at, by, why} of it
categories                              hash    name → JSON {slug, title, feed_id, since}; the
                                                whole site stands under the empty name
tags                                    hash    the same of tags that have a feed, as tags/NAME
authors                                 hash    the same of authors, as authors/NAME
slugs                                   hash    KIND/slug in lower case → name of who has it
log:FEED                                zset    id by ingest sequence: all that a feed ever holds;
                                                FEED is a category, tags/NAME, authors/NAME, or
                                                empty for the whole site
archives:FEED                           zset    number of a sealed archive by the sequence of its
                                                last post: what is behind the last is live
revisions:FEED                          hash    number of an archive → how often it was issued,
                                                where that is more than once
changed:FEED                            zset    id by its place in the log: corrected or taken out
                                                since the feed was written
remotes                                 hash    name of a remote feed → JSON: its validators, when
                                                it is due, how it failed
dirty                                   zset    feed to be rebuilt (or NUL: the list of feeds) by
                                                the sequence of its last change
feeds:topics                            set     URLs of documents that the hub has yet to hear of
feeds:version                           string  of settings and program that feeds were made by
pending:CADENCE                         set     categories with posts waiting for that cadence
pending:CADENCE:CATEGORY                zset    id by ingest sequence: the next edition
corrections:CADENCE:CATEGORY            set     ids of posts that editions had: the next says
                                                what was put right in them
schedule:CADENCE                        hash    slot (last one claimed), held → JSON list of slots
editions:seq                            string  last edition id
editions:cut                            set     ids of editions that have no mailing yet
editions:drafts                         set     ids of editions that wait for a person's approval
digest:CADENCE:CATEGORY                 hash    number (last), slot:SLOT → edition id,
                                                post:ID → id of the edition that took it
edition:ID                              hash    the Edition, and once ordered mailing → id and
                                                together → id of the mailing of all in one
edition:ID:history                      list    JSON {at, step, by, why}: each step of its life
mailings:seq                            string  last mailing id
mailings:active                         set     ids of mailings that still have work
mailing:ID                              hash    editions, state, times; counts: audience, chunks,
                                                sent, failed, skipped; trouble → why it waits;
                                                together → yes if it is the one of all in one,
                                                without → id of that one if it has this edition too
mailing:ID:template                     string  the message, built once, with its slots; of all in
                                                one: what its messages are made of, until it expires
mailing:ID:together                     set     of all in one: ids of the readers who wanted that
                                                when it was ordered; until it expires
mailing:ID:variants                     hash    of all in one: delivery → its editions, from before
                                                its final dot until its outcome is known
mailing:ID:out                          set     of all in one: editions that were cancelled since
mailing:ID:audience                     set     frozen subscribers not yet in a chunk
mailing:ID:chunks                       hash    chunk → its subscribers, packed 32-bit integers
mailing:ID:due                          zset    chunk by when it may next be taken; while leased,
                                                when its worker counts as dead
mailing:ID:leases                       hash    chunk → fencing token of its worker
mailing:ID:sending                      bitmap  a bit a delivery, at chunk × 512 + place in it:
                                                its transaction was begun
mailing:ID:sent                         bitmap  the relay took it
mailing:ID:outcomes                     hash    delivery → JSON, for all but the plainly sent
fence                                   string  last fencing token
subscribers:seq                         string  last subscriber id
subscribers:by-address                  hash    normalised address → id
subscriber:ID                           hash    address, status, language, name, times,
                                                own:FIELD → what merge fields say,
                                                on:CADENCE:CATEGORY → state of the subscription,
                                                together:CADENCE → he wants all in one: JSON list of
                                                the categories that come first
subscribed:CADENCE:CATEGORY             set     ids of active subscriptions: what a mailing reads
together:CADENCE                        set     ids of those who want all in one: what mailings read
consents                                stream  append-only: what changed, when, how
======================================  ======  ==================================================
"""

from __future__ import annotations

from dataclasses import dataclass

#: Raised whenever a stored shape changes.
SCHEMA = 1
#: Stands for the whole site among the feeds and categories: no category's name is empty.
WHOLE_SITE = ""
#: Stands for the list of all feeds in `dirty`: no category's name holds a control character.
INDEX = "\x00"


@dataclass(frozen=True, slots=True)
class Keys:
    """Builds the keys of one site. Names that a user chose stand last, so any of them will do."""

    prefix: str

    def _key(self, *parts: str | int) -> str:
        return ":".join((self.prefix, *map(str, parts)))

    @property
    def schema(self) -> str:
        return self._key("schema")

    def lock(self, name: str) -> str:
        return self._key("lock", name)

    @property
    def post_seq(self) -> str:
        return self._key("posts", "seq")

    @property
    def imported(self) -> str:
        return self._key("posts", "imported")

    @property
    def files(self) -> str:
        return self._key("posts", "files")

    @property
    def vanished(self) -> str:
        return self._key("posts", "vanished")

    @property
    def by_url(self) -> str:
        return self._key("posts", "by-url")

    @property
    def sources(self) -> str:
        return self._key("posts", "sources")

    def post(self, post: int) -> str:
        return self._key("post", post)

    @property
    def quiet(self) -> str:
        return self._key("posts", "quiet")

    @property
    def handed_in(self) -> str:
        return self._key("posts", "handed-in")

    @property
    def pushes(self) -> str:
        return self._key("pushes")

    def seen(self, name: str) -> str:
        return self._key("seen", name)

    def limit(self, name: str) -> str:
        return self._key("limit", name)

    @property
    def categories(self) -> str:
        return self._key("categories")

    @property
    def tags(self) -> str:
        return self._key("tags")

    @property
    def authors(self) -> str:
        return self._key("authors")

    @property
    def slugs(self) -> str:
        return self._key("slugs")

    def log(self, feed: str) -> str:
        return self._key("log", feed)

    def archives(self, feed: str) -> str:
        return self._key("archives", feed)

    def revisions(self, feed: str) -> str:
        return self._key("revisions", feed)

    def changed(self, feed: str) -> str:
        return self._key("changed", feed)

    @property
    def remotes(self) -> str:
        return self._key("remotes")

    @property
    def dirty(self) -> str:
        return self._key("dirty")

    @property
    def topics(self) -> str:
        return self._key("feeds", "topics")

    @property
    def version(self) -> str:
        return self._key("feeds", "version")

    def waiting(self, cadence: str) -> str:
        return self._key("pending", cadence)

    def pending(self, cadence: str, category: str) -> str:
        return self._key("pending", cadence, category)

    def corrections(self, cadence: str, category: str) -> str:
        return self._key("corrections", cadence, category)

    def schedule(self, cadence: str) -> str:
        return self._key("schedule", cadence)

    @property
    def edition_seq(self) -> str:
        return self._key("editions", "seq")

    @property
    def cut(self) -> str:
        return self._key("editions", "cut")

    def digest(self, cadence: str, category: str) -> str:
        return self._key("digest", cadence, category)

    @property
    def drafts(self) -> str:
        return self._key("editions", "drafts")

    def edition(self, edition: int) -> str:
        return self._key("edition", edition)

    def history(self, edition: int) -> str:
        return self._key("edition", edition, "history")

    @property
    def mailing_seq(self) -> str:
        return self._key("mailings", "seq")

    @property
    def active(self) -> str:
        return self._key("mailings", "active")

    def mailing(self, mailing: int) -> str:
        return self._key("mailing", mailing)

    def part(self, mailing: int, name: str) -> str:
        """One of a mailing's own keys: template, audience, chunks, due, leases, sending, …."""
        return self._key("mailing", mailing, name)

    @property
    def fence(self) -> str:
        return self._key("fence")

    @property
    def subscriber_seq(self) -> str:
        return self._key("subscribers", "seq")

    @property
    def by_address(self) -> str:
        return self._key("subscribers", "by-address")

    def subscriber(self, subscriber: int) -> str:
        return self._key("subscriber", subscriber)

    def subscribed(self, cadence: str, category: str) -> str:
        return self._key("subscribed", cadence, category)

    def together(self, cadence: str) -> str:
        return self._key("together", cadence)

    @property
    def consents(self) -> str:
        return self._key("consents")
