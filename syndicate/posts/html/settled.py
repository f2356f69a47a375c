"""HTML in which there is nothing to mend, to resolve or to refuse: most of what Markdown gives.

Such HTML needs neither a tree nor the sanitiser, for both would give it back as it is. What may
stand in it is listed here to the letter; all else goes the long way.
"""

from __future__ import annotations

import re
import unicodedata

_LINES = ("p", "h1", "h2", "h3", "h4", "h5", "h6")
_FLOW = frozenset((*_LINES, "blockquote", "hr", "ol", "pre", "ul"))
_IN_LINE = frozenset(("a", "br", "code", "del", "em", "img", "strong"))
#: What may stand right inside of what; the first is the whole.
_INSIDE = {
    **dict.fromkeys(("", "blockquote"), _FLOW),
    **dict.fromkeys(("ol", "ul"), frozenset(("li",))),
    **dict.fromkeys((*_LINES, "a", "code", "del", "em", "strong"), _IN_LINE),
    "li": _FLOW | _IN_LINE,
    "pre": frozenset(("code",)),
}
_VOID = frozenset(("br", "hr", "img"))
#: Levels of elements. Deeper ones are a matter for the parsers.
_DEEPEST = 50

#: What a serialiser writes as it stands; not characters that XML refuses, and no hard spaces.
_TEXT = r"[^<>&\u00a0\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]++|&(?:amp|lt|gt|quot);"
_VALUE = r"[^\"&<>\u00a0\x00-\x1f\ud800-\udfff\ufffe\uffff]*+"
_TITLE = rf"(?: title=\"{_VALUE}\")?+"
#: Where every parser sees the same address: a plain host with a dot in it, and no odd path.
_URL = (
    r"https?://(?![a-z0-9.-]*xn--)(?:[a-z0-9][a-z0-9-]*\.)++[a-z]{2,10}+"
    r"(?=[/?#\"])(?:[A-Za-z0-9/?#._~!$()*+,;=:@%-]|&amp;){0,4000}+"
)
#: No text stands around blocks.
_AROUND = r"\s*+(?=<|\Z)"
#: A paragraph or a link that shows nothing would be taken out.
_SHOWS = r"(?!\s*+<(?:/|br))"
_HTML = re.compile(
    rf"{_AROUND}(?:{_TEXT}|<(?:em|strong|code|del|p|li|h[1-6])>{_SHOWS}|</(?:em|strong|code|del|a)>"
    rf"|<a href=\"{_URL}\"{_TITLE}>{_SHOWS}"
    rf"|<img src=\"{_URL}\"(?: alt=\"{_VALUE}\")?+{_TITLE}(?: /)?+>|<br(?: /)?+>"
    rf"|(?:</?(?:ul|ol|blockquote)>|</(?:p|li|h[1-6])>|<hr(?: /)?+>){_AROUND}"
    rf"|<pre><code(?: class=\"language-[a-z0-9]+\")?+>(?:{_TEXT})*+</code></pre>{_AROUND})*+"
)
_NAME = re.compile(r"<(/?[a-z]+[1-6]?)")


def settled(html: str) -> str | None:
    """The HTML as `sanitise` would write it for feeds, where nothing is to be done to it."""
    if not (_HTML.fullmatch(html) and unicodedata.is_normalized("NFC", html)):
        return None
    if not _is_nested(_NAME.findall(html)):
        return None
    # No attribute holds either of them.
    return html.replace("&quot;", '"').replace(" />", ">").strip()


def _is_nested(names: list[str]) -> bool:
    """Whether each element is closed where it should be, and stands where it may."""
    above = [""]
    for name in names:
        if name[0] == "/":
            if above.pop() != name[1:]:
                return False
        elif name not in _INSIDE[above[-1]] or (name == "a" and "a" in above):
            return False
        elif name not in _VOID:
            above.append(name)
            if len(above) > _DEEPEST:
                return False
    return len(above) == 1
