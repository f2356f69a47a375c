"""Findings, and how bad each is.

A message bears the name that the W3C Feed Validation Service knows it by, where it has one: an
operator can look it up there. Its severity is that service's too, but where a note says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding costs the readers."""

    #: The document breaks its standard: some readers lose a post, or all of them.
    ERROR = "error"
    #: It works, but not for everybody, or not as meant.
    WARNING = "warning"
    #: It could be better.
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one value."""

    #: One of `SEVERITIES`.
    message: str
    #: What would be right: a sentence without a full stop.
    sentence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one document, and where."""

    #: One of `SEVERITIES`.
    message: str
    severity: Severity
    #: Where, as in `rss/channel/item[3]/pubDate`, `feed/link/@href`, `items[3]/id`.
    element: str
    #: Counted from 1; None where no line is to blame.
    line: int | None
    sentence: str

    @classmethod
    def of(cls, fault: Fault, element: str, line: int | None) -> Finding:
        """The fault at its place: one line, whatever the document holds."""
        severity = SEVERITIES[fault.message]
        return cls(fault.message, severity, _shown(element), line, _shown(fault.sentence))

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}: {self.element}: {self.sentence}"


def _shown(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


_ERRORS = (
    # The bytes.
    "IOError",
    *("SAXError", "UnicodeError", "MissingNamespace", "UndefinedNamedEntity"),
    *("InvalidDoctype", "NotInANamespace", "MediaRssNamespace"),
    # What is there and what isn't.
    *("UndefinedElement", "UnexpectedAttribute", "UnexpectedText", "UnexpectedWhitespace"),
    *("MissingElement", "MissingTitle", "MissingLink", "MissingDescription", "MissingAttribute"),
    *("MissingHref", "MissingContentOrAlternate", "ItemMustContainTitleOrDescription"),
    *("MissingXhtmlDiv", "MisplacedMetadata", "DuplicateElement", "DuplicateAtomLink"),
    *("DuplicateValue", "DuplicateIds", "InvalidRSSVersion", "MediaGroupWithoutAlternatives"),
    # Values.
    *("InvalidRFC2822Date", "IncorrectDOW", "InvalidRFC3339Date", "InvalidW3CDTFDate"),
    *("InvalidFullLink", "InvalidIRI", "InvalidUriChar", "UriNotIri"),
    *("InvalidTAG", "InvalidUUID", "InvalidURN", "InvalidHttpGUID", "InvalidPermalink"),
    *("InvalidURLAttribute", "InvalidIntegerAttribute", "InvalidNonNegativeInteger"),
    *("UseZeroForUnknown", "InvalidPositiveInteger", "InvalidBooleanAttribute"),
    *("InvalidMIMEAttribute", "InvalidMIMEType", "InvalidTextType", "InvalidLanguage"),
    *("InvalidContact", "InvalidWidth", "InvalidHeight", "InvalidHour", "InvalidDay"),
    *("NotEnoughHoursInTheDay", "EightDaysAWeek", "InvalidUpdatePeriod", "InvalidFloat"),
    *("InvalidYesNo", "InvalidYesNoClean", "InvalidTrueFalse", "InvalidDuration", "TooLong"),
    *("InvalidItunesCategory", "InvalidItunesEpisodeType", "InvalidItunesChannelType"),
    *("InvalidMediaMedium", "InvalidMediaExpression", "InvalidMediaTextType", "InvalidValue"),
    *("FeedRelInCompleteFeed", "CurrentNotSelfInCompleteFeed"),
    # Warnings there. A post that a reader can't tell from others is announced again.
    *("DuplicateEntries", "MissingGuid"),
    # A warning there. What is read as another encoding is garbled.
    "NotUTF8",
    # Ours: JSON Feed, which that service doesn't know, and what RFC 5005 implies.
    *("InvalidJSON", "InvalidJSONFeedVersion", "MissingContent", "HistoryLoop"),
    # Ours: the formats of one feed (STANDARDS 41).
    *("IdsDisagree", "OrderDisagrees", "DatesDisagree"),
)
_WARNINGS = (
    *("BadCharacters", "ReservedPrefix", "AvoidNamespacePrefix", "UnknownNamespace"),
    *("ImplausibleDate", "ProblematicalRFC822Date", "NotSufficientlyUnique"),
    *("MissingSelf", "MissingAtomSelfLink", "SelfDoesntMatchLocation"),
    *("SelfNotAtom", "AtomLinkNotEmpty", "UnregisteredAtomLinkRel", "AttrNotBlank", "NotBlank"),
    *("MissingTextualContent", "MissingTypeAttr", "FeedHistoryRelInEntry", "ArchiveIncomplete"),
    *("MissingCurrentInArchive", "ContainsHTML", "ContainsUndeclaredHTML", "ContainsEmail"),
    *("ContainsRelRef", "SecurityRisk", "SecurityRiskAttr", "DangerousStyleAttr", "NotHtml"),
    *("DuplicateItemSemantics", "DuplicateSemantics", "DuplicateEnclosure", "EmailFormat"),
    *("MissingRealName", "MisplacedItem", "ImageTitleDoesntMatch", "ImageLinkDoesntMatch"),
    *("ImageUrlFormat", "AvoidTextInput", "NeedDescriptionBeforeContent"),
    *("MissingItunesElement", "UnsupportedItunesFormat", "InvalidKeywords", "Deprecated"),
    # Ours.
    *("ByteOrderMark", "XsltStylesheet", "EscapedTwice"),
)
_INFOS = ("NonstdPrefix", "MissingEncoding", "MissingDCLanguage", "NotNewestFirst", "TooLarge")

#: Every message that there is.
SEVERITIES = {
    **dict.fromkeys(_ERRORS, Severity.ERROR),
    **dict.fromkeys(_WARNINGS, Severity.WARNING),
    **dict.fromkeys(_INFOS, Severity.INFO),
}
