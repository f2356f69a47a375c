"""A page's text without its shortcodes, which come back when Markdown is done."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.hugo.embeds import EMBEDS
from syndicate.posts.hugo.tags import Broken, Tag, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syndicate.posts.faults import Faults
    from syndicate.posts.hugo.embeds import Render

    #: What a shortcode of the site's own says as plain text, such as an address; None: unknown.
    Answer = Callable[[Tag], str | None]

#: Shortcodes within shortcodes. Each level is rendered anew.
_DEEPEST = 20
#: What stands for a shortcode while Markdown is rendered: a word that nothing changes.
_WORD = "Shortcode"
#: Hex digits that tell it from all words of the text.
_HASH_LENGTH = 16
#: How those begin that stand between paragraphs.
_BLOCKS = ("<figure", "<pre", "<details")
#: The end of the name of a template in the text itself, which nothing here runs.
_INLINE = ".inline"


@dataclass(slots=True)
class _Open:
    """A shortcode whose end is still to come, and the text since."""

    tag: Tag
    text: list[str]


class Shortcodes:
    """The shortcodes of one page.

    `answer` knows those that speak of the site; `render` is Markdown to HTML.
    """

    def __init__(self, answer: Answer, render: Render, faults: Faults, line: int) -> None:
        """`line` is the first of the page's body in its file."""
        self._answer = answer
        self._render = render
        self._faults = faults
        self._offset = line - 1
        self._made: list[str] = []
        self._word = _WORD
        self._told: set[str] = set()

    def take(self, text: str) -> str:
        """The text with a word in the place of every shortcode.

        Of those that nobody knows, what is inside stays, and a warning is given.

        Raises:
            PostError: they stand within each other deeper than anybody means.
        """
        if "{{<" not in text and "{{%" not in text:
            return text
        # No text holds its own hash.
        self._word = _WORD + hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
        found = list(parts(text))
        ends = _ends(found)
        closing = set(ends.values())
        out = _Open(Tag(""), [])
        waiting = [out]
        for at, part in enumerate(found):
            if isinstance(part, str):
                waiting[-1].text.append(part)
            elif isinstance(part, Broken):
                self._warn("a shortcode doesn't end; its line was left out", part.line)
            elif at in ends:
                if len(waiting) > _DEEPEST:
                    reason = f"shortcodes within shortcodes, deeper than {_DEEPEST}"
                    raise PostError(reason, part.line + self._offset)
                waiting.append(_Open(part, []))
            elif not part.closes:
                waiting[-1].text.append(self._shown(part, ""))
            elif at in closing:
                closed = waiting.pop()
                waiting[-1].text.append(self._shown(closed.tag, "".join(closed.text)))
        return "".join(out.text)

    def put_back(self, html: str) -> str:
        """The HTML with every shortcode as readers see it."""
        if not self._made:
            return html
        word = rf"{self._word}n(\d+)Z"
        return re.sub(rf"<p>{word}</p>|{word}", self._made_for, html)

    def _made_for(self, word: re.Match[str]) -> str:
        """A block is no paragraph, and neither is nothing."""
        html = self._made[int(word[1] or word[2])]
        in_line = word[1] and html and not html.startswith(_BLOCKS)
        return f"<p>{html}</p>" if in_line else html

    def _shown(self, tag: Tag, inner: str) -> str:
        """A word for what is shown in the shortcode's place, or the text itself."""
        embed = EMBEDS.get(tag.name)
        if embed:
            if tag.name == "highlight":
                inner = self.put_back(inner)
            return self._word_for(embed(tag, inner, self._rendered))
        answer = self._answer(tag)
        if answer is not None:
            return self._word_for(answer)
        stays = "" if tag.name.endswith(_INLINE) else inner
        if tag.name not in self._told:
            self._told.add(tag.name)
            left = "what is inside stayed" if stays.strip() else "it was left out"
            self._warn(f"nobody knows the shortcode {tag.name[:60]!r} here; {left}", tag.line)
        return stays

    def _rendered(self, text: str) -> str:
        return self.put_back(self._render(text)) if text else ""

    def _word_for(self, html: str) -> str:
        self._made.append(html)
        return f"{self._word}n{len(self._made) - 1}Z"

    def _warn(self, reason: str, line: int) -> None:
        self._faults.warn(reason, line + self._offset)


def _ends(found: Sequence[str | Tag | Broken]) -> dict[int, int]:
    """Where each shortcode is closed, by where it begins; of the others there is none."""
    ends: dict[int, int] = {}
    begun: list[tuple[str, int]] = []
    names: dict[str, int] = {}
    for at, tag in _tags(found):
        if not tag.closes and not tag.alone:
            begun.append((tag.name, at))
            names[tag.name] = names.get(tag.name, 0) + 1
        elif tag.closes and names.get(tag.name):
            # Those that began since have no end.
            name = ""
            while name != tag.name:
                name, start = begun.pop()
                names[name] -= 1
            ends[start] = at
    return ends


def _tags(found: Sequence[str | Tag | Broken]) -> Iterator[tuple[int, Tag]]:
    return ((at, part) for at, part in enumerate(found) if isinstance(part, Tag))
