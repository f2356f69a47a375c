"""feedparser over HTTP, as it comes: validators, encodings, archives, addresses that change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from syndicate.feeds.model import Format
from tests.clients.conftest import DAY

if TYPE_CHECKING:
    from tests.clients.conftest import Service

pytestmark = pytest.mark.slow

XML = (Format.RSS, Format.ATOM)
CATEGORY = "categories/%E5%A4%AE%E8%A1%8C/"


def parse(url: str, **validators: str) -> Any:  # noqa: ANN401 - feedparser has no types
    found = feedparser.parse(url, **validators)
    assert not found.bozo, found.bozo_exception
    return found


def link(document: Any, relation: str) -> str:  # noqa: ANN401 - as above
    found = [each.href for each in document.feed.links if each.rel == relation]
    assert len(found) <= 1
    return "".join(found)


def walk(url: str) -> dict[str, Any]:
    """The document there and its archives, by their addresses."""
    found: dict[str, Any] = {}
    while url:
        found[url] = parse(url)
        url = link(found[url], "prev-archive")
    return found


def titles(*documents: Any) -> list[str]:  # noqa: ANN401 - as above
    return [entry.title for document in documents for entry in document.entries]


@pytest.mark.parametrize("kind", XML)
def test_what_it_knows_already_is_not_sent_again(service: Service, kind: Format) -> None:
    service.add("one", title="央行：下调利率 é")
    url = service.url + kind
    first = parse(url)
    assert (first.status, first.encoding) == (200, "utf-8")
    assert first.headers["content-type"] == f"{kind.media_type}; charset=utf-8"
    assert [entry.title for entry in first.entries] == ["央行：下调利率 é"]
    for known in ({"etag": first.etag}, {"modified": first.modified}):
        service.sync()
        assert parse(url, **known).status == 304
        assert parse(url, **known).entries == []
    service.add("two")
    for known in ({"etag": first.etag}, {"modified": first.modified}):
        second = parse(url, **known)
        assert second.status == 200
        assert [entry.title for entry in second.entries] == ["Two", "央行：下调利率 é"]
        assert second.entries[1].id == first.entries[0].id


@pytest.mark.parametrize("folder", ["", CATEGORY])
def test_walking_back_shows_each_post_once(service: Service, folder: str) -> None:
    slugs = [f"post-{number:02}" for number in range(13)]
    service.add(*slugs)
    known = {kind: walk(service.url + folder + kind) for kind in XML}
    for documents in known.values():
        # Four archives of two leave five.
        assert len(documents) == 5
        assert sorted(titles(*documents.values())) == [slug.title() for slug in slugs]
    # One that was taken back is in none of them, also for who comes by an address of before.
    service.write("post-00", day=DAY, extra="published: false\n")
    service.sync()
    for documents in known.values():
        now = [parse(address) for address in documents]
        assert "Post-00" not in titles(*now)
        assert [document.status for document in now] == [200, 200, 200, 200, 301]


@pytest.mark.parametrize("kind", XML)
def test_a_renamed_category_is_found_under_its_new_address(service: Service, kind: Format) -> None:
    service.add("one", "two")
    before = parse(service.url + CATEGORY + kind)
    service.set('\n[[categories]]\nname = "Central bank"\nformerly = ["央行"]\n')
    service.add("three")
    after = parse(service.url + CATEGORY + kind)
    assert after.status == 301
    assert after.href == f"{service.url}categories/central-bank/{kind}"
    assert after.feed.get("id") == before.feed.get("id")
    assert {entry.id for entry in before.entries} < {entry.id for entry in after.entries}
    assert len(after.entries) == 3
