"""What a feed reader makes of the documents of a site, and what a strict one would say of them."""

from __future__ import annotations

import json
from calendar import timegm
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import feedparser

from syndicate.feeds.check import check, check_agreement
from syndicate.feeds.model import Format
from syndicate.feeds.validate.model import Severity
from tests.feeds.test_publisher import files, follow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.properties.sites import Site

#: As the settings of tests have it.
WEB = "http://127.0.0.1:8000/"
_KINDS = {kind.value: kind for kind in Format}
#: Later than any post.
_LATE = datetime(2101, 1, 1, tzinfo=UTC)


class Item(NamedTuple):
    """A post as a document tells it."""

    id: str
    url: str
    title: str
    #: Whole seconds, for RSS has no others.
    published: datetime


class Document(NamedTuple):
    """A document as a reader of its format sees it."""

    items: tuple[Item, ...]
    #: The address of the archive before it; empty: there is none.
    before: str


def live_folders(site: Site) -> list[str]:
    """The folder of every feed, from the published one: empty, or with a slash at its end."""
    pages = (path.relative_to(site.public).parent for path in site.public.rglob("feed.json"))
    return sorted("" if page.name == "" else f"{page}/" for page in pages if not _archive(page))


def _archive(folder: Path) -> bool:
    return folder.parent.name == "archive"


def walk(site: Site, folder: str, kind: Format) -> Iterator[Document]:
    """The live document of a feed, and the archives that it leads back to."""
    url = f"{WEB}{folder}{kind.value}"
    path = site.public / folder / kind.value
    while True:
        found = read(path.read_bytes(), kind)
        yield found
        if not found.before:
            return
        assert found.before != url
        url = found.before
        path = follow(site.folder, unquote(url))


def items(documents: Iterable[Document]) -> list[Item]:
    return [item for document in documents for item in document.items]


@lru_cache(2000)
def read(data: bytes, kind: Format) -> Document:
    """The document, which no parser may find fault with."""
    if kind is Format.JSON:
        document = json.loads(data)
        return Document(
            tuple(
                Item(
                    item["id"],
                    item["url"],
                    item["title"],
                    datetime.fromisoformat(item["date_published"]).replace(microsecond=0),
                )
                for item in document["items"]
            ),
            document.get("next_url", ""),
        )
    parsed = feedparser.parse(data)
    assert not parsed.bozo, parsed.bozo_exception
    before = [link.href for link in parsed.feed.links if link.rel == "prev-archive"]
    return Document(
        tuple(
            Item(
                entry.id,
                entry.link,
                entry.title_detail.value,
                datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
            )
            for entry in parsed.entries
        ),
        "".join(before),
    )


def assert_valid(site: Site) -> dict[str, bytes]:
    """No document has an error, and those of a folder agree; returns all that is published."""
    found = files(site.folder)
    folders: dict[str, dict[Format, bytes]] = {}
    for name, data in found.items():
        folder, _, last = name.rpartition("/")
        if last in _KINDS:
            assert _errors(data, _KINDS[last]) == ()
            folders.setdefault(folder, {})[_KINDS[last]] = data
    for documents in folders.values():
        assert len(documents) == len(Format)
        assert _disagreements(tuple(documents.items())) == ()
    return found


@lru_cache(2000)
def _errors(data: bytes, kind: Format) -> tuple[object, ...]:
    findings = check(data, kind, now=_LATE)
    return tuple(one for one in findings if one.severity is Severity.ERROR)


@lru_cache(2000)
def _disagreements(documents: tuple[tuple[Format, bytes], ...]) -> tuple[object, ...]:
    return tuple(check_agreement(dict(documents)))
