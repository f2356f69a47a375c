"""What an entry was first, its post stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syndicate.posts.remote.model import Document, Entry
from syndicate.posts.remote.settle import settled, with_addresses

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://harbour.example/feed.xml?token=secret"
ENTRY = Entry(guid="1", link="https://harbour.example/1", title="One")
moments = st.none() | st.integers(-1000, 1000).map(lambda hours: NOW + timedelta(hours=hours))


def addresses(*links: str, home: str = "https://harbour.example/") -> list[str]:
    entries = tuple(Entry(guid=str(n), link=link) for n, link in enumerate(links))
    return [entry.link for entry in with_addresses(Document(entries=entries, home=home), URL)]


@given(moments, moments, moments, moments)
def test_the_day_of_publication_never_moves_and_never_lies_ahead(
    published: datetime | None,
    updated: datetime | None,
    later: datetime | None,
    again: datetime | None,
) -> None:
    entry = replace(ENTRY, published=published, updated=updated)
    first = settled(entry, None, NOW, archive=False)
    rewritten = replace(entry, published=later, updated=again, title="Two")
    second = settled(rewritten, first, NOW + DAY, archive=True)
    assert first.published == second.published == min(published or updated or NOW, NOW)
    assert (first.archive, second.archive) == (False, False)
    assert second.title == "Two"


@given(moments, moments)
def test_an_entry_of_which_only_the_dates_move_is_left_alone(
    published: datetime | None, updated: datetime | None
) -> None:
    first = settled(ENTRY, None, NOW, archive=False)
    again = settled(replace(ENTRY, published=published, updated=updated), first, NOW, archive=False)
    assert again is first


def test_an_entry_that_is_corrected_says_when() -> None:
    first = settled(ENTRY, None, NOW, archive=False)
    corrected = replace(ENTRY, title="Two", updated=NOW + DAY)
    assert settled(corrected, first, NOW + 2 * DAY, archive=False).updated == NOW + DAY
    assert settled(corrected, first, NOW, archive=False).updated == NOW


def test_an_address_of_its_own_is_kept_as_it_is() -> None:
    links = ["https://harbour.example/1", "https://harbour.example/#two"]
    assert addresses(*links) == links


def test_entries_that_share_an_address_or_have_none_are_told_apart() -> None:
    shared = addresses("https://a.example/x", "https://a.example/x")
    homes = addresses("https://harbour.example/", "")
    assert len({*shared, *homes}) == 4
    assert all(link.startswith("https://a.example/x#") for link in shared)
    assert all(link.startswith("https://harbour.example/#") for link in homes)


def test_the_feeds_own_address_which_may_be_a_secret_is_no_entrys() -> None:
    (link,) = addresses("", home="")
    assert link.startswith("https://harbour.example/#")


def test_an_address_stays_when_another_entry_comes_to_share_it() -> None:
    first = settled(ENTRY, None, NOW, archive=False)
    both = Document(entries=(ENTRY, replace(ENTRY, guid="2")), home="")
    again, other = with_addresses(both, URL)
    assert settled(again, first, NOW, archive=False) is first
    assert other.link != first.link


def test_an_entry_that_is_there_twice_is_there_once() -> None:
    twice = Document(entries=(ENTRY, replace(ENTRY, title="Stale")), home="")
    assert with_addresses(twice, URL) == (ENTRY,)
