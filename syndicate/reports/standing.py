"""Where one post stands, and why: rules over what its file, its feeds and its digests say of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.delivery.model import MailingState
from syndicate.digests.model import Life
from syndicate.feeds.places import archive_name
from syndicate.posts.model import Severity
from syndicate.posts.pending import Mark
from syndicate.settings import Vanished

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.delivery.model import Mailing
    from syndicate.digests.model import Edition
    from syndicate.feeds.store import Place
    from syndicate.posts.lookup import Record
    from syndicate.posts.model import Post, Reading
    from syndicate.posts.pending import Reason


class FileState(StrEnum):
    """What a post's file is, compared with what was last read."""

    #: As it was last read.
    READ = "read"
    #: The next sync takes it in.
    CHANGED = "changed"
    #: Its author doesn't want it out, or not yet.
    HELD = "held"
    #: It gives no post that could be published.
    BROKEN = "broken"
    GONE = "gone"


class FeedState(StrEnum):
    """Which document of a feed a post is in."""

    LIVE = "live"
    ARCHIVE = "archive"
    OUT = "out"


class DigestState(StrEnum):
    """What became of a post in a digest."""

    #: The next edition takes it.
    WAITING = "waiting"
    EDITION = "edition"
    #: It was no news when it came.
    ARCHIVE = "archive"
    #: It was taken out before an edition took it.
    LEFT = "left"
    #: A person wanted it out.
    SKIPPED = "skipped"
    #: It was published too long before its edition would have been cut.
    TOO_OLD = "too old"


