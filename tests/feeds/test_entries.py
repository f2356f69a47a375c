"""Entries are made once and checked once, and nobody can tell from a document."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.errors import PublishError
from syndicate.feeds import entries, json_feed, xml_feed
from syndicate.feeds.check import errors
from syndicate.feeds.entries import Entries
from syndicate.feeds.model import Feed, Format
from syndicate.feeds.presentable import presentable, presentable_post
from syndicate.feeds.publish import publish
from syndicate.feeds.render import bare, filled, render
from tests.feeds.test_render import HUB, feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syndicate.feeds.check import Document
    from syndicate.posts.model import Post

    MakePost = Callable[..., Post]
    MakeFeed = Callable[..., Feed]


def documents(feed: Feed, kept: Entries) -> dict[Format, bytes]:
    shown = kept.of(feed)
    return filled(bare(feed, shown, hub=None), shown)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(feeds(), st.sampled_from(["", "https://feeds.example.com/feed.css?a&b"]), st.booleans())
def test_a_document_is_as_feedgen_writes_it_whole(feed: Feed, style: str, archive: bool) -> None:
    feed = replace(feed, style=style, current=feed.base if archive else "")
    posts = [presentable_post(post) for post in feed.posts]
    shown = replace(presentable(feed), posts=tuple(posts))
    rss, atom = xml_feed.rss_feed(shown, HUB), xml_feed.atom_feed(shown, HUB)
    for post in posts:
        rss.add_entry(xml_feed.entry(post, feed.scheme, feed.language))
        atom.add_entry(xml_feed.entry(post, feed.scheme, feed.language))
    for kind, whole in (
        (Format.RSS, rss.rss_str(pretty=True)),
        (Format.ATOM, atom.atom_str(pretty=True)),
    ):
        document = render(feed, kind, hub=HUB)
        if style:
            first, line, *rest = document.split(b"\n")
            assert line == b'<?xml-stylesheet href="%s" type="text/css"?>' % (
                style.replace("&", "&amp;").encode()
            )
            document = b"\n".join((first, *rest))
        assert document == whole


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(feeds())
def test_a_json_feed_holds_each_item_as_it_is_alone(feed: Feed) -> None:
    items = json.loads(render(feed, Format.JSON))["items"]
    for post, item in zip(feed.posts, items, strict=True):
        alone = json_feed.items([presentable_post(post)])
        assert json.loads(json_feed.written(alone)) == {"items": [item]}


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(feeds(), st.integers(0, 3))
def test_what_is_kept_shows_in_no_byte(feed: Feed, known: int) -> None:
    kept = Entries()
    kept.of(replace(feed, posts=feed.posts[:known]))
    assert documents(feed, kept) == {kind: render(feed, kind) for kind in Format}
    assert documents(feed, kept) == {kind: render(feed, kind) for kind in Format}


def test_only_what_is_new_is_made_and_checked(
    make_post: MakePost, make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = entries.documents_of

    def counting(shown: Sequence[Post], scheme: str, language: str) -> dict[Format, Document]:
        made.extend(post.id for post in shown)
        return make(shown, scheme, language)

    monkeypatch.setattr(entries, "documents_of", counting)
    kept, posts = Entries(), [make_post(number) for number in range(4)]
    kept.of(make_feed(*posts[1:]))
    # As they come from the store: equal, and not the same objects.
    kept.of(make_feed(*(replace(post) for post in posts), title="Another feed"))
    assert made == [post.id for post in (*posts[1:], posts[0])]
    corrected = replace(posts[2], html="<p>The ferry is later.</p>")
    kept.of(make_feed(posts[0], corrected))
    assert made[4:] == [corrected.id]


def test_feeds_of_another_scheme_or_language_have_entries_of_their_own(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    kept, post = Entries(), make_post(1, categories=("Ships",), language="zh-CN")
    for changes in ({}, {"scheme": "https://other.example/"}, {"language": "zh-CN"}):
        feed = make_feed(post, **changes)
        assert documents(feed, kept) == {kind: render(feed, kind) for kind in Format}


@given(asked=st.lists(st.integers(0, 9), max_size=30), most=st.integers(0, 20_000))
def test_no_more_is_kept_than_allowed_and_of_that_the_latest(
    make_post: MakePost, make_feed: MakeFeed, asked: list[int], most: int
) -> None:
    posts = {number: make_post(number, html="<p>x</p>" * 100) for number in asked}
    kept = Entries(most)
    for number in asked:
        kept.of(make_feed(posts[number]))
    assert kept._size == sum(entry.size for entry in kept._kept.values()) <= most
    latest = list(dict.fromkeys(posts[number] for number in reversed(asked)))
    assert [post for post, *_ in reversed(kept._kept)] == latest[: len(kept._kept)]


@settings(max_examples=60, deadline=None)
@given(
    ids=st.lists(st.sampled_from(["tag:example.com,2026:1", "tag:x", "a b"]), max_size=2),
    url=st.sampled_from(["https://example.com/1/", "https://example.com/a b", "1.html"]),
    language=st.sampled_from(["en", "no such"]),
    base=st.sampled_from(["https://feeds.example.com/", "feeds/"]),
)
def test_a_feed_is_refused_if_and_only_if_the_validator_finds_an_error(
    make_post: MakePost, make_feed: MakeFeed, ids: list[str], url: str, language: str, base: str
) -> None:
    posts = [make_post(1, id=name, url=url, language=language) for name in ids]
    feed = make_feed(*posts, base=base)
    broken = any(errors(render(feed, kind), kind, url=feed.url(kind)) for kind in Format)
    with TemporaryDirectory() as folder:
        try:
            publish(feed, Path(folder), Entries())
        except PublishError:
            assert broken
        else:
            assert not broken
        assert bool(list(Path(folder).iterdir())) is not broken


def test_a_refused_post_is_refused_again(make_post: MakePost, make_feed: MakeFeed) -> None:
    """Nothing that was found wrong is taken for checked the next time."""
    kept, odd = Entries(), make_feed(make_post(1), make_post(2, url="https://a/ b"))
    for _ in range(2):
        with pytest.raises(PublishError, match="_posts/2026-03-02-2"):
            kept.of(odd)
