"""RSS 2.0 and the RSS Advisory Board's profile (STANDARDS 21-31)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from syndicate.feeds.validate import extensions, podcast, values
from syndicate.feeds.validate.grammar import Found, Kind, Walk, twice
from syndicate.feeds.validate.links import ATOM, LINK, entry_links, feed_links
from syndicate.feeds.validate.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from syndicate.feeds.validate.model import Finding

_DC = "{http://purl.org/dc/elements/1.1/}"
_LINK = f"{ATOM}link"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
#: An id of fewer digits isn't unique in the world.
_FEW_DIGITS = 9
#: Pixels, by the specification.
_WIDEST, _HIGHEST = 144, 400
_IMAGES = (".jpg", ".jpeg", ".gif", ".png", ".webp", ".svg", ".avif")

_PLAIN = Kind(text=values.every(values.nonblank, values.plain))
_TITLE = Kind(text=values.every(values.nonblank, values.plain))
_URL = Kind(text=values.full_link)
_DATE = Kind(text=values.rfc822)
_PERSON = Kind(text=values.contact)
_CATEGORY = Kind(
    text=values.every(values.nonblank, values.plain), attributes={"domain": values.anything}
)


# Items


def _guid(guid: etree._Element) -> Iterator[Found]:
    value, permalink = (guid.text or "").strip(), guid.get("isPermaLink", "true") == "true"
    if not value:
        yield guid, Fault("NotBlank", "an empty guid is that of every post")
    elif permalink and value.lower().startswith(("tag:", "urn:")):
        yield guid, Fault("InvalidPermalink", 'it can\'t be opened; say isPermaLink="false"')
    elif permalink and values.full_link(value):
        sentence = 'a guid is the URL of its post; else say isPermaLink="false"'
        yield guid, Fault("InvalidHttpGUID", sentence)
    elif value.isdigit() and len(value) < _FEW_DIGITS:
        yield guid, Fault("NotSufficientlyUnique", f"{value} isn't unique; use a tag: URI")


_ENCLOSURE = Kind(
    attributes={
        "url": values.web_attribute,
        "length": values.byte_length,
        "type": values.media_type("InvalidMIMEAttribute"),
    },
    wants=dict.fromkeys(("url", "length", "type"), "MissingAttribute"),
)


def _semantics(
    element: etree._Element, pairs: tuple[tuple[str, str], ...], message: str
) -> Iterator[Found]:
    # Looked up once: most elements have none of the extensions.
    tags = {child.tag for child in element}
    for core, extension in pairs:
        if extension in tags and core in tags:
            twin = next(element.iterchildren(extension))
            yield twin, Fault(message, f"{core} says the same already; readers may show both")


_ITEM_PAIRS = (
    ("guid", f"{ATOM}id"),
    ("author", f"{_DC}creator"),
    ("category", f"{_DC}subject"),
    ("pubDate", f"{_DC}date"),
    ("source", f"{_DC}source"),
)
_CHANNEL_PAIRS = (
    ("managingEditor", f"{_DC}creator"),
    ("category", f"{_DC}subject"),
    ("pubDate", f"{_DC}date"),
    ("language", f"{_DC}language"),
    ("copyright", f"{_DC}rights"),
    ("webMaster", f"{_DC}publisher"),
)


def _item(item: etree._Element) -> Iterator[Found]:
    tags = [child.tag for child in item]
    if "title" not in tags and "description" not in tags:
        sentence = "an item has a title or a description"
        yield item, Fault("ItemMustContainTitleOrDescription", sentence)
    if _ENCODED in tags and "description" not in tags[: tags.index(_ENCODED)]:
        sentence = "readers take the last of the two; put a description before it"
        yield item[tags.index(_ENCODED)], Fault("NeedDescriptionBeforeContent", sentence)
    yield from _semantics(item, _ITEM_PAIRS, "DuplicateItemSemantics")
    if _LINK in tags:
        yield from entry_links(item.findall(_LINK))


_ITEM = Kind(
    children={
        "title": _TITLE,
        "link": _URL,
        "description": extensions.HTML,
        "author": _PERSON,
        "category": _CATEGORY,
        "comments": _URL,
        "enclosure": _ENCLOSURE,
        "guid": Kind(text=values.anything, attributes={"isPermaLink": values.boolean}, also=_guid),
        "pubDate": _DATE,
        "source": Kind(
            text=values.plain,
            attributes={"url": values.web_attribute},
            wants={"url": "MissingAttribute"},
        ),
        "atom:link": LINK,
        **{
            f"atom:{name}": extensions.FREE
            for name in ("author", "id", "published", "updated", "summary", "content", "source")
        },
        **extensions.ITEM,
        **podcast.ITEM,
    },
    many=extensions.MANY | podcast.MANY | {"category", "atom:link", "atom:author"},
    needs={"guid": "MissingGuid"},
    also=_item,
)


# Channel


def _image(image: etree._Element) -> Iterator[Found]:
    channel = image.getparent()
    pairs = (("title", "ImageTitleDoesntMatch"), ("link", "ImageLinkDoesntMatch"))
    for name, message in pairs:
        own = image.find(name)
        wanted = None if channel is None else channel.findtext(name)
        if own is not None and wanted is not None and own.text != wanted:
            yield own, Fault(message, f"it says what the channel's {name} says: {wanted[:60]!r}")
    url = image.find("url")
    if url is not None and not (url.text or "").strip().lower().endswith(_IMAGES):
        yield url, Fault("ImageUrlFormat", "readers show JPEG, GIF and PNG")


_IMAGE = Kind(
    children={
        "url": _URL,
        "title": _PLAIN,
        "link": _URL,
        "description": _PLAIN,
        "width": Kind(text=values.pixels(_WIDEST, "InvalidWidth")),
        "height": Kind(text=values.pixels(_HIGHEST, "InvalidHeight")),
    },
    needs={"url": "MissingElement", "title": "MissingTitle", "link": "MissingLink"},
    also=_image,
)

_HOURS = frozenset(str(hour) for hour in range(24)) | {f"0{hour}" for hour in range(10)}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _skipped(name: str, most: int, message: str, element: etree._Element) -> Iterator[Found]:
    said = [(child, (child.text or "").strip()) for child in element.findall(name)]
    if len(said) > most:
        yield element, Fault(message, f"there are {most} to skip, and this skips {len(said)}")
    yield from twice(said, "DuplicateValue")


_SKIP_HOURS = Kind(
    children={"hour": Kind(text=values.one_of(_HOURS, "InvalidHour"))},
    many=frozenset(("hour",)),
    also=partial(_skipped, "hour", 24, "NotEnoughHoursInTheDay"),
)
_SKIP_DAYS = Kind(
    children={"day": Kind(text=values.one_of(_DAYS, "InvalidDay"))},
    many=frozenset(("day",)),
    also=partial(_skipped, "day", 7, "EightDaysAWeek"),
)
_CLOUD = Kind(
    attributes={
        **dict.fromkeys(("domain", "path", "registerProcedure", "protocol"), values.anything),
        "port": values.positive,
    },
    wants=dict.fromkeys(
        ("domain", "port", "path", "registerProcedure", "protocol"), "MissingAttribute"
    ),
)
_TEXT_INPUT = Kind(
    children={"title": _PLAIN, "description": _PLAIN, "name": _PLAIN, "link": _URL},
    needs=dict.fromkeys(("title", "description", "name", "link"), "MissingElement"),
    also=lambda element: iter([(element, Fault("AvoidTextInput", "no reader shows it"))]),
)


def _channel(url: str | None, channel: etree._Element) -> Iterator[Found]:
    yield from feed_links(channel, url, "MissingAtomSelfLink")
    yield from _semantics(channel, _CHANNEL_PAIRS, "DuplicateSemantics")
    yield from podcast.channel_faults(channel)
    guids = ((guid, (guid.text or "").strip()) for guid in channel.iterfind("item/guid"))
    yield from twice(((guid, value) for guid, value in guids if value), "DuplicateValue")
    behind = False
    for child in channel:
        if child.tag == "item":
            behind = True
        elif behind:
            yield child, Fault("MisplacedItem", "items come last; move it before them")


_IN_CHANNEL = {
    "title": _TITLE,
    "link": _URL,
    "description": Kind(text=values.plain),
    "language": Kind(text=values.language),
    "copyright": _PLAIN,
    "managingEditor": _PERSON,
    "webMaster": _PERSON,
    "pubDate": _DATE,
    "lastBuildDate": _DATE,
    "category": _CATEGORY,
    "generator": _PLAIN,
    "docs": _URL,
    "cloud": _CLOUD,
    "ttl": Kind(text=values.positive),
    "image": _IMAGE,
    "rating": extensions.FREE,
    "textInput": _TEXT_INPUT,
    "skipHours": _SKIP_HOURS,
    "skipDays": _SKIP_DAYS,
    "item": _ITEM,
    "atom:link": LINK,
    **{f"atom:{name}": extensions.FREE for name in ("author", "id", "icon", "logo")},
    **extensions.FEED,
    **podcast.FEED,
}
_MANY_IN_CHANNEL = extensions.MANY | podcast.MANY | {"category", "item", "atom:link", "atom:author"}
_NEEDED_IN_CHANNEL = {
    "title": "MissingTitle",
    "link": "MissingLink",
    "description": "MissingDescription",
    "language": "MissingDCLanguage",
}


def _kind(url: str | None) -> Kind:
    channel = Kind(
        children=_IN_CHANNEL,
        many=_MANY_IN_CHANNEL,
        needs=_NEEDED_IN_CHANNEL,
        also=partial(_channel, url),
    )
    return Kind(
        attributes={"version": values.one_of({"2.0"}, "InvalidRSSVersion")},
        wants={"version": "MissingAttribute"},
        children={"channel": channel},
        needs={"channel": "MissingElement"},
    )


def findings(root: etree._Element, walk: Walk, url: str | None) -> list[Finding]:
    """What is wrong with a document whose root is `rss`."""
    return walk.start(root, _kind(url))


def entry_findings(root: etree._Element) -> list[Finding]:
    """What is wrong with the items alone, their HTML aside, as it would be in any channel."""
    walk = Walk("", bodies=False)
    for item in root.iterfind("channel/item"):
        walk.start(item, _ITEM)
    return walk.findings
