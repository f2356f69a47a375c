"""A feed → its three documents on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import PublishError
from syndicate.feeds.check import errors
from syndicate.feeds.files import write_if_changed
from syndicate.feeds.render import render_all

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.feeds.model import Feed, Format


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


def publish(feed: Feed, folder: Path, *, hub: str | None = None) -> Published:
    """Write the feed's documents into `folder`; those that stay the same aren't touched.

    All are rendered and checked before the first is written: a feed that can't be rendered, or
    whose documents break their standards, leaves every old document as it was. Safe to repeat, and
    to run twice at once.

    Raises:
        PublishError: a document has errors, as `check` finds them.
        SettingsError: the folder can't be written.
    """
    rendered = render_all(feed, hub=hub)
    for kind, data in rendered.items():
        _insist(feed, kind, data)
    documents = {
        Document(kind, folder / kind.value, feed.url(kind), len(data)): data
        for kind, data in rendered.items()
    }
    changed = tuple(
        document
        for document, data in documents.items()
        if write_if_changed(document.path, data, root=folder)
    )
    return Published(tuple(documents), changed)


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
