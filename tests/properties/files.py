"""Files that people and programs put into `_posts`: whatever Jekyll would take, and some more."""

from __future__ import annotations

import datetime as dt
from typing import Any

import yaml
from hypothesis import strategies as st

#: What feeds and their parsers have stumbled over.
_ODD = (
    *("央行：", "**央行：**下调", "é", "e\u0301", "\u202e", "\ufeff", "\u200b", "👩‍👩‍👧"),
    *("\x00", "\x0b", "\x1b", "\x85", "\u2028", "\ufffe", "\U0001fffe", "\xa0"),
    *("]]>", "<![CDATA[", "&amp;lt;", "&nbsp;", "&#0;", "&#x1F;", "&#xD800;", "&bogus;", "<!--"),
    *("'", '"', "\\", ": ", "# ", "- ", "{{ page.title }}", "%", "a<b>c", "--- ", "@", "`"),
)
text = st.lists(st.sampled_from(_ODD) | st.text(max_size=6), max_size=5).map("".join)
words = (
    st.sampled_from(["tech", "TechWeb", "Techweb", "央行 新闻", "a/b", "..", "a, b", "C++"]) | text
)

_FRAGMENTS = (
    *(
        "# Heading\n",
        "A *paragraph* of words.",
        "1. one\n2. two\n",
        "> said\n",
        "| a | b |\n|--|--|",
    ),
    *("~~~ python\nprint(1)\n~~~\n", "\n\n", "{: .lead}\n", "{:toc}\n", "[^1]\n\n[^1]: note\n"),
    *("{% raw %}{{ x }}{% endraw %}", "{{ site.title }}", "{% if x %}", "{% include none.html %}"),
    *(
        "{% highlight c %}int x;{% endhighlight %}",
        "{{",
        "%}",
        "{{ 'a' | upcase }}",
        "{% post_url x %}",
    ),
    *(
        "<p>open",
        "</div></p>",
        "<b><i>x</b></i>",
        "<table><tr><td>1",
        "<svg><path/></svg>",
        "<br/>",
    ),
    *(
        "<script>alert(1)</script>",
        '<p style="display:none">hidden</p>',
        "<a href='javascript:x'>x</a>",
    ),
    *(
        '<img src="/a b.png" width=1>',
        "![央行](//x.example/央.png)",
        "<img>",
        "<a>",
        "<http://x.example>",
    ),
    *(
        '<audio src="/one.mp3"></audio>',
        '<iframe src="https://v.example/1"></iframe>',
        "<!-- more -->",
    ),
    *('<a href="http://[::1">x</a>', "[x](http://a.example/?a=1&b=2#c)", "[x](mailto:a@b.example)"),
    *("<plaintext>", "<textarea>", "<template>", "<math><mi>x</mi></math>", "<p><p><ul><li>"),
)
body = st.lists(st.sampled_from(_FRAGMENTS) | text, max_size=8).map("\n".join)

_listed = words | st.lists(words, max_size=3)
_moments = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the zone is drawn beside it
_zones = st.sampled_from(["", " +0800", " -1130", "Z", " UTC", "+05:45", " PST", " Mars"])
_dates = st.builds("{:%Y-%m-%d %H:%M:%S}{}".format, _moments, _zones) | st.sampled_from(
    ["2024-02-30", "yesterday", "2024-05-06", "May 6, 2024 3pm", "0000-00-00", ""]
)
_matter: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "title": text | st.integers() | st.booleans() | st.none(),
        "date": _dates | _moments | st.dates(dt.date(1990, 1, 1), dt.date(2026, 1, 1)),
        "categories": _listed | st.none(),
        "category": words,
        "tags": _listed | st.dictionaries(words, words, max_size=1),
        "author": words
        | st.lists(words, max_size=2)
        | st.just({"name": "Lin", "email": "a@b.example"}),
        "lang": st.sampled_from(["zh_CN", "en", "xx-yy-zz", "العربية", ""]),
        "excerpt": text,
        "description": text,
        "excerpt_separator": st.sampled_from(["<!-- more -->", "\n"]),
        "image": st.sampled_from(["/a b.png", "//x.example/央.png", "javascript:x", ""])
        | st.just({"path": "/a.png", "alt": "]]>"}),
        "audio": st.sampled_from(["/one.mp3", "https://x.example/a.ogg?x=1&y"])
        | st.just({"url": "/two.mp3", "length": 1234, "duration": "1:02:03", "type": "audio/mpeg"}),
        "enclosure": text | st.just({"url": "/three.mp4", "length": -1}),
        "podcast": st.just({"season": 1, "episode": "2", "explicit": "yes", "image": "/a.jpg"})
        | text,
        "published": st.sampled_from([True, False, "false", "no"]),
        "layout": text,
    },
)


def _yaml(matter: dict[str, Any]) -> str:
    return yaml.safe_dump(matter, allow_unicode=True, sort_keys=False)


def _as_typed(matter: dict[str, Any]) -> str:
    """As a program writes it that knows no YAML."""
    return "".join(f"{key}: {value}\n" for key, value in matter.items())


_front_matter = st.builds(
    lambda write, matter: write(matter), st.sampled_from([_yaml, _as_typed]), _matter
)


def _content(matter: str, body: str, ends: str, before: str) -> bytes:
    whole = f"{before}---\n{matter}---\n{body}".replace("\n", ends)
    return whole.encode("utf-8", "surrogatepass")


contents = st.builds(
    _content,
    _front_matter,
    body,
    st.sampled_from(["\n", "\n", "\r\n"]),
    st.sampled_from(["", "", "\ufeff"]),
) | st.sampled_from(
    [b"", b"---\n---\n", b"---\n", b"---\ntitle: \xff\xfe\n---\n\x80\n", b"no front matter"]
)

_slugs = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12
) | st.sampled_from(["post", "Post", "央行", "a b", "a%20b", ".", "-", "c++", "a.b", "😀"])
_names = st.builds(
    "{}_posts/{}{:%Y-%m-%d}-{}.{}".format,
    st.sampled_from(["", "", "tech/", "央行/"]),
    st.sampled_from(["", "", "2024/"]),
    st.dates(dt.date(1990, 1, 1), dt.date(2026, 1, 1)),
    _slugs,
    st.sampled_from(["md", "md", "markdown", "html"]),
)

#: Two posts, one of them long.
LONGEST = {
    "_posts/2026-01-01-book.md": b"---\ntitle: A book\n---\n" + b"Words of *a* book.\n\n" * 4_000,
    "_posts/2026-01-02-nothing.md": b"---\n---\n",
}
#: Some files of a site, by their sources.
sites = st.dictionaries(_names, contents, min_size=1, max_size=5)
