"""A feed → its three documents on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.feeds.files import write_if_changed
from syndicate.feeds.model import Format
from syndicate.feeds.render import render

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.feeds.model import Feed


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

    All are rendered before the first is written: a feed that can't be rendered leaves every old
    document as it was. Safe to repeat, and to run twice at once.

    Raises:
        SettingsError: the folder can't be written.
    """
    rendered = {kind: render(feed, kind, hub=hub) for kind in Format}
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
