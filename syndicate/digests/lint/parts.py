"""The two bodies: coded as mail wants it, and saying the same (STANDARDS 113)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from syndicate.digests.lint.model import Finding, error
from syndicate.digests.lint.reading import rendered, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from syndicate.digests.lint.letter import Letter, Part

#: Characters of a line, its end left out.
_QUOTED_LINE, _BASE64_LINE = 78, 77
#: Of a hundred words of the HTML, how many the text may lack, as SpamAssassin counts them.
_LACKING = 99
#: How many times as many words the text may have.
_MORE = 3
_NAMED_CHARACTERS = ("", "us-ascii", "ascii")
#: What SpamAssassin takes for a word: what has such a character, between white space.
_WORD = re.compile(r"\w")
#: Latin words that are cut by characters without width.
_CUT = re.compile(
    r"[a-z0-9\s][\u200b-\u200d\ufeff]+(?!\s)[a-z0-9\s]{1,8}[\u200b-\u200d\ufeff]+[a-z0-9\s]",
    re.IGNORECASE,
)


def find(letter: Letter) -> Iterator[Finding]:
    """All that is wrong with the bodies and how they are sent."""
    kinds = {part.kind for part in letter.parts}
    if "text/html" in kinds and "text/plain" not in kinds:
        remedy = "add the same as plain text"
        yield error("MIME_HTML_ONLY", "HTML without a text part", "", remedy)
    for part in letter.parts:
        yield from _coding(part)
    if letter.tree is not None and "text/plain" in kinds:
        yield from _same_words(letter.tree, letter.content("text/plain"))
    for kind in sorted(kinds):
        cuts = _CUT.findall(letter.content(kind))
        if len(cuts) > 1:
            what = "words cut by characters without width"
            yield error("UNICODE_OBFU_ZW", what, shown(cuts[0]), "write words in one piece")


def _coding(part: Part) -> Iterator[Finding]:
    longest = max(map(len, part.lines), default=0)
    if part.coding == "quoted-printable" and longest > _QUOTED_LINE:
        remedy = "76 at most (RFC 2045 §6.7)"
        yield error("MIME_QP_LONG_LINE", f"a line of {longest}", part.kind, remedy)
    if part.coding == "base64":
        if longest > _BASE64_LINE:
            remedy = "76 at most (RFC 2045 §6.8)"
            yield error("BASE64_LENGTH_79_INF", f"a line of {longest}", part.kind, remedy)
        if part.kind.startswith("text/") and part.charset in _NAMED_CHARACTERS:
            what = "ASCII in base64"
            yield error(
                "MIME_BASE64_TEXT", what, part.kind, "say charset=utf-8, or send it as 7bit"
            )


def _same_words(tree: etree._Element, text: str) -> Iterator[Finding]:
    """As SpamAssassin's BodyEval counts, occurrences and all."""
    seen = Counter(_words(rendered(tree)))
    said = Counter(_words(text))
    # Without words, a picture is one that no text can say.
    lacking = [word for word, times in seen.items() if said[word] < times]
    count = len(seen) or int(next(tree.iter("img"), None) is not None)
    if not count:
        return
    share = 100 * (len(lacking) if seen else count) / count
    if share > _LACKING:
        what = f"the text part lacks {share:.0f} of a hundred words of the HTML"
        where = shown(" ".join(lacking))
        yield error("MPART_ALT_DIFF", what, where, "let both say the same")
    if len(seen) > 1 and len(said) / len(seen) > _MORE:
        what = f"the text part has {len(said)} words, the HTML {len(seen)}"
        yield error("MPART_ALT_DIFF_COUNT", what, "", "let both say the same")


def _words(text: str) -> Iterator[str]:
    return (word for word in text.split() if _WORD.search(word))
