"""The shape of an XML document: which elements hold what, and a walk that finds where they don't.

The grammars themselves are tables (`rss`, `atom`, `extensions`, `podcast`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from syndicate.feeds.validate.model import Fault, Finding
from syndicate.feeds.validate.values import language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lxml import etree

    from syndicate.feeds.validate.values import Rule

#: The prefixes that everybody knows these namespaces by.
PREFIXES = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
#: Namespaces of which the tables name every element; of others, those that aren't named are free.
_CLOSED = ("atom", "dc", "content", "sy", "fh", "media", "itunes")
#: In a format that has a namespace: the prefix of what has none.
_NOWHERE = "?"
#: Elements that are numbered, even one alone.
_LISTED = ("item", "entry")
#: Characters of a name that are shown: a document may hold names of any length.
_LONGEST_NAME = 60
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

#: What a hook finds: a fault, and the element that has it.
Found = tuple["etree._Element", Fault]  # noqa: SLF001 - lxml has no public name for it
#: Names and values, as lxml has them.
_Pairs: TypeAlias = "Iterable[tuple[str | bytes, str | bytes]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one kind of element may hold."""

    #: None: no text at all.
    text: Rule | None = None
    #: Whether space around the text breaks it: ids are compared byte by byte (RFC 4287 §4.2.6.1).
    exact: bool = False
    attributes: Mapping[str, Rule] = field(default_factory=dict)
    #: Attributes that must be there, with the message if one isn't.
    wants: Mapping[str, str] = field(default_factory=dict)
    #: By name, with the prefix of `PREFIXES`; those of the document's own format have none.
    children: Mapping[str, Kind] = field(default_factory=dict)
    #: Children that may be there more than once.
    many: frozenset[str] = frozenset()
    #: Children that must be there, with the message if one isn't.
    needs: Mapping[str, str] = field(default_factory=dict)
    #: What the rules of single values can't see.
    also: Callable[[etree._Element], Iterator[Found]] | None = None
    #: What to look for in the HTML that it holds.
    body: Callable[[etree._Element], Iterator[Fault]] | None = None
    #: Anything goes within.
    open: bool = False


@dataclass(slots=True)
class Walk:
    """One walk through one document, collecting findings."""

    #: The namespace of the format itself; empty for RSS.
    home: str
    #: Whether to look into the HTML of posts too.
    bodies: bool
    findings: list[Finding] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _steps: dict[etree._Element, str] = field(default_factory=dict)

    def start(self, root: etree._Element, kind: Kind) -> list[Finding]:
        """All findings below an element whose own name is right."""
        self._element(root, kind)
        return self.findings

    def name(self, element: etree._Element) -> str:
        """The element's name, as the tables write it."""
        tag = str(element.tag)
        name = self._names.get(tag)
        if name is None:
            namespace, _, local = tag.removeprefix("{").rpartition("}")
            prefix = PREFIXES.get(namespace, namespace) or _NOWHERE
            name = local if namespace == self.home else f"{prefix}:{local}"
            self._names[tag] = name
        return name

    def report(self, element: etree._Element, fault: Fault, attribute: str = "") -> None:
        """Take down a fault of an element, or of one of its attributes."""
        place = self._place(element) + (f"/@{attribute}" if attribute else "")
        self.findings.append(Finding.of(fault, place, line_of(element)))

    def _place(self, element: etree._Element) -> str:
        parent = element.getparent()
        if parent is None:
            return self.name(element)
        if element not in self._steps:
            self._number(parent)
        return f"{self._place(parent)}/{self._steps[element]}"

    def _number(self, parent: etree._Element) -> None:
        """Name each child once, when the first of them is to blame: few documents have any."""
        total = Counter(map(self.name, parent))
        count: Counter[str] = Counter()
        for child in parent:
            name = self.name(child)
            count[name] += 1
            listed = total[name] > 1 or name in _LISTED
            step = name[:_LONGEST_NAME]
            self._steps[child] = f"{step}[{count[name]}]" if listed else step

    def _element(self, element: etree._Element, kind: Kind) -> None:
        attributes = element.items()
        # Most elements have neither: what isn't there isn't looked at.
        if attributes or kind.wants:
            self._attributes(element, kind, attributes)
        if kind.open:
            return
        self._text(element, kind)
        if kind.needs or len(element):
            self._children(element, kind)
        if kind.body and self.bodies:
            for fault in kind.body(element):
                self.report(element, fault)
        if kind.also:
            for at, fault in kind.also(element):
                self.report(at, fault)

    def _attributes(self, element: etree._Element, kind: Kind, attributes: _Pairs) -> None:
        for key, value in attributes:
            if fault := self._attribute(element, kind, str(key), str(value).strip()):
                self.report(element, fault, str(key).rpartition("}")[2])
        for key, message in kind.wants.items():
            if key not in element.attrib:
                self.report(element, Fault(message, f"<{self.name(element)}> needs {key}="))

    def _attribute(self, element: etree._Element, kind: Kind, key: str, value: str) -> Fault | None:
        rule = language if key == _LANG else kind.attributes.get(key)
        if rule:
            return rule(value)
        if kind.open or "}" in key:
            return None
        return Fault("UnexpectedAttribute", f"<{self.name(element)}> has no {key}")

    def _text(self, element: etree._Element, kind: Kind) -> None:
        if kind.text is None:
            if kind.body is None and (stray := _stray(element)):
                sentence = f"{stray[:60]!r} belongs into no element"
                self.report(element, Fault("UnexpectedText", sentence))
            return
        text = element.text or ""
        stripped = text.strip()
        if kind.exact and text != stripped:
            sentence = "the space around it is part of it; take it off"
            self.report(element, Fault("UnexpectedWhitespace", sentence))
        if fault := kind.text(stripped):
            self.report(element, fault)

    def _children(self, element: etree._Element, kind: Kind) -> None:
        seen: set[str] = set()
        for child in element:
            name = self.name(child)
            if name in seen and name not in kind.many and name in kind.children:
                message = "DuplicateEnclosure" if name == "enclosure" else "DuplicateElement"
                self.report(child, Fault(message, f"one <{name}> is enough"))
            seen.add(name)
            if known := kind.children.get(name):
                self._element(child, known)
            elif fault := _undefined(name):
                self.report(child, fault)
        for name, message in kind.needs.items():
            if name not in seen:
                self.report(element, Fault(message, f"<{self.name(element)}> needs a <{name}>"))


def line_of(element: etree._Element) -> int | None:
    """The line that the element begins in, counted from 1."""
    line = element.sourceline
    return line if isinstance(line, int) else None


def _stray(element: etree._Element) -> str:
    """The first text within an element that isn't within a child."""
    if text := (element.text or "").strip():
        return text
    for child in element:
        if tail := (child.tail or "").strip():
            return tail
    return ""


def _undefined(name: str) -> Fault | None:
    prefix, colon, local = name.rpartition(":")
    if prefix == _NOWHERE:
        return Fault("NotInANamespace", f"<{local}> needs a namespace, that of its parent perhaps")
    if colon and prefix not in _CLOSED:
        return None
    return Fault("UndefinedElement", f"no <{name}> belongs here; mend its name or its place")


def twice(values: Iterable[tuple[etree._Element, str]], message: str) -> Iterator[Found]:
    """A fault for each value that was there before."""
    seen: set[str] = set()
    for element, value in values:
        if value in seen:
            yield element, Fault(message, f"{value[:80]!r} was there before; each needs its own")
        seen.add(value)
