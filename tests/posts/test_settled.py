from __future__ import annotations

import time
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.posts.html import links, tree
from syndicate.posts.html.sanitise import Sink, sanitise
from syndicate.posts.html.settled import settled
from syndicate.posts.html.tidy import tidy
from syndicate.posts.text import plain_text, sanitised_text

URLS = st.sampled_from(
    (
        *("https://a.example/b?c=1&amp;d=%20#e", "http://a.bc", "http://a-.bc/", "http://a.bc?"),
        *("https://r3---x.a.bc/", "http://-a.bc/", "https://a.bc/..//x", "https://a.bc/%zz"),
        *(
            "http://1.2.co/~x(1)",
            "http://xn--a.bc/",
            "http://1.2.3.999/",
            "http://a/",
            "HTTP://a.bc",
        ),
        *(
            "javascript:a",
            "/a",
            "//a.bc/",
            "",
            "http://a.bc:99999/",
            "http://[a",
            "http://a.bc/a b",
        ),
    )
)
#: Characters of all kinds, and marked ones as renderers and authors mark them.
TEXT = st.lists(
    st.characters(codec="utf-8").map(escape)
    | st.sampled_from(
        ("a", " ", "\n", "&lt;", "&amp;lt;", "&nbsp;", "&#39;", "&", " />", ">", '"')
    ),
    max_size=4,
).map("".join)
PICTURE = st.tuples(
    st.sampled_from(("<img", '<img alt="a b"', "<img width=1")),
    URLS,
    st.sampled_from(("", ' title="t"')),
).map(lambda parts: f'{parts[0]} src="{parts[1]}"{parts[2]} />')


def element(names: tuple[str, ...], inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(names), inside).map(
        lambda e: f"<{e[0]}>{e[1]}</{e[0].split()[0]}>"
    )


def several(one: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(one, max_size=3).map("".join)


def link(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(URLS, inside).map(lambda a: f'<a href="{a[0]}">{a[1]}</a>')


LINE = several(
    st.recursive(
        TEXT | PICTURE | st.sampled_from(("<br />", "<br>")),
        lambda inner: (
            element(("em", "strong", "code", "del"), several(inner)) | link(several(inner))
        ),
        max_leaves=6,
    )
)
BLOCKS = several(
    st.recursive(
        element(("p", "p", "h1", "h4", "pre"), LINE) | st.sampled_from(("<hr />", "\n", "x")),
        lambda inner: (
            element(("blockquote",), several(inner))
            | element(("ul", "ol"), several(element(("li",), LINE | several(inner))))
        ),
        max_leaves=6,
    )
)
#: Tags put anywhere: what is open stays open.
BROKEN = st.tuples(
    BLOCKS, st.integers(0, 60), st.sampled_from(("<p>", "</p>", "<li>", "</em>", "<a>", "<"))
).map(lambda b: b[0][: b[1]] + b[2] + b[0][b[1] :])


def the_long_way(html: str) -> str:
    content = tree.parse(html)
    links.absolutise(content, "https://news.example/a/")
    tidy(content)
    return sanitise(tree.serialise(content), Sink.FEED)


@pytest.mark.slow
@given(BLOCKS | BROKEN)
@settings(max_examples=400, deadline=None)
def test_settled_html_is_what_the_tree_and_the_sanitiser_make_of_it(html: str) -> None:
    short = settled(html)
    if short is not None:
        assert short == the_long_way(html)


@pytest.mark.slow
@given(BLOCKS | BROKEN)
@settings(max_examples=200, deadline=None)
def test_the_text_of_sanitised_html_needs_no_tree(html: str) -> None:
    clean = the_long_way(html)
    assert sanitised_text(clean).split() == plain_text(clean).split()


def test_what_markdown_makes_of_news_is_settled() -> None:
    html = (
        '<h2>央行</h2>\n<p>A <strong>b</strong> <a href="https://a.example/b?c&amp;d">c</a> &lt;\n'
        "d<br />\ne &quot;f&quot;</p>\n<ul>\n<li>g\n<ul>\n<li>h</li>\n</ul>\n</li>\n</ul>\n<hr />\n"
        '<blockquote>\n<p><img src="https://a.example/a.png" alt="i" /></p>\n</blockquote>\n'
        '<pre><code class="language-ruby">j &lt; k\n</code></pre>\n'
    )
    assert settled(html) == the_long_way(html)
    assert settled("") == ""


@pytest.mark.parametrize(
    "html",
    [
        *(
            "<script>a</script>",
            "<p onclick=a>a</p>",
            '<p style="x">a</p>',
            "<b>a</b>",
            "<p>a",
            "a",
        ),
        *(
            '<p><a href="javascript:a">b</a></p>',
            '<p><a href="/a">b</a></p>',
            "<p></p>",
            "<p>&nbsp;</p>",
        ),
        *(
            '<p><a href="https://a.bc">b<em><a href="https://a.bc">c</a></em></a></p>',
            "<p><p>a</p></p>",
        ),
        *("<p><em> </em></p>", "<p><br /></p>", "<ul><p>a</p></ul>", "<p>a</p>b", "<p>a</p></p>"),
        *("<!-- a --><p>b</p>", "<p>a\x08</p>", "<p>e\u0301</p>", "<li>a</li>", "<p>&copy;</p>"),
        *('<p><img src="https://a.bc/x.png" width="1" height="1"></p>', "<blockquote>" * 60),
        '<p><img src="https://a.bc/x.png" onerror="a"></p>',
    ],
)
def test_anything_else_goes_the_long_way(html: str) -> None:
    assert settled(html) is None


@pytest.mark.parametrize(
    "html",
    [
        *("<p>" * 30_000, "<p> " * 30_000, '<a href="https://' * 6_000, "<em>" * 25_000),
        *(
            "&amp;" * 20_000,
            '<p><a href="https://' + "a." * 50_000,
            "<p>" + " " * 99_000,
            "&" * 99_999,
        ),
    ],
)
def test_no_html_takes_long_to_tell(html: str) -> None:
    start = time.process_time()
    settled(html)
    sanitised_text(html)
    assert time.process_time() - start < 0.1
