"""The text of a leaf, made ready for comrak: what kramdown reads in a line and CommonMark doesn't.

Each mark is looked at once; what is searched for in vain is not searched for again.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, ClassVar

from syndicate.posts.kramdown import typography

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Whatever may need a hand; all else is passed over at once. Each choice begins with a character
#: of its own, for such a pattern Python finds fast.
_MARK = re.compile(
    r"`|\\|<(?=[A-Za-z/!<])|\{:|\$\$|\[\^|\](?=[ \n]?[(\[])|\"|'|--|\.\.\.|>>| (?: \n|>>)|\n"
    # Stars between a letter and a punctuation mark.
    r"|\*(?:\**(?=[^\s\w*])|(?<=[^\w\s*]\*)\**(?=\w))"
)
_TICKS = re.compile("`+")
_NOTE = re.compile(r"\[\^(\w[\w-]{0,99})\]")
_STARS = re.compile(r"\*+")
_END_OF_LINE = re.compile(r"(?:  )?\n[ \t]*")
_SYMBOL = re.compile(r"---?|\.\.\.|<<[ ]|[ ]>>|<<|>>")
#: What a backslash makes text, in kramdown and in CommonMark.
_ESCAPABLE = frozenset("\\.*_+`<>()[]{}#!:|\"'$=-~")
#: What it makes text in CommonMark alone.
_NOT_ESCAPED = frozenset("%&,/;?@^")
_AUTOLINK = re.compile(r"<(?:mailto|https?|ftps?):[^<>\s]{1,2000}>|<[\w.-]{1,99}@[\w.-]{1,200}>")
#: A quoted value may be long, but not as long as the text: many unclosed ones would be slow.
_TAG = re.compile(r"</?([A-Za-z][\w:-]{0,60})(?:[^<>\"']|\"[^\"]{0,1500}\"|'[^']{0,1500}'){0,200}>")
#: Elements whose inside is no Markdown.
_RAW = frozenset(("code", "kbd", "samp", "var", "math", "script", "style", "textarea", "option"))
_SPAN_LIST = re.compile(r"\{:(?![:/])([^{}\n]{0,1000})\}")
_EXTENSION = re.compile(r"\{::(\w+)(?:\s([^{}\n]{0,1000}?))?(/)?\}")
_STOP = re.compile(r"\{:/(?:\w+)?\}")
#: A target with spaces, which CommonMark wants in `<>`.
_TARGET = re.compile(r"\(\s*([^()<>\"'\s]+(?:[ ]+[^()<>\"'\s]+)+)\s*\)")
#: Most links are such, and need nothing done.
_PLAIN_TARGET = re.compile(r"\([^\s()<>\\]{1,4000}\)")
#: Characters of a link's target that are looked at.
_LONGEST_TARGET = 4_000
_LABEL = re.compile(r"[ \n]?\[([^\[\]]{1,999})\]")
_BRACKET = re.compile(r"[()\\]")
#: To comrak it is punctuation and to readers nothing: it lets emphasis begin and end where
#: CommonMark sees a punctuation mark in the way.
NOTHING = "<!---->"
#: Stands before the measures of a picture, behind it.
SIZE = "<!--:"
_MEASURE = re.compile(r"\b(width|height)=[\"']?(\d{1,5})")
#: From here on, characters are such as comrak has rules of its own for.
_CJK = "\u2e80"
#: comrak takes a form feed for a space, and no post holds one.
SPACE = "\x0c"


def normal(label: str) -> str:
    """What the label of a link is compared by."""
    return " ".join(label.split()).lower()


def target(url: str, title: str) -> str:
    """Where a link leads, as CommonMark has it in brackets."""
    bare = re.sub(r"[\\<>]", r"\\\g<0>", url)
    quoted = re.sub(r"[\\\"]", r"\\\g<0>", title)
    return f'<{bare}> "{quoted}"' if title else f"<{bare}>"


class Spans:
    """Reads the leaves of one text, in the order of the text.

    `raw` keeps a piece of HTML and gives what stands for it until comrak is through; `note` gives
    the HTML of a footnote's mark, or nothing if there is no such note. `links` are the text's
    definitions, URL and title by `normal` label. `spaced` says whether spaces stand between words,
    and `breaks` whether every end of a line is one to readers.
    """

    def __init__(
        self,
        raw: Callable[[str], str],
        note: Callable[[str], str],
        links: Mapping[str, tuple[str, str]],
        *,
        spaced: bool,
        breaks: bool,
    ) -> None:
        self._raw = raw
        self._note = note
        self._links = links
        self._spaced = spaced
        self._breaks = breaks
        #: Ends that were searched for in the leaf and not found.
        self._missing: set[str] = set()
        #: Where the run of text begins that is being read: behind a code span, a link, a tag.
        self._start = 0

    def read(self, text: str) -> str:
        """One line of CommonMark that means what `text` means to kramdown."""
        match = _MARK.search(text)
        if not match:
            return text
        self._missing.clear()
        self._start = 0
        out: list[str] = []
        places: dict[int, int] = {}
        at = 0
        while match:
            begin = match.start()
            mark = text[begin]
            if mark in "\"'":
                places[begin] = len(out) + 1
            made, end = self._READERS[mark](self, text, begin)
            out += (text[at:begin], made)
            at = end
            match = _MARK.search(text, at)
        out.append(text[at:])
        if places and not self._spaced:
            marks = [(place, out[index]) for place, index in places.items()]
            for place, mark in typography.straightened(text, marks).items():
                out[places[place]] = mark
        return "".join(out)

    def _code(self, text: str, begin: int) -> tuple[str, int]:
        end = _end(_TICKS, text, begin)
        ticks = text[begin:end]
        alone = len(ticks) == 1 and not text[max(begin - 1, 0) : begin].strip()
        if not (alone and text[end : end + 1].isspace()):
            stop = self._find(ticks, text, end)
            if stop >= 0:
                inside = text[end:stop]
                if len(ticks) > 1:
                    inside = inside.removeprefix(" ").removesuffix(" ")
                self._start = stop + len(ticks)
                return self._raw(f"<code>{escape(inside)}</code>"), self._start
        return "\\`" * len(ticks), end

    def _escape(self, text: str, begin: int) -> tuple[str, int]:
        char, end = text[begin + 1 : begin + 2], begin + 2
        self._start = end
        if char == "\n":
            return f"<br />{SPACE}", end
        if char == "\\" and text[end : end + 1] == "\n":
            return "<br />", end
        if char in _ESCAPABLE:
            return f"\\{char}", end
        if char in _NOT_ESCAPED:
            return f"\\\\\\{char}", end
        return "\\\\", begin + 1

    def _html(self, text: str, begin: int) -> tuple[str, int]:
        if text[begin + 1] == "<":
            return self._symbol(text, begin)
        if text.startswith("<!--", begin):
            end = self._find("-->", text, begin + 4)
            return ("", end + 3) if end >= 0 else ("\\<", begin + 1)
        found = _AUTOLINK.match(text, begin)
        if found:
            self._start = found.end()
            return found[0], found.end()
        tag = _TAG.match(text, begin)
        if not tag:
            return "\\<", begin + 1
        self._start = end = tag.end()
        name = tag[1].lower()
        if name in _RAW and text[begin + 1] != "/":
            stop = self._find(f"</{name}", text, end)
            if stop >= 0:
                self._start = end = text.find(">", stop) + 1 or len(text)
                return self._raw(text[begin:end]), end
        return tag[0].replace("\n", SPACE), end

    def _list(self, text: str, begin: int) -> tuple[str, int]:
        found = _SPAN_LIST.match(text, begin)
        if found:
            # It belongs to what stands before it; `{:a => 1}` is a hash of Ruby's.
            if begin == self._start > 0 or text[max(begin - 1, 0) : begin] in tuple("*_)]>"):
                measures = (f' {name}="{value}"' for name, value in _MEASURE.findall(found[1]))
                size = "".join(measures)
                return (self._raw(f"{SIZE}{size}-->") if size else ""), found.end()
            return found[0][:2], begin + 2
        extension = _EXTENSION.match(text, begin)
        if extension and extension[3]:
            return "", extension.end()
        if extension and extension[1] in ("comment", "nomarkdown"):
            inner = extension.end()
            end = self._find("{:/", text, inner)
            stop = _STOP.match(text, end) if end >= 0 else None
            if stop:
                inside = text[inner:end]
                return (self._raw(inside) if extension[1] == "nomarkdown" else ""), stop.end()
        return "{:", begin + 2

    def _math(self, text: str, begin: int) -> tuple[str, int]:
        end = self._find("$$", text, begin + 2)
        if end < 0:
            return "$$", begin + 2
        self._start = end + 2
        return self._raw(rf"\({escape(text[begin + 2 : end].strip())}\)"), end + 2

    def _footnote(self, text: str, begin: int) -> tuple[str, int]:
        match = _NOTE.match(text, begin)
        html = self._note(match[1]) if match else ""
        if not match or not html:
            return "[^", begin + 2
        self._start = match.end()
        return self._raw(html), match.end()

    def _target(self, text: str, begin: int) -> tuple[str, int]:
        """Where a link leads is no text."""
        begin += 1
        label = _LABEL.match(text, begin)
        if label:
            link = self._links.get(normal(label[1]))
            if link:
                self._start = label.end()
                return f"]({target(*link)})", label.end()
            return "]", begin
        self._start = begin
        if text.startswith("[]", begin):
            return "][]", begin + 2
        return self._inline(text, begin) if text[begin] == "(" else ("]", begin)

    def _inline(self, text: str, begin: int) -> tuple[str, int]:
        plain = _PLAIN_TARGET.match(text, begin)
        if plain:
            self._start = plain.end()
            return f"]{plain[0]}", plain.end()
        # The next link begins behind it, if another does.
        stop = text.find("](", begin, begin + _LONGEST_TARGET)
        stop = stop if stop >= 0 else begin + _LONGEST_TARGET
        spaced = _TARGET.match(text, begin, stop)
        if spaced:
            self._start = spaced.end()
            return f"](<{spaced[1]}>)", spaced.end()
        depth = 0
        for bracket in _BRACKET.finditer(text, begin, stop):
            depth += {"(": 1, ")": -1}.get(bracket[0], 0)
            if not depth:
                self._start = end = bracket.end()
                return "]" + text[begin:end].replace("\n", SPACE), end
        return "]", begin

    def _symbol(self, text: str, begin: int) -> tuple[str, int]:
        self._start = end = _end(_SYMBOL, text, begin)
        return typography.SYMBOLS[text[begin:end]], end

    def _space(self, text: str, begin: int) -> tuple[str, int]:
        return (self._symbol if text[begin + 1] == ">" else self._line)(text, begin)

    def _stars(self, text: str, begin: int) -> tuple[str, int]:
        end = _end(_STARS, text, begin)
        stars, before, after = text[begin:end], text[max(begin - 1, 0) : begin], text[end : end + 1]
        if before.isalnum() and before < _CJK and not after.isalnum():
            return NOTHING + stars, end
        if after.isalnum() and after < _CJK and before.strip() and not before.isalnum():
            return stars + NOTHING, end
        return stars, end

    def _quote(self, text: str, begin: int) -> tuple[str, int]:
        return typography.quote(text, begin, self._start), begin + 1

    def _line(self, text: str, begin: int) -> tuple[str, int]:
        broken = self._breaks or text[begin] == " "
        return ("<br />" if broken else "") + SPACE, _end(_END_OF_LINE, text, begin)

    def _find(self, end: str, text: str, at: int) -> int:
        if end in self._missing:
            return -1
        found = text.find(end, at)
        if found < 0:
            self._missing.add(end)
        return found

    #: Who reads what begins with this character.
    _READERS: ClassVar[Mapping[str, Callable[[Spans, str, int], tuple[str, int]]]] = {
        "`": _code,
        "\\": _escape,
        "<": _html,
        "{": _list,
        "$": _math,
        "[": _footnote,
        "]": _target,
        '"': _quote,
        "'": _quote,
        "-": _symbol,
        ".": _symbol,
        ">": _symbol,
        " ": _space,
        "*": _stars,
        "\n": _line,
    }


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
