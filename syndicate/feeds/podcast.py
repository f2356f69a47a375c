"""What makes an entry an episode, and a feed a podcast: enclosures, Apple's tags, Podcasting 2.0.

An episode is one in whatever feed it stands; a feed is a podcast if the settings say so. feedgen's
extension writes what it knows of. It doesn't know Podcasting 2.0, nor that `explicit` is true or
false today, and takes no picture whose URL doesn't end in .jpg or .png.
"""

from __future__ import annotations

import uuid
from email.utils import parseaddr
from functools import partial
from typing import TYPE_CHECKING, Any

from feedgen.ext.podcast import PodcastExtension
from feedgen.ext.podcast_entry import PodcastEntryExtension
from lxml import etree

from syndicate.feeds.feedgen_mended import ITUNES, PODCAST
from syndicate.feeds.model import Format
from syndicate.settings.podcast import BELOW

if TYPE_CHECKING:
    from syndicate.feeds.feedgen_mended import MendedEntry, MendedFeed
    from syndicate.feeds.model import Feed
    from syndicate.posts.media.episode import Beside, Enclosure, Episode
    from syndicate.posts.model import Post
    from syndicate.settings.podcast import Podcast

#: The namespace of every podcast's UUID (Podcasting 2.0, `guid`).
_PODCASTS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
#: Characters that players show of an alternative's title, and of what else they show.
_SHORT, _LONG = 32, 128


def guid_of(url: str) -> str:
    """The UUID of the podcast whose RSS document is there, as every directory makes it."""
    return str(uuid.uuid5(_PODCASTS, url.partition("://")[2].rstrip("/")))


def make_show(document: MendedFeed, feed: Feed) -> None:
    """Say in RSS what makes the feed a podcast, if it is one."""
    if feed.podcast:
        document.register_extension("podcast", partial(_Show, feed, feed.podcast), atom=False)


def make_episode(entry: MendedEntry, post: Post) -> None:
    """Say what the post brings to listen to or to watch, if it does."""
    if post.episode is None:
        return
    for file in post.episode.media:
        length = "" if file.length is None else str(file.length)
        entry.enclose(**_given(href=file.url, type=file.type, length=length, title=file.title))
    picture = post.episode.image or (post.image.url if post.image else "")
    entry.register_extension("podcast", partial(_Item, post.episode, picture), atom=False)


def attachments(post: Post) -> list[dict[str, Any]]:
    """The post's files as JSON Feed has them."""
    episode = post.episode
    return [_attachment(file, episode) for file in episode.media] if episode else []


def _attachment(file: Enclosure, episode: Episode) -> dict[str, Any]:
    return _given(
        url=file.url,
        mime_type=file.type,
        title=file.title,
        size_in_bytes=file.length,
        duration_in_seconds=episode.duration,
    )


class _Show(PodcastExtension):  # type: ignore[misc]  # feedgen ships no types
    """A channel's elements."""

    def __init__(self, feed: Feed, show: Podcast) -> None:
        super().__init__()
        self._feed, self._show = feed, show
        self.itunes_author(show.author)
        self.itunes_type(show.type)
        self.itunes_category([_category(name) for name in show.categories])
        name, address = parseaddr(show.owner)
        if address:
            self.itunes_owner(name or show.author, address)

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """The document with what the channel is."""
        super().extend_rss(root)
        channel, feed, show = root[0], self._feed, self._show
        picture = show.image or (feed.image.url if feed.image else "")
        _explicit(channel, explicit=show.explicit)
        _picture(channel, picture)
        url = (feed.current or feed.base) + Format.RSS.value
        _add(channel, "guid", show.guid or guid_of(url))
        if show.locked is not None:
            owner = parseaddr(show.owner)[1]
            _add(channel, "locked", "yes" if show.locked else "no", owner=owner)
        for funding in show.funding:
            _add(channel, "funding", funding.text, url=funding.url)
        if show.license:
            _add(channel, "license", show.license, url=show.license_url)
        if show.medium:
            _add(channel, "medium", show.medium)
        return root


class _Item(PodcastEntryExtension):  # type: ignore[misc]  # as above
    """An item's elements."""

    def __init__(self, episode: Episode, picture: str) -> None:
        super().__init__()
        self._episode, self._picture = episode, picture
        if episode.duration:
            self.itunes_duration(str(episode.duration))
        self.itunes_title(episode.title)
        self.itunes_season(episode.season)
        # Apple counts from 1, in whole numbers.
        self.itunes_episode(int(episode.number) if episode.number.isdigit() else None)
        if episode.kind:
            self.itunes_episode_type(episode.kind)

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """The item with what the episode is."""
        super().extend_rss(item)
        episode = self._episode
        if episode.explicit is not None:
            _explicit(item, explicit=episode.explicit)
        _picture(item, self._picture)
        if episode.season is not None:
            _add(item, "season", str(episode.season), name=episode.season_name)
        if episode.number:
            _add(item, "episode", episode.number)
        for file in episode.media[1:]:
            _alternative(item, file)
        for transcript in episode.transcripts:
            _beside(item, "transcript", transcript)
        if episode.chapters:
            _beside(item, "chapters", episode.chapters)
        _people(item, episode)
        return item


def _people(item: etree._Element, episode: Episode) -> None:
    for person in episode.people:
        about = {"role": person.role, "group": person.group}
        _add(item, "person", person.name, **about, img=person.image, href=person.url)
    for bite in episode.soundbites:
        times = {"startTime": _decimal(bite.start), "duration": _decimal(bite.duration)}
        _add(item, "soundbite", bite.title, **times)


def _category(name: str) -> dict[str, str]:
    above, _, below = name.partition(BELOW)
    return _given(cat=above, sub=below)


def _explicit(parent: etree._Element, *, explicit: bool) -> None:
    etree.SubElement(parent, f"{{{ITUNES}}}explicit").text = "true" if explicit else "false"


def _picture(parent: etree._Element, url: str) -> None:
    if url:
        etree.SubElement(parent, f"{{{ITUNES}}}image", href=url)


def _alternative(item: etree._Element, file: Enclosure) -> None:
    length = "" if file.length is None else str(file.length)
    made = _add(
        item, "alternateEnclosure", type=file.type, length=length, title=file.title[:_SHORT]
    )
    _add(made, "source", uri=file.url)


def _beside(item: etree._Element, name: str, file: Beside) -> None:
    _add(item, name, url=file.url, type=file.type, language=file.language, rel=file.rel)


def _add(parent: etree._Element, tag: str, text: str = "", /, **attributes: str) -> etree._Element:
    """An element of Podcasting 2.0, without the attributes that are empty."""
    element = etree.SubElement(parent, f"{{{PODCAST}}}{tag}", _given(**attributes))
    element.text = text[:_LONG] or None
    return element


def _given(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - strings for XML, numbers for JSON
    return {name: value for name, value in values.items() if value not in ("", None)}


def _decimal(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
