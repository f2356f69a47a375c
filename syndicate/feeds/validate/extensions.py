"""Extensions that RSS and Atom share: Dublin Core, content, history, Media RSS and more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.feeds.validate import markup, values
from syndicate.feeds.validate.grammar import Found, Kind
from syndicate.feeds.validate.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_MEDIA = "{http://search.yahoo.com/mrss/}"

TEXT = Kind(text=values.plain)
_ANY = Kind(text=values.anything)
_URL = Kind(text=values.full_link)
_EMPTY = Kind()
#: Known, and not looked into.
FREE = Kind(open=True)


def html_body(element: etree._Element) -> Iterator[Fault]:
    """What is wrong with HTML that stands in an element as text."""
    return markup.faults(element.text or "")


HTML = Kind(text=values.anything, body=html_body)

_DC = {
    **{
        f"dc:{name}": _ANY
        for name in (
            *("title", "subject", "description", "publisher", "contributor", "type", "format"),
            *("identifier", "source", "relation", "coverage", "rights"),
        )
    },
    "dc:creator": Kind(text=values.name),
    "dc:date": Kind(text=values.w3cdtf),
    "dc:language": Kind(text=values.language),
}


def _group(element: etree._Element) -> Iterator[Found]:
    if len(element.findall(f"{_MEDIA}content")) < 2:  # noqa: PLR2004 - one is no choice
        fault = Fault("MediaGroupWithoutAlternatives", "one media:content needs no group around it")
        yield element, fault


_MEDIA_TEXT = values.one_of({"plain", "html"}, "InvalidMediaTextType")
_MEDIA_ELEMENTS = {
    "media:title": Kind(text=values.anything, attributes={"type": _MEDIA_TEXT}),
    "media:description": Kind(text=values.anything, attributes={"type": _MEDIA_TEXT}),
    "media:keywords": _ANY,
    "media:thumbnail": Kind(
        attributes={
            "url": values.web_attribute,
            "width": values.positive,
            "height": values.positive,
            "time": values.anything,
        },
        wants={"url": "MissingAttribute"},
    ),
    "media:category": Kind(
        text=values.anything, attributes={"scheme": values.iri_attribute, "label": values.plain}
    ),
    "media:player": Kind(
        attributes={
            "url": values.web_attribute,
            "width": values.positive,
            "height": values.positive,
        },
        wants={"url": "MissingAttribute"},
    ),
    "media:credit": Kind(
        text=values.name, attributes={"role": values.anything, "scheme": values.anything}
    ),
    "media:copyright": Kind(text=values.plain, attributes={"url": values.web_attribute}),
    "media:adult": Kind(
        text=lambda _: Fault("Deprecated", "media:rating has taken the place of media:adult")
    ),
    **{
        f"media:{name}": FREE
        for name in (
            *("hash", "rating", "text", "restriction", "community", "comments", "embed"),
            *("responses", "backLinks", "status", "price", "license", "subTitle", "peerLink"),
            *("location", "rights", "scenes"),
        )
    },
}
_MANY_MEDIA = frozenset(
    f"media:{name}"
    for name in (
        *("category", "content", "credit", "group", "hash", "player", "rating", "restriction"),
        *("text", "thumbnail", "price", "license", "subTitle", "peerLink", "location"),
    )
)
_CONTENT = Kind(
    attributes={
        "url": values.web_attribute,
        "fileSize": values.nonnegative,
        "type": values.media_type("InvalidMIMEAttribute"),
        "medium": values.one_of(
            {"image", "audio", "video", "document", "executable"}, "InvalidMediaMedium"
        ),
        "isDefault": values.one_of({"true", "false"}, "InvalidTrueFalse"),
        "expression": values.one_of({"sample", "full", "nonstop"}, "InvalidMediaExpression"),
        **dict.fromkeys(("bitrate", "framerate", "samplingrate", "duration"), values.decimal),
        "channels": values.nonnegative,
        "width": values.positive,
        "height": values.positive,
        "lang": values.language,
    },
    children=_MEDIA_ELEMENTS,
    many=_MANY_MEDIA,
)
_MEDIA_EVERYWHERE = {
    **_MEDIA_ELEMENTS,
    "media:content": _CONTENT,
    "media:group": Kind(
        children={**_MEDIA_ELEMENTS, "media:content": _CONTENT}, many=_MANY_MEDIA, also=_group
    ),
}

_PERIODS = values.one_of({"hourly", "daily", "weekly", "monthly", "yearly"}, "InvalidUpdatePeriod")

#: Of an item or entry.
ITEM = {
    **_DC,
    **_MEDIA_EVERYWHERE,
    "content:encoded": HTML,
    "slash:comments": Kind(text=values.nonnegative),
    "wfw:commentRss": _URL,
    "wfw:comment": _URL,
    "thr:total": Kind(text=values.nonnegative),
}
#: Of a channel or feed.
FEED = {
    **_DC,
    **_MEDIA_EVERYWHERE,
    "sy:updatePeriod": Kind(text=_PERIODS),
    "sy:updateFrequency": Kind(text=values.positive),
    "sy:updateBase": Kind(text=values.w3cdtf),
    "fh:archive": _EMPTY,
    "fh:complete": _EMPTY,
}
#: Those of them that may be there more than once.
MANY = _MANY_MEDIA | frozenset(name for name in _DC if name != "dc:date")
