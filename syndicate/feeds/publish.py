"""A feed → its three documents on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import PublishError
from syndicate.feeds.check import errors
from syndicate.feeds.files import write_if_changed
from syndicate.feeds.render import bare, filled

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.feeds.entries import Entries
    from syndicate.feeds.model import Feed, Format
    from syndicate.posts.model import Post


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it stands on disk."""

    kind: Format
    path: Path
    url: str
    #: Bytes.
    size: int


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing a feed came to."""

    documents: tuple[Document, ...]
    #: Those of them whose bytes are new.
    changed: tuple[Document, ...]


def publish(feed: Feed, folder: Path, entries: Entries, *, hub: str | None = None) -> Published:
    """Write the feed's documents into `folder`; those that stay the same aren't touched.

    All are rendered and checked before the first is written: a feed that can't be rendered, or
    whose documents break their standards, leaves every old document as it was. Safe to repeat, and
    to run twice at once.

    Raises:
        PublishError: a document has errors, as `check` finds them.
        SettingsError: the folder can't be written.
    """
    _insist_on_ids(feed)
    shown = entries.of(feed)
    without = bare(feed, shown, hub=hub)
    for kind, data in without.items():
        _insist(feed, kind, data)
    documents = {
        Document(kind, folder / kind.value, feed.url(kind), len(data)): data
        for kind, data in filled(without, shown).items()
    }
    changed = tuple(
        document
        for document, data in documents.items()
        if write_if_changed(document.path, data, root=folder, gzipped=not feed.current)
    )
    return Published(tuple(documents), changed)


def _insist_on_ids(feed: Feed) -> None:
    """See to it that no two posts have one id: readers would show one of them.

    Raises:
        PublishError: they have; names them.
    """
    known: dict[str, Post] = {}
    for post in feed.posts:
        if (other := known.setdefault(post.id, post)) is not post:
            raise PublishError(
                f"feed {feed.title!r} stays as it was: {other.source} and {post.source} have one "
                f"id, {post.id}; a post's id is its own"
            )


def _insist(feed: Feed, kind: Format, data: bytes) -> None:
    """See to it that the document has no errors.

    Raises:
        PublishError: it has; names the first.
    """
    if found := errors(data, kind, url=feed.url(kind)):
        worst = found[0]
        raise PublishError(
            f"feed {feed.title!r} stays as it was: {feed.url(kind)} would have {len(found)} "
            f"errors, the first {worst.message} at {worst.element}: {worst.sentence}"
        )
