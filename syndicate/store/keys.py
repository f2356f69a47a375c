"""The key schema: every key in Redis, its type, its members, its life, its purpose.

An operator can read Redis with this page alone. All keys begin with the site's prefix
(`[redis] prefix`) and a colon. "Source" is a post's file below the site's folder. Unless a line
says otherwise, a key lives for ever.

======================================  ======  ==================================================
key                                     type    holds
======================================  ======  ==================================================
schema                                  string  version of this schema; `2 from 1` while a step of
                                                `migrate` is under way, or when it died
state                                   hash    id of its life, beat (only ever grows), at (Unix
                                                second of the last one), run → run id of the Redis
                                                that was vouched for, locked → why nothing is sent,
                                                restoring → 1 while a restore is under way
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
last:NAME                               string  Unix second at which NAME was last done; expires by
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
schedules                               hash    CADENCE:CATEGORY → its timetable as JSON {cron,
                                                zone, grace, by, at}; no category: that of the
                                                cadence, for all that have none of their own
schedules:due                           zset    by Unix second: CADENCE:CATEGORY, its next slot, or
                                                the first one that nobody has seen to;
                                                +CADENCE:CATEGORY, one that it missed while it was
                                                paused; SLOT CADENCE:CATEGORY, to go out once then
schedules:held                          hash    SLOT CADENCE:CATEGORY that waits for a person → when
                                                it was found too late
schedules:skips                         hash    CADENCE:CATEGORY → slot in which nothing goes out
schedules:log                           list    JSON {at, by, scope, what} of each of the last 1,000
                                                changes, the newest first
pauses                                  hash    CADENCE:CATEGORY of which nothing goes out (either
                                                may be empty: all) → JSON {by, at, why}
editions:seq                            string  last edition id
editions:cut                            set     ids of editions that have no mailing yet
editions:drafts                         set     ids of editions that wait for a person's approval
digest:CADENCE:CATEGORY                 hash    number (last), slot:SLOT → edition id,
                                                post:ID → id of the edition that took it
mailed:CADENCE                          zset    editions that went out, by their id; those that were
                                                cancelled on the way are among them
mailed:CADENCE:CATEGORY                 zset    the same of one digest
edition:ID                              hash    the Edition, and once ordered mailing → id and
                                                together → id of the mailing of all in one
editions:counts                         hash    life → how many editions are in it; with a mailing,
                                                they stay in the one that they were ordered in
edition:ID:history                      list    JSON {at, step, by, why}: each step of its life
mailings:seq                            string  last mailing id
mailings:active                         set     ids of mailings that still have work
mailing:ID                              hash    editions, state, times; counts: audience, chunks,
                                                sent, failed, skipped, parked; trouble → why it
                                                waits;
                                                together → yes if it is the one of all in one,
                                                pause → scope of the pause that stopped it;
                                                without → id of that one if it has this edition too;
                                                key → id of the one that signs its links and ids;
                                                bounced:KIND → how many came back; alarm → why it
                                                was paused, if too many did
mailing:ID:templates                    hash    language → the message, built once, with its slots;
                                                empty → the language of who wishes for none
mailing:ID:bundle                       string  of all in one: what its messages are made of; until
                                                it expires
mailing:ID:together                     set     of all in one: ids of the readers who wanted that
                                                when it was ordered; until it expires
mailing:ID:variants                     hash    delivery → its reader's language, a blank, and of
                                                all in one its editions; from before its final dot
                                                until its outcome is known
mailing:ID:out                          set     of all in one: editions that were cancelled since
mailing:ID:planned                      bitmap  a bit a subscriber: who is in a chunk, or in the
                                                rest; until it is planned
mailing:ID:rest                         hash    number of a zone → those of them who are in no chunk
                                                yet, packed; 0: of all, if theirs don't matter
mailing:ID:begins                       hash    chunk → since when it is due, for good, a blank, and
                                                the zone of its readers, where that matters
mailing:ID:chunks                       hash    chunk → its subscribers, packed 32-bit integers
mailing:ID:due                          zset    chunk by when it may next be taken; while leased,
                                                when its worker counts as dead
mailing:ID:leases                       hash    chunk → fencing token of its worker
mailing:ID:sending                      bitmap  a bit a delivery, at chunk × 512 + place in it:
                                                its transaction was begun
mailing:ID:sent                         bitmap  the relay took it
mailing:ID:outcomes                     hash    delivery → JSON, for all but the plainly sent
mailing:ID:turns                        hash    chunk → when its plain successes began and ended
                                                (Unix seconds), and by which relays
deliveries:counts                       hash    STATE:RELAY → how often a delivery came to that, all
                                                mailings together; skipped have no relay
fence                                   string  last fencing token
pulse                                   hash    tick, sweep → Unix second at which the last ended;
                                                queue:NAME → that at which a task of that queue
                                                last began or ended
workers                                 hash    worker → JSON {at, acts, task}: when it last said
                                                that it lives, how often it began or ended a task,
                                                and what it has in hand; a day
queue:NAME                              list    Celery's own: tasks that no worker has taken yet
bounce:MARK                             string  a mail with this hash came back and was counted;
                                                seven days
bounces:counts                          hash    KIND:DONE → how many mails that came back were of
                                                that kind, and had this made of them
bounces:log                             list    JSON of each of the last 1,000, the newest first: at
                                                (Unix second), kind, done, subscriber, mailing,
                                                status, diagnostic; no addresses
strikes:ID                              zset    mailing that didn't reach him, though his address
                                                may be good, by the day it was sent (since 1970);
                                                until there was no new one for as long as they count
letters:seq                             string  last letter id
letters:due                             zset    letter by when it may next be taken; while leased,
                                                when its worker counts as dead
letters:leases                          hash    letter → fencing token of its worker
letters:counts                          hash    KIND:sent, KIND:failed, KIND:skipped → how many
letter:ID                               hash    until it is sent: kind, subscriber, asked_at (Unix
                                                seconds), digests, attempts, message (as first
                                                made, but for the address)
act:NAME                                string  id of the letter about that act; three days
digests                                 hash    CADENCE:CATEGORY → the number by which records of
                                                subscribers name that digest
digests:names                           hash    number → CADENCE:CATEGORY; last → last number
subscribers:seq                         string  last subscriber id
subscribers:BUCKET                      hash    id → JSON record (subscribers/record.py); 64 ids in
                                                turn share a bucket, for small hashes are compact
addresses:BUCKET                        hash    normalised address → id; the bucket is its CRC-32
                                                modulo 16,384
subscribers:counts                      hash    people:STATUS, suppressed:REASON (people, too),
                                                subscriptions:STATE and zone:NAME (active people)
                                                → how many;
                                                while they are counted anew: upto → id below which
                                                that is done, again:… → how many there
move:ID                                 string  JSON [when he asked (Unix seconds), the address he
                                                wants his mail at]; 48 hours
subscribers:zones                       string  the numbers of subscribers' zones: 16 bits at each
                                                id, as BITFIELD has them; 0: he named none
zones                                   hash    IANA name → the number by which subscribers:zones
                                                has it
zones:names                             hash    number → IANA name; last → last number
subscribers:wakes                       zset    id by when something becomes of him by itself: a
                                                pause ends, an unconfirmed subscription is forgotten
subscribed:CADENCE:CATEGORY             set     ids of those whom a digest goes to: active, neither
                                                paused nor suppressed; what mailings read
together:CADENCE                        set     ids of those who want all in one: what mailings read
consents:BUCKET                         hash    id → a line of JSON for each change of a
                                                subscriber: what, when, how; only ever added to
consents:texts                          hash    version → text that people read who signed up
signups                                 zset    JSON of a sign-up by when it may be looked at: its
                                                address, digests, and by what act; until it is
imports:seq                             string  last import id
imports:open                            hash    name of an import that isn't ended (a hash of its
                                                file and of all that is said about it) → its id
import:ID                               hash    file, sha256, by, consent, began, ended, and
                                                progress: JSON [rows, bytes rejected, counts]
relay:NAME                              hash    state → down, held or paused (up: none), why, since,
                                                until, times (failures in a row), probe (by when it
                                                is known whether it is well again); first → when it
                                                had its first message, day:N → messages on day N of
                                                its warm-up; moments are Unix milliseconds
relay:NAME:connections                  zset    open connections by when they count as dead
relay:NAME:used:DOMAIN                  hash    milliseconds of a span → JSON [slot, messages, …];
                                                DOMAIN: those to it, as the settings match it, or
                                                empty for all; a day after its longest span
relay:NAME:busy:DOMAIN                  zset    messages under way to it by when they count as dead
suppressions                            hash    address, @domain, @.domain (with all below it), or #
                                                and a keyed hash of an erased address → JSON
                                                {reason, source, at}
suppressions:key                        string  the key of these hashes: another would know nobody
erased                                  string  by when (Unix seconds) the append-only file is to be
                                                rewritten, for it has somebody who was erased
erased:rewriting                        string  run id of the Redis that is rewriting it for that
======================================  ======  ==================================================
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

#: Raised whenever a stored shape changes.
SCHEMA = 1
#: Stands for the whole site among the feeds and categories: no category's name is empty.
WHOLE_SITE = ""
#: Stands for the list of all feeds in `dirty`: no category's name holds a control character.
INDEX = "\x00"
#: Celery's queues.
QUEUES = ("ingest", "publish", "digest", "deliver", "post")
#: Subscribers whose records share a hash: few enough that Redis keeps it as one compact list.
BUCKET = 64
#: Hashes over which addresses are spread: 61 in each of a million.
ADDRESS_BUCKETS = 16_384


@dataclass(frozen=True, slots=True)
class Keys:
    """Builds the keys of one site. Names that a user chose stand last, so any of them will do."""

    prefix: str

    def _key(self, *parts: str | int) -> str:
        return ":".join((self.prefix, *map(str, parts)))

    @property
    def schema(self) -> str:
        return self._key("schema")

    @property
    def state(self) -> str:
        return self._key("state")

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

    def last(self, name: str) -> str:
        return self._key("last", name)

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

    @property
    def schedules(self) -> str:
        return self._key("schedules")

    @property
    def schedules_due(self) -> str:
        return self._key("schedules", "due")

    @property
    def schedules_held(self) -> str:
        return self._key("schedules", "held")

    @property
    def schedules_skips(self) -> str:
        return self._key("schedules", "skips")

    @property
    def schedules_log(self) -> str:
        return self._key("schedules", "log")

    @property
    def pauses(self) -> str:
        return self._key("pauses")

    @property
    def edition_seq(self) -> str:
        return self._key("editions", "seq")

    @property
    def cut(self) -> str:
        return self._key("editions", "cut")

    def digest(self, cadence: str, category: str) -> str:
        return self._key("digest", cadence, category)

    def mailed(self, cadence: str) -> str:
        return self._key("mailed", cadence)

    def mailed_of(self, cadence: str, category: str) -> str:
        return self._key("mailed", cadence, category)

    @property
    def drafts(self) -> str:
        return self._key("editions", "drafts")

    def edition(self, edition: int) -> str:
        return self._key("edition", edition)

    @property
    def edition_counts(self) -> str:
        return self._key("editions", "counts")

    @property
    def pulse(self) -> str:
        return self._key("pulse")

    @property
    def workers(self) -> str:
        return self._key("workers")

    def queue(self, name: str) -> str:
        return self._key("queue", name)

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
        """One of a mailing's own keys: templates, chunks, due, leases, sending, sent, …."""
        return self._key("mailing", mailing, name)

    def kept_for_a_while(self, mailing: int) -> list[str]:
        """Those that expire some time after its end, the templates first."""
        names = (
            "templates",
            "chunks",
            "sending",
            "sent",
            "outcomes",
            "variants",
            "turns",
            "begins",
        )
        return [self.part(mailing, name) for name in names]

    def traced(self, mailing: int) -> list[str]:
        """Those that say what became of one delivery."""
        names = ("chunks", "sending", "sent", "outcomes", "turns", "leases", "due", "begins")
        return [self.mailing(mailing), *(self.part(mailing, name) for name in names)]

    @property
    def deliveries(self) -> str:
        return self._key("deliveries", "counts")

    @property
    def fence(self) -> str:
        return self._key("fence")

    def bounce(self, mark: str) -> str:
        return self._key("bounce", mark)

    @property
    def bounce_counts(self) -> str:
        return self._key("bounces", "counts")

    @property
    def bounce_log(self) -> str:
        return self._key("bounces", "log")

    def strikes(self, subscriber: int) -> str:
        return self._key("strikes", subscriber)

    @property
    def letter_seq(self) -> str:
        return self._key("letters", "seq")

    @property
    def letters_due(self) -> str:
        return self._key("letters", "due")

    @property
    def letter_leases(self) -> str:
        return self._key("letters", "leases")

    @property
    def letter_counts(self) -> str:
        return self._key("letters", "counts")

    def letter(self, letter: int) -> str:
        return self._key("letter", letter)

    def act(self, name: str) -> str:
        return self._key("act", name)

    @property
    def subscriber_seq(self) -> str:
        return self._key("subscribers", "seq")

    @property
    def digests(self) -> str:
        return self._key("digests")

    @property
    def digest_names(self) -> str:
        return self._key("digests", "names")

    def subscribers(self, subscriber: int) -> str:
        return self._key("subscribers", subscriber // BUCKET)

    def addresses(self, normalised: str) -> str:
        return self.address_bucket(zlib.crc32(normalised.encode()) % ADDRESS_BUCKETS)

    def address_bucket(self, bucket: int) -> str:
        return self._key("addresses", bucket)

    @property
    def subscriber_counts(self) -> str:
        return self._key("subscribers", "counts")

    @property
    def zones_of_subscribers(self) -> str:
        return self._key("subscribers", "zones")

    @property
    def zones(self) -> str:
        return self._key("zones")

    @property
    def zone_names(self) -> str:
        return self._key("zones", "names")

    @property
    def wakes(self) -> str:
        return self._key("subscribers", "wakes")

    def move(self, subscriber: int) -> str:
        return self._key("move", subscriber)

    @property
    def import_seq(self) -> str:
        return self._key("imports", "seq")

    @property
    def open_imports(self) -> str:
        return self._key("imports", "open")

    def imported_file(self, number: int) -> str:
        return self._key("import", number)

    @property
    def suppressions(self) -> str:
        return self._key("suppressions")

    @property
    def suppression_key(self) -> str:
        return self._key("suppressions", "key")

    @property
    def erased(self) -> str:
        return self._key("erased")

    @property
    def rewriting(self) -> str:
        return self._key("erased", "rewriting")

    def subscribed(self, cadence: str, category: str) -> str:
        return self._key("subscribed", cadence, category)

    def together(self, cadence: str) -> str:
        return self._key("together", cadence)

    def consents(self, subscriber: int) -> str:
        return self._key("consents", subscriber // BUCKET)

    @property
    def consent_texts(self) -> str:
        return self._key("consents", "texts")

    @property
    def signups(self) -> str:
        return self._key("signups")

    def relay(self, name: str) -> str:
        return self._key("relay", name)

    def connections(self, name: str) -> str:
        return self._key("relay", name, "connections")

    def used(self, name: str, domain: str) -> str:
        return self._key("relay", name, "used", domain)

    def busy(self, name: str, domain: str) -> str:
        return self._key("relay", name, "busy", domain)
