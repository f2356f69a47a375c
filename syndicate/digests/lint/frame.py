"""The document around the posts: what programs that show it rely on (STANDARDS 106-111)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.digests.fit import HTML_LIMIT
from syndicate.digests.lint.model import Finding, error, warning
from syndicate.digests.lint.reading import shown, texts, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from syndicate.digests.lint.letter import Letter

#: How many times as long as the subject SpamAssassin lets a title be.
_TITLE_RATIO = 3.5
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: Characters that take no room: soft hyphen, joiners, marks of direction, blanks of no width.
_NO_WIDTH = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
#: Of these, what other writing than Latin needs between letters, and what isolates a title.
_PADDING = re.compile(rf"(?:{_NO_WIDTH.pattern}\s*){{3}}")


def find(letter: Letter) -> Iterator[Finding]:
    """All that is wrong with the document as a whole."""
    if letter.tree is None:
        return
    size = len(letter.content("text/html").replace("\r\n", "\n").replace("\n", "\r\n").encode())
    if size > HTML_LIMIT:
        remedy = f"at most {HTML_LIMIT:,}, or Gmail clips it"
        yield error("html-size", f"{size:,} bytes of HTML", "", remedy)
    yield from _root(letter.tree)
    yield from _title(letter.tree, letter.subject)
    yield from _headings(letter.tree)
    yield from _preheader(letter)


def _root(tree: etree._Element) -> Iterator[Finding]:
    if not tree.get("lang"):
        remedy = 'say it, as in <html lang="zh-CN">'
        yield error("language", "the document doesn't say its language", "<html>", remedy)
    if tree.get("dir") not in ("ltr", "rtl"):
        remedy = 'say dir="ltr" or dir="rtl"'
        yield error("direction", "the document doesn't say its direction", "<html>", remedy)
    known = {meta.get("name", "").lower() for meta in tree.iter("meta")}
    for name, remedy in (
        ("viewport", "phones show it small without"),
        ("color-scheme", "say light dark, or the dark is a guess"),
    ):
        if name not in known:
            yield warning(name, f"no <meta name={name}>", "<head>", remedy)


def _title(tree: etree._Element, subject: str) -> Iterator[Finding]:
    title = " ".join((tree.findtext(".//title") or "").split())
    if title != " ".join(subject.split()):
        yield warning("title", "the title isn't the subject", shown(title), "let it be the subject")
    if subject and len(title.encode()) > _TITLE_RATIO * len(subject.encode()):
        what = f"a title more than {_TITLE_RATIO} times as long as the subject"
        yield warning("HTML_TITLE_SUBJ_DIFF", what, shown(title), "let it be the subject")


def _headings(tree: etree._Element) -> Iterator[Finding]:
    before = 0
    for heading in tree.iter(*_HEADINGS):
        level, words = int(str(heading.tag)[1]), words_of(heading)
        if level > before + 1:
            what = f"<{heading.tag}> comes after {f'<h{before}>' if before else 'no heading'}"
            yield warning("headings", what, shown(words), f"let it be <h{before + 1}>")
        if level == before == 1:
            yield warning("headings", "a second <h1>", shown(words), "let it be <h2>")
        if not words:
            yield warning("headings", f"an empty <{heading.tag}>", "", "give it words, or none")
        before = level


def preheader(letter: Letter) -> str:
    """What inboxes show after the subject: the first words of the body, hidden or not."""
    first = next(texts(letter.tree), None) if letter.tree is not None else None
    return " ".join(first[1].split()) if first else ""


def _preheader(letter: Letter) -> Iterator[Finding]:
    tree, styles = letter.tree, letter.styles
    first = next(texts(tree), None) if tree is not None else None
    if first is None or not styles.is_hidden(first[0]):
        where = shown(first[1]) if first else ""
        remedy = "begin the body with a hidden line that says more than the subject"
        yield warning("preheader", "inboxes show how the page begins", where, remedy)
        return
    element, text = first
    if _PADDING.search("".join(map(str, element.itertext()))):
        remedy = "leave it short; filters know that trick"
        yield error("preheader-padding", "characters without width", shown(text), remedy)
