"""What is wrong with a feed's documents, by our own validator (`validate`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from lxml import etree

from syndicate.feeds.model import Format
from syndicate.feeds.validate import agreement, atom, json_feed, json_lines, rss, times, told
from syndicate.feeds.validate.grammar import Walk, line_of
from syndicate.feeds.validate.model import Fault, Finding, Severity
from syndicate.feeds.validate.parse import read_xml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from syndicate.feeds.validate.told import Told

#: An XML document's root, or a JSON document.
Document: TypeAlias = "etree._Element | dict[str, Any]"  # noqa: SLF001 - as lxml names it
_ROOTS = {Format.RSS: "rss", Format.ATOM: f"{{{atom.HOME}}}feed"}


def check(data: bytes, kind: Format, *, url: str | None = None, now: datetime) -> list[Finding]:
    """Everything that is wrong with a document, by line; takes time in proportion to its size.

    `url` is where the document is, if that is known. One broken element hides nothing, unless
    the document can't be parsed at all.
    """
    document, findings = _read(data, kind)
    if document is not None:
        findings += _findings(document, kind, url, bodies=True)
        findings += times.faults(_told(document, kind), now)
    if isinstance(document, dict):
        findings = _with_lines(findings, data)
    return sorted(findings, key=lambda finding: finding.line or 0)


def errors(data: bytes, kind: Format, *, url: str | None = None) -> list[Finding]:
    """The errors alone, which need no clock and no look into the HTML of posts: it is quicker."""
    document, findings = _read(data, kind)
    if document is not None:
        findings += _findings(document, kind, url, bodies=False)
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def entry_errors(document: Document, kind: Format) -> list[Finding]:
    """The errors of the entries of a document, whatever the rest of it lacks.

    With those of the document without its entries they are all that `errors` finds, but for two
    entries of one id.
    """
    if isinstance(document, dict):
        faults = json_feed.item_faults(document)
        findings = [Finding.of(fault, place, None) for place, fault in faults]
    else:
        findings = (rss if kind is Format.RSS else atom).entry_findings(document)
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def check_agreement(documents: Mapping[Format, bytes]) -> list[Finding]:
    """Where the formats of one feed disagree on its posts, their order or their dates.

    Documents that can't be parsed are left out: that they can't be is for `check` to tell.
    """
    read = {kind: _read(documents[kind], kind)[0] for kind in Format if kind in documents}
    posts = {kind: _told(found, kind) for kind, found in read.items() if found is not None}
    return list(agreement.disagreements(posts))


def _read(data: bytes, kind: Format) -> tuple[Document | None, list[Finding]]:
    """The document, and what is wrong with it as XML or JSON; None: it is no such document."""
    if kind is Format.JSON:
        return json_feed.read(data)
    root, findings = read_xml(data)
    if root is None or root.tag == _ROOTS[kind]:
        return root, findings
    name = etree.QName(root).localname
    fault = Fault("UndefinedElement", f"the document is {_ROOTS[kind]}, not {root.tag}")
    return None, [*findings, Finding.of(fault, name, line_of(root))]


def _findings(document: Document, kind: Format, url: str | None, *, bodies: bool) -> list[Finding]:
    if isinstance(document, dict):
        found = json_feed.faults(document, bodies=bodies, url=url)
        return [Finding.of(fault, place, None) for place, fault in found]
    if kind is Format.RSS:
        return rss.findings(document, Walk("", bodies), url)
    return atom.findings(document, Walk(atom.HOME, bodies), url)


def _told(document: Document, kind: Format) -> list[Told]:
    if isinstance(document, dict):
        return list(told.by_json(document))
    return list(told.by_rss(document) if kind is Format.RSS else told.by_atom(document))


def _with_lines(findings: list[Finding], data: bytes) -> list[Finding]:
    """The findings of a JSON document with their lines, which its parser doesn't tell."""
    if not findings:
        return findings
    lines = json_lines.lines(data.decode("utf-8-sig"))
    return [replace(found, line=found.line or lines.get(found.element)) for found in findings]
