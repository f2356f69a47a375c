"""Every message: a good document with one thing broken has that finding and no other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from syndicate.feeds.check import check
from syndicate.feeds.model import Format
from syndicate.feeds.validate.model import SEVERITIES

RSS, ATOM, JSON = Format.RSS, Format.ATOM, Format.JSON
NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
GOOD = {kind: (Path(__file__).parent / "good" / kind.value).read_text() for kind in Format}
URLS = {
    RSS: "https://feeds.example.com/rss.xml",
    ATOM: "https://feeds.example.com/archive/2/atom.xml",
    JSON: "https://feeds.example.com/feed.json",
}


class Break(NamedTuple):
    """What becomes of a good document: `old` is there once and becomes `new`."""

    message: str
    kind: Format
    old: str
    new: str
    #: The place that is blamed.
    element: str


ITEM = "rss/channel/item[1]"
ENTRY = "feed/entry[1]"
SELF = '<atom:link rel="self" type="application/rss+xml" href="https://feeds.example.com/rss.xml"/>'
ATOM_SELF = (
    '<link rel="self" type="application/atom+xml" '
    'href="https://feeds.example.com/archive/2/atom.xml"/>'
)
CURRENT = (
    '<link rel="current" type="application/atom+xml" href="https://feeds.example.com/atom.xml"/>'
)
PREVIOUS = (
    '<link rel="prev-archive" type="application/atom+xml" '
    'href="https://feeds.example.com/archive/1/atom.xml"/>'
)
NEXT = PREVIOUS.replace("prev", "next").replace("/1/", "/3/")
DESCRIPTION = "<description>Ships and tides</description>"
BODY = "It is &lt;a"
GROUPED = '<media:content url="https://example.com/2.mp3" type="audio/mpeg"/>'
ENCLOSURE = '<enclosure url="https://example.com/2.mp3" length="12345" type="audio/mpeg"/>'
DATE = "<pubDate>Sun, 01 Mar 2026 12:00 +0000</pubDate>"
HOURS = "<hour>1</hour><hour>2</hour>"

BREAKS = [
    # Bytes
    Break("SAXError", RSS, "<ttl>5</ttl>", "<ttl>5</tt>", "document"),
    Break("SAXError", ATOM, "It is late.", "It is \x01late.", "document"),
    Break("MissingNamespace", RSS, "<ttl>5</ttl>", "<ttl>5</ttl><x:y/>", "document"),
    Break("UndefinedNamedEntity", RSS, "All of", "All&nbsp;of", "document"),
    Break("NotUTF8", RSS, 'encoding="UTF-8"', 'encoding="gb2312"', "document"),
    Break("MissingEncoding", ATOM, '<?xml version="1.0" encoding="UTF-8"?>\n', "", "document"),
    Break("InvalidDoctype", RSS, "<rss ", "<!DOCTYPE rss>\n<rss ", "document"),
    Break("ByteOrderMark", JSON, '{\n "version', '\ufeff{\n "version', "document"),
    Break(
        *("XsltStylesheet", RSS, "<rss "),
        '<?xml-stylesheet type="text/xsl" href="/a.xsl"?>\n<rss ',
        "document",
    ),
    Break("TooLarge", JSON, "It is big.", "x" * 600_000, "document"),
    Break("InvalidJSON", JSON, '"expired": false', '"expired": NaN', "document"),
    Break("InvalidJSON", JSON, '"expired": false', '"expired": no', "document"),
    Break("DuplicateElement", JSON, '"expired": false', '"title": "Harbour"', "document"),
    # Namespaces
    Break(
        "NotInANamespace",
        ATOM,
        "</entry>\n</feed>",
        '<x xmlns=""/></entry>\n</feed>',
        "feed/entry[2]/?:x",
    ),
    Break(
        "MediaRssNamespace", ATOM, "<feed ", '<feed xmlns:m="http://search.yahoo.com/mrss" ', "feed"
    ),
    Break("UnknownNamespace", ATOM, "<feed ", '<feed xmlns:x="https://example.com/ns" ', "feed"),
    Break("NonstdPrefix", ATOM, "<feed ", '<feed xmlns:m="http://search.yahoo.com/mrss/" ', "feed"),
    Break(
        *("ReservedPrefix", ATOM, "<feed "),
        '<feed xmlns:itunes="http://www.w3.org/1999/xhtml" ',
        "feed",
    ),
    Break(
        "AvoidNamespacePrefix",
        ATOM,
        "<feed ",
        '<feed xmlns:atom="http://www.w3.org/2005/Atom" ',
        "feed",
    ),
    # What is there
    Break("UndefinedElement", RSS, "<ttl>5</ttl>", "<tll>5</tll>", "rss/channel/tll"),
    Break(
        "UndefinedElement",
        RSS,
        "<dc:language>en</dc:language>",
        "<dc:lang/>",
        "rss/channel/item[2]/dc:lang",
    ),
    Break("UndefinedElement", ATOM, "</summary>", "</summary><pubDate/>", f"{ENTRY}/pubDate"),
    Break("UndefinedElement", ATOM, "It is late.", "It <b>is</b> late.", f"{ENTRY}/summary/b"),
    Break("UndefinedElement", JSON, '"_ours"', '"ours"', "ours"),
    Break("UnexpectedAttribute", RSS, "<ttl>", '<ttl unit="m">', "rss/channel/ttl/@unit"),
    Break("UnexpectedText", RSS, "<skipDays>", "<skipDays>not on ", "rss/channel/skipDays"),
    Break(
        "UnexpectedWhitespace",
        ATOM,
        "<id>tag:example.com,2026:2<",
        "<id> tag:example.com,2026:2<",
        f"{ENTRY}/id",
    ),
    Break(
        "DuplicateElement", RSS, "<ttl>5</ttl>", "<ttl>5</ttl><ttl>6</ttl>", "rss/channel/ttl[2]"
    ),
    Break("DuplicateEnclosure", RSS, ENCLOSURE, ENCLOSURE * 2, f"{ITEM}/enclosure[2]"),
    Break(
        "MisplacedItem",
        RSS,
        "</item>\n  </channel>",
        "</item><rating/></channel>",
        "rss/channel/rating",
    ),
    Break(
        "MisplacedMetadata",
        ATOM,
        "</entry>\n</feed>",
        "</entry><logo>https://example.com/</logo></feed>",
        "feed/logo",
    ),
    # What isn't
    Break("MissingTitle", RSS, "<title>Harbour</title>\n    <link>", "<link>", "rss/channel"),
    Break("MissingTitle", JSON, ' "title": "Harbour",\n', "", "document"),
    Break(
        "MissingLink",
        RSS,
        "<link>https://example.com/harbour/</link>\n    <desc",
        "<desc",
        "rss/channel",
    ),
    Break("MissingDescription", RSS, DESCRIPTION, "", "rss/channel"),
    Break("MissingDCLanguage", RSS, "<language>en</language>", "", "rss/channel"),
    Break("MissingDCLanguage", ATOM, ' xml:lang="en"', "", "feed"),
    Break("MissingDCLanguage", JSON, ' "language": "en",\n', "", "document"),
    Break("MissingElement", ATOM, "<id>tag:example.com,2026:harbour</id>", "", "feed"),
    Break(
        "MissingElement",
        ATOM,
        "<author><name>The Desk</name><uri>https://example.com/desk</uri></author>",
        "",
        ENTRY,
    ),
    Break("MissingElement", JSON, '"type": "WebSub", ', "", "hubs[1]"),
    Break(
        "MissingElement",
        JSON,
        '"name": "The Desk", "url": "https://example.com/desk"',
        "",
        "authors[1]",
    ),
    Break("MissingAttribute", RSS, 'length="12345" ', "", f"{ITEM}/enclosure"),
    Break(
        "MissingHref", ATOM, '<link href="https://example.com/2/"/>', "<link/>", f"{ENTRY}/link[1]"
    ),
    Break("MissingGuid", RSS, "<guid>https://example.com/1/</guid>", "", "rss/channel/item[2]"),
    Break(
        *("ItemMustContainTitleOrDescription", RSS, "<title>The harbour</title>"),
        "",
        "rss/channel/item[2]",
    ),
    Break(
        "MissingContentOrAlternate",
        ATOM,
        '<content type="html">&lt;p&gt;It is big.&lt;/p&gt;</content>',
        "<summary>Big.</summary>",
        "feed/entry[2]",
    ),
    Break(
        *(
            "MissingTextualContent",
            ATOM,
            '<content type="html">&lt;p&gt;It is big.&lt;/p&gt;</content>',
        ),
        '<link href="https://example.com/1/"/>',
        "feed/entry[2]",
    ),
    Break("MissingContent", JSON, '"content_text": "It is big.",', "", "items[2]"),
    Break(
        "MissingXhtmlDiv",
        ATOM,
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>It is <b>late</b>.</p></div>',
        "late",
        f"{ENTRY}/content",
    ),
    Break(
        "MissingTypeAttr",
        ATOM,
        '<content type="html">&lt;p&gt;It is big.&lt;/p&gt;<',
        '<summary>Big.</summary><content src="https://example.com/"><',
        "feed/entry[2]/content",
    ),
    Break(
        "MissingItunesElement", RSS, "<itunes:explicit>false</itunes:explicit>", "", "rss/channel"
    ),
    Break("NotBlank", RSS, "<category>ferries</category>", "<category/>", f"{ITEM}/category"),
    Break("NotBlank", ATOM, "It is late.", "", f"{ENTRY}/summary"),
    Break("AttrNotBlank", ATOM, 'title="The page"', 'title=""', "feed/link[5]/@title"),
    # Ids
    Break(
        "DuplicateValue",
        RSS,
        "<guid>https://example.com/1/<",
        '<guid isPermaLink="false">tag:example.com,2026:2<',
        "rss/channel/item[2]/guid",
    ),
    Break(
        "DuplicateValue",
        RSS,
        HOURS,
        "<hour>1</hour><hour>1</hour>",
        "rss/channel/skipHours/hour[2]",
    ),
    Break(
        "DuplicateEntries",
        ATOM,
        "urn:uuid:917393e3-1b1e-5cef-ace4-edaa54e1f810",
        "tag:example.com,2026:2",
        "feed/entry[2]/id",
    ),
    Break(
        "DuplicateIds",
        JSON,
        '"id": "https://example.com/1/"',
        '"id": "tag:example.com,2026:2"',
        "items[2]/id",
    ),
    Break("InvalidPermalink", RSS, 'isPermaLink="false"', 'isPermaLink="true"', f"{ITEM}/guid"),
    Break(
        "InvalidHttpGUID",
        RSS,
        "<guid>https://example.com/1/<",
        "<guid>one<",
        "rss/channel/item[2]/guid",
    ),
    Break("NotSufficientlyUnique", RSS, "tag:example.com,2026:2", "2", f"{ITEM}/guid"),
    Break(
        "InvalidBooleanAttribute",
        RSS,
        'isPermaLink="false"',
        'isPermaLink="False"',
        f"{ITEM}/guid/@isPermaLink",
    ),
    Break("InvalidTAG", ATOM, "tag:example.com,2026:2<", "tag:example.com:2<", f"{ENTRY}/id"),
    Break("InvalidUUID", ATOM, "ace4-edaa54e1f810", "ace4", "feed/entry[2]/id"),
    Break(
        "InvalidURN",
        ATOM,
        "urn:uuid:917393e3-1b1e-5cef-ace4-edaa54e1f810",
        "urn:x",
        "feed/entry[2]/id",
    ),
    # Dates
    Break(
        "InvalidRFC2822Date",
        RSS,
        DATE,
        "<pubDate>2026-03-01</pubDate>",
        "rss/channel/item[2]/pubDate",
    ),
    Break(
        "InvalidRFC2822Date",
        RSS,
        DATE,
        "<pubDate>31 Feb 2026 12:00 +0000</pubDate>",
        "rss/channel/item[2]/pubDate",
    ),
    Break("IncorrectDOW", RSS, DATE, DATE.replace("Sun", "Mon"), "rss/channel/item[2]/pubDate"),
    Break(
        "ProblematicalRFC822Date",
        RSS,
        DATE,
        DATE.replace("2026", "26"),
        "rss/channel/item[2]/pubDate",
    ),
    Break(
        "ProblematicalRFC822Date",
        RSS,
        DATE,
        DATE.replace("+0000", "EST"),
        "rss/channel/item[2]/pubDate",
    ),
    Break(
        "ImplausibleDate",
        RSS,
        DATE,
        "<pubDate>Fri, 01 Jan 1971 12:00 +0000</pubDate>",
        "rss/channel/item[2]/pubDate",
    ),
    Break(
        "ImplausibleDate",
        JSON,
        '"2026-03-02T12:00:00Z"',
        '"2041-03-02T12:00:00Z"',
        "items[1]/date_published",
    ),
    Break(
        "InvalidRFC3339Date",
        ATOM,
        "<updated>2026-03-01T12:00:00Z<",
        "<updated>2026-03-01 12:00:00Z<",
        "feed/entry[2]/updated",
    ),
    Break(
        "InvalidRFC3339Date",
        JSON,
        "2026-03-01T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "items[2]/date_published",
    ),
    Break(
        "InvalidW3CDTFDate",
        ATOM,
        "<dc:date>2026-03-01<",
        "<dc:date>2026-3-1<",
        "feed/entry[2]/dc:date",
    ),
    Break(
        "NotNewestFirst",
        JSON,
        "2026-03-01T12:00:00Z",
        "2026-03-02T12:00:01Z",
        "items[2]/date_published",
    ),
    # Addresses
    Break(
        "InvalidFullLink",
        RSS,
        "<link>https://example.com/1/<",
        "<link>/1/<",
        "rss/channel/item[2]/link",
    ),
    Break("InvalidFullLink", JSON, '"https://example.com/2/"', '"https:///2/"', "items[1]/url"),
    Break(
        "InvalidUriChar",
        RSS,
        "<link>https://example.com/1/<",
        "<link>https://example.com/a b<",
        "rss/channel/item[2]/link",
    ),
    Break(
        "UriNotIri",
        RSS,
        "<link>https://example.com/1/<",
        "<link>https://example.com/港/<",
        "rss/channel/item[2]/link",
    ),
    Break(
        "InvalidIRI",
        ATOM,
        "https://example.com/港/",
        "https://example.com/a b",
        "feed/link[6]/@href",
    ),
    Break(
        "InvalidURLAttribute",
        RSS,
        ENCLOSURE,
        ENCLOSURE.replace("https://example.com", ""),
        f"{ITEM}/enclosure/@url",
    ),
    Break("MissingAtomSelfLink", RSS, SELF, "", "rss/channel"),
    Break("MissingSelf", ATOM, ATOM_SELF, "", "feed"),
    Break(
        "MissingSelf", JSON, ' "feed_url": "https://feeds.example.com/feed.json",\n', "", "document"
    ),
    Break(
        "SelfDoesntMatchLocation",
        RSS,
        "feeds.example.com/rss.xml",
        "example.com/rss.xml",
        "rss/channel/atom:link[1]",
    ),
    Break(
        "SelfDoesntMatchLocation",
        JSON,
        "feeds.example.com/feed.json",
        "example.com/feed.json",
        "feed_url",
    ),
    Break(
        "SelfNotAtom",
        RSS,
        'type="application/rss+xml"',
        'type="text/html"',
        "rss/channel/atom:link[1]",
    ),
    Break(
        "AtomLinkNotEmpty",
        ATOM,
        'href="https://example.com/2/"/>',
        'href="https://example.com/2/">x</link>',
        f"{ENTRY}/link[1]",
    ),
    Break(
        "UnregisteredAtomLinkRel", RSS, 'rel="hub"', 'rel="hubb"', "rss/channel/atom:link[2]/@rel"
    ),
    Break("DuplicateAtomLink", ATOM, 'hreflang="zh-CN"', 'hreflang="en"', "feed/link[6]"),
    Break(
        "DuplicateAtomLink",
        ATOM,
        'rel="enclosure" type="audio/mpeg" length="12345"',
        'rel="alternate"',
        f"{ENTRY}/link[2]",
    ),
    # Values
    Break("InvalidRSSVersion", RSS, 'version="2.0"', 'version="2.1"', "rss/@version"),
    Break("InvalidJSONFeedVersion", JSON, "version/1.1", "version/2", "version"),
    Break("InvalidValue", JSON, '"tides"]', "7]", "items[1]/tags[2]"),
    Break("InvalidLanguage", RSS, "<language>en<", "<language>English<", "rss/channel/language"),
    Break("InvalidLanguage", ATOM, 'xml:lang="en"', 'xml:lang="zh_CN"', "feed/@lang"),
    Break(
        "InvalidContact",
        RSS,
        "<author>ann@example.com (Ann Author)<",
        "<author>Ann Author<",
        "rss/channel/item[2]/author",
    ),
    Break(
        "EmailFormat",
        RSS,
        "<author>ann@example.com (Ann Author)<",
        "<author>Ann (ann@example.com)<",
        "rss/channel/item[2]/author",
    ),
    Break(
        "MissingRealName",
        RSS,
        "ann@example.com (Ann Author)",
        "ann@example.com",
        "rss/channel/item[2]/author",
    ),
    Break(
        "ContainsEmail",
        RSS,
        "<dc:creator>Ann Author<",
        "<dc:creator>Ann (ann@example.com)<",
        f"{ITEM}/dc:creator",
    ),
    Break(
        "ContainsHTML", RSS, "The ferry &amp; the tide", "The &lt;b>ferry&lt;/b>", f"{ITEM}/title"
    ),
    Break(
        "ContainsHTML",
        RSS,
        "The ferry &amp; the tide",
        "The ferry &amp;amp; the tide",
        f"{ITEM}/title",
    ),
    Break(
        "ContainsUndeclaredHTML",
        ATOM,
        "It is late.",
        "It &lt;b>is&lt;/b> late.",
        f"{ENTRY}/summary",
    ),
    Break(
        "InvalidTextType",
        ATOM,
        '<subtitle type="html">',
        '<subtitle type="text/html">',
        "feed/subtitle",
    ),
    Break(
        "InvalidMIMEType",
        ATOM,
        'type="audio/mpeg" length',
        'type="audio" length',
        f"{ENTRY}/link[2]/@type",
    ),
    Break("InvalidMIMEType", JSON, '"audio/mpeg"', '"audio"', "items[1]/attachments[1]/mime_type"),
    Break(
        "InvalidMIMEAttribute",
        RSS,
        ENCLOSURE,
        ENCLOSURE.replace("/mpeg", ""),
        f"{ITEM}/enclosure/@type",
    ),
    Break("InvalidIntegerAttribute", RSS, '"12345"', '"12 KB"', f"{ITEM}/enclosure/@length"),
    Break("InvalidNonNegativeInteger", RSS, '"12345"', '"-5"', f"{ITEM}/enclosure/@length"),
    Break("UseZeroForUnknown", RSS, '"12345"', '"-1"', f"{ITEM}/enclosure/@length"),
    Break("InvalidPositiveInteger", RSS, "<ttl>5<", "<ttl>0<", "rss/channel/ttl"),
    Break("InvalidWidth", RSS, "<width>88<", "<width>500<", "rss/channel/image/width"),
    Break("InvalidHeight", RSS, "<height>31<", "<height>tall<", "rss/channel/image/height"),
    Break("InvalidHour", RSS, "<hour>2<", "<hour>24<", "rss/channel/skipHours/hour[2]"),
    Break("InvalidDay", RSS, "<day>Sunday<", "<day>Sun<", "rss/channel/skipDays/day"),
    Break(
        "InvalidUpdatePeriod",
        RSS,
        "<sy:updatePeriod>daily<",
        "<sy:updatePeriod>nightly<",
        "rss/channel/sy:updatePeriod",
    ),
    Break(
        "ImageTitleDoesntMatch",
        RSS,
        "<title>Harbour</title>\n      <link>",
        "<title>Logo</title><link>",
        "rss/channel/image/title",
    ),
    Break(
        "ImageLinkDoesntMatch",
        RSS,
        "harbour/</link>\n      <width>",
        "</link><width>",
        "rss/channel/image/link",
    ),
    Break("ImageUrlFormat", RSS, "logo.png", "logo.tiff", "rss/channel/image/url"),
    Break(
        "AvoidTextInput",
        RSS,
        "<ttl>",
        "<textInput><title>a</title><description>b</description><name>c</name><link>https://example.com/</link></textInput><ttl>",
        "rss/channel/textInput",
    ),
    Break(
        "NeedDescriptionBeforeContent",
        RSS,
        "<dc:language>en</dc:language>",
        '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">x</content:encoded>',
        "rss/channel/item[2]/content:encoded",
    ),
    Break(
        "DuplicateItemSemantics",
        RSS,
        "<dc:language>en</dc:language>",
        "<dc:date>2026-03-01</dc:date>",
        "rss/channel/item[2]/dc:date",
    ),
    Break(
        "DuplicateSemantics",
        RSS,
        "<ttl>",
        "<dc:rights>ours</dc:rights><ttl>",
        "rss/channel/dc:rights",
    ),
    Break("Deprecated", JSON, '"expired": false', '"author": {"name": "The Desk"}', "document"),
    # History
    Break("ArchiveIncomplete", ATOM, f"{PREVIOUS}\n  {NEXT}", "", "feed"),
    Break("MissingCurrentInArchive", ATOM, CURRENT, "", "feed"),
    Break("HistoryLoop", ATOM, "archive/1/", "archive/2/", "feed/link[3]"),
    Break("HistoryLoop", ATOM, "archive/3/", "archive/1/", "feed/link[4]"),
    Break("HistoryLoop", ATOM, CURRENT, CURRENT.replace("com/atom", "com/archive/2/atom"), "feed"),
    Break("HistoryLoop", JSON, "archive/1/feed.json", "feed.json", "document"),
    Break("FeedHistoryRelInEntry", ATOM, 'rel="enclosure"', 'rel="next"', f"{ENTRY}/link[2]"),
    Break(
        "CurrentNotSelfInCompleteFeed",
        ATOM,
        f"<fh:archive/>\n  {ATOM_SELF}\n  {CURRENT}\n  {PREVIOUS}\n  {NEXT}",
        f"<fh:complete/>{ATOM_SELF}{CURRENT}",
        "feed/link[2]",
    ),
    Break(
        "FeedRelInCompleteFeed",
        ATOM,
        f"<fh:archive/>\n  {ATOM_SELF}\n  {CURRENT}\n  {PREVIOUS}\n  {NEXT}",
        f"<fh:complete/>{ATOM_SELF}{PREVIOUS}",
        "feed/link[2]",
    ),
    # HTML
    Break(
        "ContainsRelRef",
        RSS,
        "https://example.com/late",
        "//example.com/late",
        f"{ITEM}/description",
    ),
    Break(
        "ContainsRelRef", RSS, "https://example.com/b.png 2x", "b.png 2x", f"{ITEM}/content:encoded"
    ),
    Break("ContainsRelRef", JSON, "https://example.com/late", "late", "items[1]/content_html"),
    Break("SecurityRisk", RSS, BODY, "&lt;script&gt;&lt;/script&gt; &lt;a", f"{ITEM}/description"),
    Break("SecurityRiskAttr", RSS, BODY, 'It is &lt;a onclick="x"', f"{ITEM}/description"),
    Break(
        "SecurityRiskAttr",
        JSON,
        "https://example.com/late",
        " java\\tscript:x".replace("\\t", ""),
        "items[1]/content_html",
    ),
    Break("SecurityRiskAttr", ATOM, "<b>late", '<b onclick="x">late', f"{ENTRY}/content"),
    Break(
        "DangerousStyleAttr", RSS, "text-align: right", "position: fixed", f"{ITEM}/content:encoded"
    ),
    Break("NotHtml", JSON, "<p>It is", "<b>" * 300 + "It is", "items[1]/content_html"),
    Break(
        "EscapedTwice",
        ATOM,
        "&lt;p&gt;It is big.&lt;/p&gt;",
        "&amp;lt;p&amp;gt;It is big.&amp;lt;/p&amp;gt;",
        "feed/entry[2]/content",
    ),
    Break("BadCharacters", RSS, BODY, "\ufffd &lt;a", f"{ITEM}/description"),
    Break("BadCharacters", ATOM, "It is late.", "It is\x85 late.", f"{ENTRY}/summary"),
    Break("BadCharacters", JSON, '"The ferry"', '"The \\ud83d ferry"', "items[1]/title"),
    # Media and podcasts
    Break("MediaGroupWithoutAlternatives", RSS, GROUPED, "", f"{ITEM}/media:group"),
    Break(
        "InvalidMediaMedium",
        RSS,
        'medium="video"',
        'medium="film"',
        f"{ITEM}/media:group/media:content[1]/@medium",
    ),
    Break(
        "InvalidMediaExpression",
        RSS,
        'expression="full"',
        'expression="whole"',
        f"{ITEM}/media:group/media:content[1]/@expression",
    ),
    Break(
        "InvalidMediaTextType",
        RSS,
        '<media:title type="plain">',
        '<media:title type="text">',
        f"{ITEM}/media:title/@type",
    ),
    Break(
        "InvalidTrueFalse",
        RSS,
        "<itunes:explicit>false<",
        "<itunes:explicit>clean<",
        "rss/channel/itunes:explicit",
    ),
    Break(
        "InvalidFloat",
        RSS,
        'framerate="29.97"',
        'framerate="PAL"',
        f"{ITEM}/media:group/media:content[1]/@framerate",
    ),
    Break(
        "InvalidYesNo",
        RSS,
        "<podcast:locked>yes<",
        "<podcast:locked>true<",
        "rss/channel/podcast:locked",
    ),
    Break(
        "InvalidYesNoClean",
        RSS,
        "<itunes:block>no<",
        "<itunes:block>false<",
        "rss/channel/itunes:block",
    ),
    Break("InvalidDuration", RSS, "1:02:03", "1h", f"{ITEM}/itunes:duration"),
    Break("TooLong", RSS, "All of the harbour", "All " * 100, "rss/channel/itunes:subtitle"),
    Break("InvalidKeywords", RSS, "ships, tides", "ships tides", "rss/channel/itunes:keywords"),
    Break(
        "InvalidItunesCategory",
        RSS,
        '"Daily News"',
        '"Old News"',
        "rss/channel/itunes:category/itunes:category",
    ),
    Break(
        "InvalidItunesCategory",
        RSS,
        'text="News"',
        'text="Harbours"',
        "rss/channel/itunes:category",
    ),
    Break("InvalidItunesChannelType", RSS, "episodic", "weekly", "rss/channel/itunes:type"),
    Break(
        "InvalidItunesEpisodeType",
        RSS,
        "<itunes:episodeType>full<",
        "<itunes:episodeType>all<",
        f"{ITEM}/itunes:episodeType",
    ),
    Break(
        "UnsupportedItunesFormat",
        RSS,
        ENCLOSURE,
        ENCLOSURE.replace(".mp3", ".ogg"),
        f"{ITEM}/enclosure",
    ),
    Break(
        *("MissingElement", RSS),
        '<podcast:source uri="https://example.com/2.ogg" contentType="audio/ogg"/>',
        "",
        f"{ITEM}/podcast:alternateEnclosure",
    ),
    Break(
        "InvalidMIMEAttribute",
        RSS,
        'alternateEnclosure type="audio/ogg"',
        'alternateEnclosure type="ogg"',
        f"{ITEM}/podcast:alternateEnclosure/@type",
    ),
    Break(
        "InvalidFullLink",
        RSS,
        'uri="https://example.com/2.ogg"',
        'uri="/2.ogg"',
        f"{ITEM}/podcast:alternateEnclosure/podcast:source/@uri",
    ),
    Break(
        "MissingAttribute",
        RSS,
        'url="https://example.com/2.vtt" type="text/vtt"',
        'url="https://example.com/2.vtt"',
        f"{ITEM}/podcast:transcript",
    ),
    Break(
        "InvalidFloat",
        RSS,
        'startTime="73.0"',
        'startTime="1:13"',
        f"{ITEM}/podcast:soundbite/@startTime",
    ),
    Break(
        "NotBlank",
        RSS,
        ">Ann Author</podcast:person>",
        "></podcast:person>",
        f"{ITEM}/podcast:person",
    ),
    Break(
        "TooLong", RSS, 'name="The Yard"', f'name="{"Yard" * 40}"', f"{ITEM}/podcast:season/@name"
    ),
    Break(
        "InvalidNonNegativeInteger",
        RSS,
        ">1</podcast:season>",
        ">one</podcast:season>",
        f"{ITEM}/podcast:season",
    ),
    Break("InvalidValue", RSS, ">musicL<", ">radio<", "rss/channel/podcast:medium"),
    Break(
        "InvalidURLAttribute",
        RSS,
        'url="https://example.com/give"',
        'url="give"',
        "rss/channel/podcast:funding/@url",
    ),
    Break("InvalidUUID", RSS, "917393e3-", "917393e3", "rss/channel/podcast:guid"),
    Break(
        "NotBlank",
        RSS,
        ">ours</podcast:license>",
        "></podcast:license>",
        "rss/channel/podcast:license",
    ),
]
#: Those that no change of one text can bring about; their tests are elsewhere or below.
ELSEWHERE = {
    *("UnicodeError", "NotEnoughHoursInTheDay", "EightDaysAWeek"),
    *("IdsDisagree", "OrderDisagrees", "DatesDisagree", "IOError"),
}


def messages(data: str | bytes, kind: Format) -> set[str]:
    """What is found, by name."""
    raw = data.encode() if isinstance(data, str) else data
    return {found.message for found in check(raw, kind, url=URLS[kind], now=NOW)}


@pytest.mark.parametrize("kind", Format)
def test_a_good_document_has_no_findings(kind: Format) -> None:
    assert check(GOOD[kind].encode(), kind, url=URLS[kind], now=NOW) == []


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: f"{broken.message}-{broken.kind}")
def test_one_thing_broken_is_that_finding_at_that_place_and_no_other(broken: Break) -> None:
    good = GOOD[broken.kind]
    assert good.count(broken.old) == 1
    data = good.replace(broken.old, broken.new).encode()
    found = check(data, broken.kind, url=URLS[broken.kind], now=NOW)
    assert {one.message for one in found} == {broken.message}
    assert found[0].element == broken.element
    assert found[0].severity is SEVERITIES[broken.message]


def test_bytes_that_are_no_utf_8_are_blamed_with_their_line() -> None:
    for kind in Format:
        data = GOOD[kind].encode().replace(b"arbour", b"\xe9", 1)
        (found,) = check(data, kind, url=URLS[kind], now=NOW)
        assert found.message == "UnicodeError"
        assert found.line == data[: data.index(b"\xe9")].count(b"\n") + 1


def test_there_are_so_many_hours_and_days_to_skip() -> None:
    hours = GOOD[RSS].replace(HOURS, "<hour>1</hour>" * 25)
    assert messages(hours, RSS) == {"NotEnoughHoursInTheDay", "DuplicateValue"}
    days = GOOD[RSS].replace("<day>Sunday</day>", "<day>Sunday</day>" * 8)
    assert messages(days, RSS) == {"EightDaysAWeek", "DuplicateValue"}


def test_every_message_is_shown_here() -> None:
    assert {broken.message for broken in BREAKS} | ELSEWHERE == set(SEVERITIES)
