"""Episodes in every format, and the feeds that are podcasts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import feedparser
import pytest
from lxml import etree

from syndicate.app import App
from syndicate.feeds.check import check, check_agreement
from syndicate.feeds.model import Format
from syndicate.feeds.podcast import guid_of
from syndicate.feeds.render import render
from syndicate.posts.media.episode import Beside, Enclosure, Episode, Person, Soundbite
from syndicate.posts.model import Image
from syndicate.settings import load
from syndicate.settings.podcast import Funding, Podcast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.feeds.model import Feed
    from syndicate.posts.model import Post
    from syndicate.store.client import Store
    from tests.conftest import Clock

    MakePost = Callable[..., Post]
    MakeFeed = Callable[..., Feed]

NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "i": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "p": "https://podcastindex.org/namespace/1.0",
}
MP3 = Enclosure(url="https://cdn.example/1.mp3?a=1&b=2", type="audio/mpeg", length=321)
OPUS = Enclosure(url="https://cdn.example/1.opus", type="audio/ogg", title="Small & fine")
EPISODE = Episode(
    media=(MP3, OPUS),
    duration=3723,
    title="A tide",
    number="12",
    season=2,
    season_name="The Yard",
    kind="bonus",
    explicit=True,
    image="https://example.com/cover?size=big",
    transcripts=(
        Beside(url="https://example.com/1.vtt", type="text/vtt", language="en", rel="captions"),
    ),
    chapters=Beside(url="https://example.com/1.json", type="application/json+chapters"),
    people=(
        Person(
            name="Ann & Co.",
            role="guest",
            url="https://ann.example/",
            image="https://ann.example/a.jpg",
        ),
    ),
    soundbites=(Soundbite(start=73, duration=30.5, title="Ropes"),),
)
SHOW = Podcast(
    author="Ann",
    owner="Ann <ann@example.com>",
    image="https://example.com/show.jpg",
    categories=("News > Daily News", "News > Politics", "Kids & Family"),
    type="serial",
    locked=True,
    medium="podcast",
    license="cc-by-4.0",
    funding=(Funding(url="https://example.com/give", text="Support the show"),),
)


def found(feed: Feed, kind: Format, path: str) -> list[str]:
    result = etree.fromstring(render(feed, kind)).xpath(path, namespaces=NAMES)
    return [str(value) for value in cast("list[object]", result)]


def in_rss(feed: Feed, path: str) -> list[str]:
    return found(feed, Format.RSS, path)


@pytest.fixture
def feed(make_feed: MakeFeed, make_post: MakePost) -> Feed:
    posts = make_post(1, episode=EPISODE), make_post(2)
    return make_feed(*posts, podcast=SHOW)


# Episodes


def test_an_item_has_one_enclosure_and_its_alternatives(feed: Feed) -> None:
    assert in_rss(feed, "//enclosure/@url") == [MP3.url]
    assert in_rss(feed, "//enclosure/@length|//enclosure/@type") == ["321", "audio/mpeg"]
    other = "//item[1]/p:alternateEnclosure"
    assert in_rss(feed, f"{other}/@type|{other}/@title") == ["audio/ogg", "Small & fine"]
    assert in_rss(feed, f"{other}/p:source/@uri") == [OPUS.url]
    assert in_rss(feed, f"{other}/@length") == []


def test_a_length_that_nobody_knows_is_0_in_rss_and_left_out_elsewhere(
    make_feed: MakeFeed, make_post: MakePost
) -> None:
    feed = make_feed(make_post(1, episode=Episode(media=(OPUS,))))
    assert in_rss(feed, "//enclosure/@length") == ["0"]
    assert found(feed, Format.ATOM, "//a:link[@rel='enclosure']/@length") == []
    (attachment,) = json.loads(render(feed, Format.JSON))["items"][0]["attachments"]
    assert attachment == {"url": OPUS.url, "mime_type": OPUS.type, "title": OPUS.title}


def test_atom_links_every_file(feed: Feed) -> None:
    links = "//a:entry/a:link[@rel='enclosure']"
    assert found(feed, Format.ATOM, f"{links}/@href") == [MP3.url, OPUS.url]
    assert found(feed, Format.ATOM, f"{links}/@type") == [MP3.type, OPUS.type]
    assert found(feed, Format.ATOM, f"{links}/@length") == ["321"]
    assert found(feed, Format.ATOM, f"{links}/@title") == [OPUS.title]


def test_json_feed_attaches_every_file_with_size_and_duration(feed: Feed) -> None:
    first, second = json.loads(render(feed, Format.JSON))["items"]
    assert first["attachments"][0] == {
        "url": MP3.url,
        "mime_type": "audio/mpeg",
        "size_in_bytes": 321,
        "duration_in_seconds": 3723,
    }
    assert len(first["attachments"]) == 2
    assert "attachments" not in second


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("i:duration/text()", "3723"),
        ("i:title/text()", "A tide"),
        ("i:episode/text()", "12"),
        ("i:season/text()", "2"),
        ("i:episodeType/text()", "bonus"),
        ("i:explicit/text()", "true"),
        ("i:image/@href", "https://example.com/cover?size=big"),
        ("p:episode/text()", "12"),
        ("p:season/text()", "2"),
        ("p:season/@name", "The Yard"),
        ("p:transcript/@url", "https://example.com/1.vtt"),
        ("p:transcript/@rel", "captions"),
        ("p:chapters/@type", "application/json+chapters"),
        ("p:person/text()", "Ann & Co."),
        ("p:person/@role", "guest"),
        ("p:soundbite/@startTime", "73"),
        ("p:soundbite/@duration", "30.5"),
        ("p:soundbite/text()", "Ropes"),
    ],
)
def test_an_item_says_what_players_show(feed: Feed, path: str, value: str) -> None:
    assert in_rss(feed, f"//item[1]/{path}") == [value]
    assert in_rss(feed, f"//item[2]/{path}") == []


def test_an_episode_between_two_is_numbered_where_numbers_may_be_decimal(
    make_feed: MakeFeed, make_post: MakePost
) -> None:
    feed = make_feed(make_post(1, episode=Episode(media=(MP3,), number="12.5", season=0)))
    assert in_rss(feed, "//p:episode/text()|//p:season/text()") == ["0", "12.5"]
    assert in_rss(feed, "//i:episode|//i:season") == []


def test_a_posts_picture_is_its_episodes_cover_if_it_has_no_other(
    make_feed: MakeFeed, make_post: MakePost
) -> None:
    picture = Image("https://example.com/央.png")
    feed = make_feed(make_post(1, episode=Episode(media=(MP3,)), image=picture))
    assert in_rss(feed, "//item/i:image/@href") == ["https://example.com/%E5%A4%AE.png"]


# Shows


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("i:author/text()", ["Ann"]),
        ("i:owner/i:name/text()|i:owner/i:email/text()", ["Ann", "ann@example.com"]),
        ("i:category/@text", ["News", "Kids & Family"]),
        ("i:category/i:category/@text", ["Daily News", "Politics"]),
        ("i:explicit/text()", ["false"]),
        ("i:image/@href", ["https://example.com/show.jpg"]),
        ("i:type/text()", ["serial"]),
        ("i:summary", []),
        ("p:locked/text()|p:locked/@owner", ["ann@example.com", "yes"]),
        ("p:funding/@url|p:funding/text()", ["https://example.com/give", "Support the show"]),
        ("p:license/text()", ["cc-by-4.0"]),
        ("p:medium/text()", ["podcast"]),
    ],
)
def test_a_channel_says_what_directories_ask(feed: Feed, path: str, values: list[str]) -> None:
    assert in_rss(feed, " | ".join(f"/rss/channel/{one}" for one in path.split("|"))) == values


def test_the_uuid_of_a_podcast_is_that_of_its_address_in_every_directory(feed: Feed) -> None:
    # The examples of the specification.
    assert guid_of("https://podnews.net/rss") == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert guid_of("http://podnews.net/rss//") == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    (own,) = in_rss(feed, "/rss/channel/p:guid/text()")
    assert own == guid_of(feed.url(Format.RSS))


def test_an_archive_is_part_of_the_same_podcast_and_one_that_moved_stays_itself(
    make_feed: MakeFeed,
) -> None:
    base = "https://feeds.example.com/categories/harbour/"
    live, archive = (
        in_rss(make_feed(podcast=SHOW, **where), "/rss/channel/p:guid/text()")
        for where in ({"base": base}, {"base": f"{base}archive/1/", "current": base})
    )
    assert live == archive
    moved = SHOW.model_copy(update={"guid": "917393e3-1b1e-5cef-ace4-edaa54e1f810"})
    assert in_rss(make_feed(podcast=moved), "//p:guid/text()") == [moved.guid]


def test_no_address_is_published_unless_the_settings_name_one(make_feed: MakeFeed) -> None:
    feed = make_feed(podcast=Podcast(author="Ann", locked=False))
    assert in_rss(feed, "//i:owner | //p:locked/@owner") == []
    assert in_rss(feed, "//p:locked/text()") == ["no"]
    assert b"@" not in render(feed, Format.RSS).replace(b"xmlns", b"")


def test_a_feed_with_episodes_is_no_podcast_unless_the_settings_say_so(
    make_feed: MakeFeed, make_post: MakePost
) -> None:
    feed = make_feed(make_post(1, episode=EPISODE))
    assert in_rss(feed, "/rss/channel/i:* | /rss/channel/p:*") == []
    assert in_rss(feed, "//item/i:duration/text()") == ["3723"]


# Readers and validators


def test_feeds_of_episodes_have_no_findings_and_agree(feed: Feed, clock: Clock) -> None:
    documents = {kind: render(feed, kind) for kind in Format}
    for kind, data in documents.items():
        assert check(data, kind, url=feed.url(kind), now=clock()) == []
    assert check_agreement(documents) == []


def test_feedparser_reads_enclosures_and_apples_tags(feed: Feed) -> None:
    read = feedparser.parse(render(feed, Format.RSS))
    assert not read.bozo
    (enclosure,) = read.entries[0].enclosures
    assert dict(enclosure) == {
        "href": MP3.url,
        "length": "321",
        "type": "audio/mpeg",
    }
    entry: Any = read.entries[0]
    assert (entry.itunes_duration, entry.itunes_episode, entry.itunes_season) == ("3723", "12", "2")
    assert read.feed.itunes_type == "serial"
    assert [one.href for one in feedparser.parse(render(feed, Format.ATOM)).entries[0].enclosures]


@pytest.mark.parametrize(
    "text", ["]]>", "<script>", "&amp;", "\x00\x0b", "\ud800", "\ufffe", "\u202e"]
)
def test_no_text_of_an_episode_breaks_a_document(
    make_feed: MakeFeed, make_post: MakePost, clock: Clock, text: str
) -> None:
    people = (Person(name=f"x{text}"),)
    episode = Episode(
        media=(MP3, Enclosure(url=OPUS.url, type=OPUS.type, title=f"x{text}")),
        title=f"x{text}",
        season=1,
        season_name=f"x{text}",
        people=people,
        soundbites=(Soundbite(start=0, duration=1, title=f"x{text}"),),
    )
    feed = make_feed(make_post(1, episode=episode), make_post(2))
    for kind in Format:
        found = check(render(feed, kind), kind, url=feed.url(kind), now=clock())
        assert {one.severity.value for one in found} <= {"warning"}


def test_a_sites_episodes_reach_its_podcast(
    site: Path, store: Store, clock: Clock, write_post: Callable[..., Path]
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(
        settings.read_text() + "[[categories]]\nname = 'talk'\n[categories.podcast]\n"
        "title = 'Harbour Talk'\ncategories = ['Arts']\nimage = 'https://example.com/a.jpg'\n"
    )
    (site / "audio").mkdir()
    (site / "audio" / "1.mp3").write_bytes(b"x" * 77)
    write_post("one", "talk", body="Hear.", extra="audio: /audio/1.mp3\nduration: 1:00\n")
    app = App(load(site), store, clock)
    app.sync()
    app.publish()
    folder, url = site / "public" / "categories" / "talk", app.settings.web.url
    for kind in Format:
        data = (folder / kind.value).read_bytes()
        where = f"{url}/categories/talk/{kind.value}"
        assert check(data, kind, url=where, now=clock()) == []
    root = etree.parse(folder / "rss.xml")
    assert root.findtext("channel/title") == "Harbour Talk"
    enclosure = root.find("channel/item/enclosure")
    assert enclosure is not None
    assert enclosure.get("length") == "77"
    assert "https://blog.example/audio/1.mp3" in (folder / "index.html").read_text()
    assert "Listen · 1:00" in (folder / "index.html").read_text()
