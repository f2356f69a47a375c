"""The shortcodes that Hugo brings along, as HTML that a feed can show: players become links."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from syndicate.posts.text import plain_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.posts.hugo.tags import Tag

    #: Markdown to HTML.
    Render = Callable[[str], str]
    Embed = Callable[[Tag, str, Render], str]


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in values.items() if value)


def _inline(html: str) -> str:
    """A paragraph that is all there is, without its tags."""
    html = html.strip()
    one = html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1
    return html[3:-4] if one else html


def _figure(tag: Tag, _inner: str, render: Render) -> str:
    caption = _inline(render(tag.get("caption")))
    alt = tag.get("alt") or plain_text(caption)
    sides = {side: tag.get(side) for side in ("width", "height")}
    image = f"<img{_attributes(src=tag.get('src', 0), alt=alt, **sides)}>"
    if tag.get("link"):
        image = f"<a{_attributes(href=tag.get('link'))}>{image}</a>"
    title = f"<h4>{escape(tag.get('title'))}</h4>" if tag.get("title") else ""
    credit = _inline(render(tag.get("attr")))
    if tag.get("attrlink"):
        credit = f"<a{_attributes(href=tag.get('attrlink'))}>{credit}</a>"
    below = " ".join(filter(None, (caption, credit)))
    below = title + (f"<p>{below}</p>" if below else "")
    return f"<figure>{image}{f'<figcaption>{below}</figcaption>' if below else ''}</figure>"


def _highlight(tag: Tag, inner: str, _render: Render) -> str:
    language = tag.get("lang", 0)
    named = _attributes(**{"class": f"language-{language}"}) if language else ""
    code = escape(inner.strip("\n"), quote=False)
    return f"<pre><code{named}>{code}</code></pre>"


def _details(tag: Tag, inner: str, render: Render) -> str:
    title = _inline(render(tag.get("summary", 0))) or "Details"
    return f"<details><summary>{title}</summary>{render(inner)}</details>"


def _qr(tag: Tag, inner: str, _render: Render) -> str:
    """What the picture would say: a feed's reader can't scan it."""
    text = (tag.get("text") or inner).strip()
    if text.startswith(("http://", "https://")):
        return f"<a{_attributes(href=text)}>{escape(text)}</a>"
    return escape(text)


def _link(address: str, where: str) -> Embed:
    """A link to what is shown there; `{id}` is its first argument."""

    def embed(tag: Tag, _inner: str, _render: Render) -> str:
        url = address.format(id=quote(tag.get("id", 0), "")) if tag.get("id", 0) else ""
        return f"<a{_attributes(href=url)}>{escape(tag.get('title') or where)}</a>" if url else ""

    return embed


def _gist(tag: Tag, _inner: str, _render: Render) -> str:
    user, gist, file = (tag.get(name, at) for at, name in enumerate(("user", "id", "file")))
    url = f"https://gist.github.com/{quote(user, '')}/{quote(gist, '')}"
    title = " ".join(filter(None, (f"Gist {user}/{gist}", file)))
    return f"<a{_attributes(href=url)}>{escape(title)}</a>"


def _post_on_x(tag: Tag, _inner: str, _render: Render) -> str:
    """`user=… id=…`, or the number alone, as it was until 2022."""
    number = tag.get("id", 0)
    user = tag.get("user") or "i"
    url = f"https://x.com/{quote(user, '')}/status/{quote(number, '')}"
    title = f"@{user} on X" if tag.get("user") else "A post on X"
    return f"<a{_attributes(href=url)}>{escape(title)}</a>" if number else ""


_ON_X = ("x", "x_simple", "tweet", "twitter", "twitter_simple")
EMBEDS: dict[str, Embed] = {
    "figure": _figure,
    "highlight": _highlight,
    "details": _details,
    "qr": _qr,
    "gist": _gist,
    "youtube": _link("https://www.youtube.com/watch?v={id}", "YouTube"),
    "youtube_simple": _link("https://www.youtube.com/watch?v={id}", "YouTube"),
    "vimeo": _link("https://vimeo.com/{id}", "Vimeo"),
    "vimeo_simple": _link("https://vimeo.com/{id}", "Vimeo"),
    "instagram": _link("https://www.instagram.com/p/{id}/", "Instagram"),
    "instagram_simple": _link("https://www.instagram.com/p/{id}/", "Instagram"),
    **dict.fromkeys(_ON_X, _post_on_x),
    "comment": lambda *_: "",
}
#: They have something between two tags, and no end by themselves.
PAIRED = frozenset(("highlight", "details", "qr", "comment"))
