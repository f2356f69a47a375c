"""Pictures: what stands in for them, their room, and how much of the mail they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.digests.lint.model import Finding, error, warning
from syndicate.digests.lint.reading import rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from syndicate.digests.lint.letter import Letter

#: Characters of HTML. SpamAssassin counts what has pictures and is shorter, by steps.
_LITTLE, _STEP = 3200, 400
#: Letters for each pixel of a picture. Below, pictures are most of the mail; by steps.
_DENSE, _DENSE_STEP = 0.008, 0.002
#: Pixels of a side that is said to be none (SpamAssassin's guess).
_GUESS = 200
#: Characters of an address that are shown.
_SHOWN = 120


def find(letter: Letter) -> Iterator[Finding]:
    """All that is wrong with the pictures of the HTML."""
    pictures = list(letter.tree.iter("img")) if letter.tree is not None else []
    for picture in pictures:
        yield from _of(picture)
    if pictures and letter.tree is not None:
        yield from _little_html(len(letter.content("text/html")))
        yield from _few_words(letter.tree, pictures)
    to = letter.raw("to") or ""
    if len(pictures) == 1 and to and not to.endswith(">") and ">," not in to:
        what = "one picture, and an address without brackets"
        yield warning("TO_NO_BRKTS_HTML_IMG", what, f"To: {to}", "write <address>")


def _of(picture: etree._Element) -> Iterator[Finding]:
    source = picture.get("src", "").strip()
    where = source[:_SHOWN]
    if picture.get("alt") is None:
        remedy = 'say what it shows; alt="" if it only adorns'
        yield error("image-alt", "a picture without alt", where, remedy)
    missing = [name for name in ("width", "height") if not picture.get(name)]
    if missing:
        what = f"a picture without {' and '.join(missing)}"
        yield warning("image-size", what, where, "say them, so that text doesn't jump")
    if source.lower().startswith("data:"):
        remedy = "give it an address: Gmail and Outlook don't show it"
        yield error("image-data", "a picture within the mail's HTML", where, remedy)
    elif not source.lower().startswith(("https://", "http://")):
        what = "a picture without an absolute address"
        yield error("image-relative", what, where, "begin it with https://")


def _little_html(characters: int) -> Iterator[Finding]:
    if 0 < characters <= _LITTLE:
        # Their names have the upper end in hundreds; there is none between 3,200 and more.
        step = -(-characters // _STEP) * _STEP // 100
        what = f"pictures in {characters} characters of HTML"
        yield warning(f"HTML_IMAGE_ONLY_{step:02}", what, "", "write more, or show fewer pictures")


def _few_words(tree: etree._Element, pictures: list[etree._Element]) -> Iterator[Finding]:
    area = sum(map(_area, pictures))
    # SpamAssassin counts the title with them.
    said = rendered(tree) + (tree.findtext(".//title") or "")
    letters = len("".join(said.split()))
    if not area or not 0 < letters / area <= _DENSE:
        return
    step = -int(-letters / area // _DENSE_STEP) * 2
    what = f"{letters} letters beside {area} square pixels of pictures"
    yield warning(f"HTML_IMAGE_RATIO_{step:02}", what, "", "write more, or show smaller pictures")


def _area(picture: etree._Element) -> int:
    """Square pixels of a picture that says both of its sides."""
    sides = (picture.get("width"), picture.get("height"))
    if None in sides:
        return 0
    width, height = (int(side) if side and side.isdecimal() else 0 for side in sides)
    return (width or _GUESS) * (height or _GUESS)
