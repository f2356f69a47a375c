"""Podcasts: Apple's tags, and those of Podcasting 2.0 that players rely on."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.feeds.validate import values
from syndicate.feeds.validate.grammar import Found, Kind
from syndicate.feeds.validate.model import Fault
from syndicate.settings.podcast import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"

#: What Apple's players play or show.
_FORMATS = frozenset((".m4a", ".mp3", ".mov", ".mp4", ".m4v", ".pdf", ".epub"))
#: Characters, by Apple's rules.
_SHORT, _LONG = 255, 4000


def _category(element: etree._Element) -> Iterator[Found]:
    name = element.get("text", "")
    if name not in CATEGORIES:
        yield (
            element,
            Fault("InvalidItunesCategory", f"{name[:60]!r} is none of Apple's categories"),
        )
        return
    for child in element.findall(f"{{{_ITUNES}}}category"):
        below = child.get("text", "")
        if below not in CATEGORIES[name].split("|"):
            sentence = f"Apple has no category {below[:60]!r} below {name}"
            yield child, Fault("InvalidItunesCategory", sentence)


def _keywords(text: str) -> Fault | None:
    if " " in text and "," not in text:
        return Fault("InvalidKeywords", "put commas between keywords")
    return values.at_most(_SHORT)(text)


_TRUE = values.one_of({"true", "false"}, "InvalidTrueFalse")
_IMAGE = Kind(attributes={"href": values.web_attribute}, wants={"href": "MissingAttribute"})
_SHORT_TEXT = Kind(text=values.every(values.at_most(_SHORT), values.plain))
_SUBCATEGORY = Kind(attributes={"text": values.anything}, wants={"text": "MissingAttribute"})

_APPLE = {
    "itunes:author": _SHORT_TEXT,
    "itunes:block": Kind(text=values.one_of({"yes", "Yes", "no", "No"}, "InvalidYesNoClean")),
    "itunes:explicit": Kind(text=_TRUE),
    "itunes:keywords": Kind(text=_keywords),
    "itunes:subtitle": _SHORT_TEXT,
    "itunes:summary": Kind(text=values.at_most(_LONG)),
    "itunes:image": _IMAGE,
    "itunes:title": _SHORT_TEXT,
}
_APPLE_FEED = {
    **_APPLE,
    "itunes:category": Kind(
        attributes={"text": values.anything},
        wants={"text": "MissingAttribute"},
        children={"itunes:category": _SUBCATEGORY},
        many=frozenset(("itunes:category",)),
        also=_category,
    ),
    "itunes:owner": Kind(
        children={"itunes:name": _SHORT_TEXT, "itunes:email": Kind(text=values.address)}
    ),
    "itunes:type": Kind(text=values.one_of({"episodic", "serial"}, "InvalidItunesChannelType")),
    "itunes:new-feed-url": Kind(text=values.full_link),
    "itunes:complete": Kind(text=values.one_of({"Yes"}, "InvalidYesNo")),
}
_APPLE_ITEM = {
    **_APPLE,
    "itunes:duration": Kind(text=values.duration),
    "itunes:episode": Kind(text=values.positive),
    "itunes:season": Kind(text=values.positive),
    "itunes:episodeType": Kind(
        text=values.one_of({"full", "trailer", "bonus"}, "InvalidItunesEpisodeType")
    ),
}

_LINKED = Kind(
    attributes={
        "url": values.web_attribute,
        "type": values.media_type("InvalidMIMEAttribute"),
        "language": values.language,
        "rel": values.anything,
    },
    wants={"url": "MissingAttribute", "type": "MissingAttribute"},
)
#: Characters that players show of most texts, and of short ones (Podcasting 2.0).
_SHOWN, _SHOWN_OF_TITLES = 128, 32
_LINE = values.every(values.at_most(_SHOWN), values.plain)
_PERSON = Kind(
    text=values.every(values.nonblank, values.at_most(_SHOWN), values.name),
    attributes={
        "href": values.web_attribute,
        "img": values.web_attribute,
        "role": values.anything,
        "group": values.anything,
    },
)

#: What a feed may hold; with an L behind it, a list of such feeds.
_MEDIA = frozenset(
    f"{medium}{ending}"
    for medium in ("podcast", "music", "video", "film", "audiobook", "newsletter", "blog")
    for ending in ("", "L")
) | {"mixed", "publisher", "course"}
_LICENSE = Kind(text=values.every(values.nonblank, _LINE), attributes={"url": values.web_attribute})

#: Of a channel or feed. Elements of the namespace that aren't named here aren't looked at.
FEED = {
    **_APPLE_FEED,
    "podcast:guid": Kind(text=values.uuid),
    "podcast:locked": Kind(text=values.yes_no, attributes={"owner": values.address}),
    "podcast:funding": Kind(
        text=_LINE,
        attributes={"url": values.web_attribute},
        wants={"url": "MissingAttribute"},
    ),
    "podcast:person": _PERSON,
    "podcast:medium": Kind(text=values.one_of(_MEDIA, "InvalidValue")),
    "podcast:license": _LICENSE,
}
#: Of an item or entry.
ITEM = {
    **_APPLE_ITEM,
    "podcast:transcript": _LINKED,
    "podcast:chapters": _LINKED,
    "podcast:person": _PERSON,
    "podcast:season": Kind(text=values.nonnegative, attributes={"name": values.at_most(_SHOWN)}),
    "podcast:episode": Kind(
        text=values.decimal, attributes={"display": values.at_most(_SHOWN_OF_TITLES)}
    ),
    "podcast:license": _LICENSE,
    "podcast:alternateEnclosure": Kind(
        attributes={
            "type": values.media_type("InvalidMIMEAttribute"),
            "length": values.nonnegative,
            "bitrate": values.decimal,
            "height": values.positive,
            "lang": values.language,
            "title": values.at_most(_SHOWN_OF_TITLES),
            "rel": values.at_most(_SHOWN_OF_TITLES),
            "codecs": values.anything,
            "default": values.boolean,
        },
        wants={"type": "MissingAttribute"},
        children={
            "podcast:source": Kind(
                attributes={
                    "uri": values.full_link,
                    "contentType": values.media_type("InvalidMIMEAttribute"),
                },
                wants={"uri": "MissingAttribute"},
            ),
            "podcast:integrity": Kind(
                attributes={
                    "type": values.one_of({"sri", "pgp-signature"}, "InvalidValue"),
                    "value": values.nonblank,
                },
                wants={"type": "MissingAttribute", "value": "MissingAttribute"},
            ),
        },
        many=frozenset(("podcast:source",)),
        needs={"podcast:source": "MissingElement"},
    ),
    "podcast:soundbite": Kind(
        text=_LINE,
        attributes={"startTime": values.decimal, "duration": values.decimal},
        wants={"startTime": "MissingAttribute", "duration": "MissingAttribute"},
    ),
}
MANY = frozenset(
    (
        *("itunes:category", "podcast:funding", "podcast:person", "podcast:transcript"),
        *("podcast:soundbite", "podcast:alternateEnclosure"),
    )
)


def channel_faults(channel: etree._Element) -> Iterator[Found]:
    """What Apple wants of a podcast, if this is one."""
    names = {str(child.tag) for child in channel}
    if not any(name.startswith(f"{{{_ITUNES}}}") for name in names):
        return
    for name in ("category", "explicit", "image"):
        if f"{{{_ITUNES}}}{name}" not in names:
            fault = Fault("MissingItunesElement", f"Apple takes no podcast without itunes:{name}")
            yield channel, fault
    for enclosure in channel.iterfind("item/enclosure"):
        url = enclosure.get("url", "")
        if PurePosixPath(_path(url)).suffix.lower() not in _FORMATS:
            listed = ", ".join(sorted(_FORMATS))
            yield enclosure, Fault("UnsupportedItunesFormat", f"Apple plays {listed} only")


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # said already, as no URL
        return ""