@dataclass(frozen=True, slots=True, kw_only=True)
class InFile:
    """What a post's file says."""

    source: str
    state: FileState
    why: str
    #: What reading it just now complained of, a line each.
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InFeed:
    """Where a post is in one feed."""

    #: A category, or empty for the whole site.
    feed: str
    state: FeedState
    #: Of the folder of documents that it is in; empty where it is in none.
    url: str
    #: What readers get doesn't say so yet: the next publish sees to it.
    to_publish: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InDigest:
    """Where a post is in one digest."""

    cadence: str
    category: str
    state: DigestState
    why: str
    #: The number of its edition, and the id of that one's mailing.
    edition: int | None = None
    mailing: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All of it. A file that never gave a post has no number, and is in no feed and no digest."""

    number: int | None
    file: InFile
    feeds: tuple[InFeed, ...] = ()
    digests: tuple[InDigest, ...] = ()


def in_file(
    source: str,
    record: Record | None,
    reading: Reading | None,
    *,
    vanished: Vanished,
    held_until: str = "",
    refused: str = "",
) -> InFile:
    """What is to be said of a file that reads so now; None: there is no file.

    `held_until` is the time that a post of the future appears at; `refused` says why a sync won't
    have the post, though its file reads well.
    """
    if reading is None:
        return InFile(source=source, state=FileState.GONE, why=_gone(record, vanished))
    if reading.post is None:
        state, why = _without_post(record, reading, held_until)
    elif refused:
        state, why = FileState.BROKEN, refused
    else:
        state, why = _with_post(record, reading.post)
    problems = tuple(map(str, reading.problems))
    return InFile(source=source, state=state, why=why, problems=problems)


def _gone(record: Record | None, vanished: Vanished) -> str:
    if record is None or not record.live:
        return "its file is gone, and the post is withdrawn"
    if record.vanished:
        return 'its file is gone; the post stays, for [posts] vanished was "keep" at that sync'
    what = "keeps" if vanished is Vanished.KEEP else "withdraws"
    return f"its file is gone since the last sync; the next one {what} the post ([posts] vanished)"


def _without_post(
    record: Record | None, reading: Reading, held_until: str
) -> tuple[FileState, str]:
    live = record is not None and record.live
    if any(problem.severity is Severity.ERROR for problem in reading.problems):
        left = "it stays as it was last read" if live else "it is in no feed and no digest"
        return FileState.BROKEN, f"gives no post that can be published; {left}"
    told = reading.held or "its author says `published: false`"
    why = f"appears at {held_until}" if held_until else told
    left = "the next sync withdraws it" if live else "it is in no feed and no digest"
    return FileState.HELD, f"{why}; {left}"


def _with_post(record: Record | None, post: Post) -> tuple[FileState, str]:
    if record is None:
        return FileState.CHANGED, "not taken in yet: the next sync does it"
    if not record.live:
        return FileState.CHANGED, "withdrawn; the next sync takes it in again"
    if post.content_hash != record.hash:
        return FileState.CHANGED, "reads otherwise than at the last sync; the next takes it in"
    return FileState.READ, "as it was at the last sync"


def in_feed(feed: str, base: str, place: Place, *, live: bool) -> InFeed:
    """Where a post is in a feed whose URLs begin with `base`; `live`: it isn't withdrawn."""
    if not place.held:
        why = "it has left this category" if live else "withdrawn"
        if place.changed:
            why += "; it is in its document until the next publish"
        state, url, to_publish = FeedState.OUT, "", place.changed
    elif place.archive:
        issued = f", issue {place.revision}" if place.revision > 1 else ""
        why = f"in archive {place.archive}{issued}"
        if place.changed:
            why += "; changed: the next publish issues it anew"
        url = base + archive_name(place.archive, place.revision)
        state, to_publish = FeedState.ARCHIVE, place.changed
    else:
        why = "in the live document"
        if place.dirty:
            why += " as the next publish writes it: the feed has changed"
        state, url, to_publish = FeedState.LIVE, base, place.dirty
    return InFeed(feed=feed, state=state, url=url, to_publish=to_publish, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the store says of one post in one digest."""

    cadence: str
    category: str
    #: When it came, or a `Mark`; None if it never came to this digest (see `store.keys`).
    mark: str | None
    #: Why it doesn't wait any more, where somebody said so.
    reason: Reason | None
    pending: bool
    edition: Edition | None
    mailing: Mailing | None
    #: Whether the message of that mailing is built, and so stays as it is.
    composed: bool


_TAKEN_OUT = {Mark.SKIPPED: DigestState.SKIPPED, Mark.OLD: DigestState.TOO_OLD}


def in_digest(past: Past, *, live: bool, due: datetime, zone: ZoneInfo) -> InDigest:
    """What became of a post in a digest whose next edition is due then."""
    edition = mailing = None
    if past.pending:
        state, why = DigestState.WAITING, f"waits for the next edition, due {shown(due, zone)}"
    elif past.edition:
        state, why = DigestState.EDITION, _mailed(past.edition, past, live=live, zone=zone)
        edition, mailing = past.edition.number, past.mailing.id if past.mailing else None
    elif past.reason and past.mark in _TAKEN_OUT:
        reason, state = past.reason, _TAKEN_OUT[Mark(past.mark)]
        why = f"{reason.why or 'skipped'}, by {reason.by} on {shown(reason.at, zone)}"
    elif past.mark == Mark.LEFT:
        what = "left the category" if live else "withdrawn"
        state, why = DigestState.LEFT, f"{what} before an edition took it; mailed if it comes back"
    elif past.mark:
        state = DigestState.ARCHIVE
        why = "came with an archive (the first sync, or `sync --archive`): never mailed"
    else:
        state, why = DigestState.ARCHIVE, "was there before this digest: never mailed"
    return InDigest(
        cadence=past.cadence,
        category=past.category,
        state=state,
        why=why,
        edition=edition,
        mailing=mailing,
    )


def _mailed(edition: Edition, past: Past, *, live: bool, zone: ZoneInfo) -> str:
    text = f"in edition {edition.number} of {shown(edition.cut_at, zone)}"
    if not live and not past.composed:
        text += ", which leaves it out, for it was withdrawn"
    return f"{text}; {_sending(edition, past.mailing)}"


_UNORDERED = {
    Life.DRAFT: "it is a draft: `syndicate editions approve` lets it go out",
    Life.SCHEDULED: "its mailing is still to be ordered",
    Life.HELD: "it is held: `syndicate editions approve` lets it go out",
    Life.CANCELLED: "it was cancelled before it went out",
}


def _sending(edition: Edition, mailing: Mailing | None) -> str:
    if mailing is None:
        return _UNORDERED[edition.life]
    text = f"mailing {mailing.id} {mailing.state}"
    if mailing.state not in (MailingState.ORDERED, MailingState.CANCELLED):
        text += f" ({mailing.sent} of {mailing.audience} sent, {mailing.failed} failed)"
    return f"{text}: {mailing.trouble}" if mailing.trouble else text


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as people read it, in the site's zone."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
