from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import PostError
from syndicate.posts import tree
from syndicate.posts.links import absolute, absolutise
from syndicate.posts.sanitise import Sink, sanitise
from syndicate.posts.tidy import tidy

PAGE = "https://news.example/a/b.html"
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java&#10;script:alert(1)">x</a>',
    '<a href=" &#1;javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<p style="position:fixed;width:100%">x</p>',
    "<style>@import url(//evil.example)</style>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img onerror=a&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<form action="//evil.example"><input name=a><button formaction=x>b</button></form>',
    '<base href="//evil.example"><meta http-equiv=refresh content="0;url=//evil.example">',
    '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
    "<template><script>alert(1)</script></template>",
    '<link rel=stylesheet href="//evil.example">',
    '<img srcset="javascript:alert(1) 2x">',
    "<xmp><script>alert(1)</script></xmp>",
]
FORBIDDEN = {
    *("script", "style", "iframe", "svg", "math", "object", "embed", "form", "input", "base"),
    *("meta", "link", "template", "noscript", "button", "mglyph"),
}


def dangers(html: str) -> list[str]:
    found = []
    for element in tree.parse(html).iter():
        found += [str(element.tag)] if element.tag in FORBIDDEN else []
        for name, value in ((str(name), str(value)) for name, value in element.items()):
            is_link = name in ("href", "src")
            if name.startswith("on") or name in ("action", "data", "srcdoc", "poster"):
                found.append(name)
            if is_link and not re.match(r"https?://|mailto:|tel:", value, re.IGNORECASE):
                found.append(value)
            if name == "style" and not re.fullmatch(r"(?:text-align:\s?\w+)?", value):
                found.append(value)
    return found


def mended(html: str, sink: Sink = Sink.FEED) -> str:
    body = tree.parse(html)
    absolutise(body, PAGE)
    tidy(body)
    return sanitise(tree.serialise(body), sink)


@pytest.mark.parametrize("sink", Sink)
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_reaches_any_reader(attack: str, sink: Sink) -> None:
    for html in (sanitise(attack, sink), mended(attack, sink), mended(mended(attack), sink)):
        assert dangers(html) == [], html


@given(st.text(st.sampled_from("<>/\"'= abimgsrchefonjv:#;&-!\n\0"), max_size=60))
def test_nothing_made_of_marks_is_dangerous(text: str) -> None:
    assert dangers(mended(text)) == []
    assert dangers(sanitise(text, Sink.PAGE)) == []


@given(st.text(max_size=80))
def test_sanitising_twice_changes_nothing_more(text: str) -> None:
    once = sanitise(text, Sink.EMAIL)
    assert sanitise(once, Sink.EMAIL) == once


def test_characters_that_xml_refuses_are_gone() -> None:
    assert sanitise("a&#1;b\x0bc&#xFFFE;", Sink.FEED) == "abc"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p style="display:none">a</p>b', "b"),
        ('<p style="color:red; VISIBILITY : hidden">a</p>b', "b"),
        ("<p hidden>a</p>b<!-- c -->d", "bd"),
        ('<img src="/a.gif" width="1" height="1">b', "b"),
        ('<img src="/a.gif" style="height:1px;width:0">b', "b"),
        ("<p> <br>&nbsp;</p><p>a</p>", "<p>a</p>"),
        ('<img alt="a boat">', "a boat"),
        ('<img src="data:image/png;base64,AA" alt="x">', "x"),
        ("a</body></html>b", "ab"),
        ('<td align="right">a</td>', "a"),
        ("<center><font size=7>a</font></center>", "a"),
        ('<p style="color:red">a</p>', "<p>a</p>"),
    ],
)
def test_what_readers_should_not_get_is_gone(html: str, expected: str) -> None:
    assert mended(html) == expected


def test_alignment_survives_as_style() -> None:
    assert '<td style="text-align:right">1</td>' in mended('<table><tr><td align="right">1</table>')


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<iframe src="//v.example/1" title="Harbour"></iframe>',
            '<p><a href="https://v.example/1">Harbour</a></p>',
        ),
        (
            '<p>a <video><source src="v.mp4"></video></p>',
            '<p>a <a href="https://news.example/a/v.mp4">news.example</a></p>',
        ),
        (
            '<object data="/a.pdf"></object>',
            '<p><a href="https://news.example/a.pdf">news.example</a></p>',
        ),
        (
            '<p><video src="/v" poster="//i.example/p" title="V"></video></p>',
            '<p><a href="https://news.example/v"><img src="https://i.example/p" alt="V"></a></p>',
        ),
        ("<audio></audio>a", "a"),
    ],
)
def test_players_become_links(html: str, expected: str) -> None:
    assert mended(html) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("//h.example/x", "https://h.example/x"),
        ("/x?a=1&b=2#c", "https://news.example/x?a=1&b=2#c"),
        ("c.html", "https://news.example/a/c.html"),
        ("#c", "https://news.example/a/b.html#c"),
        ("http://h.example/x y", "http://h.example/x%20y"),
        ("/港", "https://news.example/%E6%B8%AF"),
        ("/a%20b", "https://news.example/a%20b"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("tel:+4912", "tel:+4912"),
        ("\\\\h.example\\x", "https://h.example/x"),
        *(
            (bad, "")
            for bad in (
                "javascript:x",
                "java\nscript:x",
                "ftp://h/x",
                "data:x",
                "http://[",
                "http://",
                "",
                "x" * 9000,
            )
        ),
    ],
)
def test_urls_are_absolute_or_none(url: str, expected: str) -> None:
    assert absolute(url, PAGE) == expected


@given(st.text(max_size=60))
def test_no_url_whatever_is_left_relative(url: str) -> None:
    made = absolute(url, PAGE)
    assert not made or re.match(r"https?://[^/]|mailto:|tel:", made, re.IGNORECASE)
    assert not re.search(r"\s", made)


def test_candidates_of_a_srcset_are_absolute() -> None:
    html = '<img src="/a.png" srcset="/a,b.png 1x, c.png 2.5x,d.png 300w, javascript:x 9x">'
    assert (
        'srcset="https://news.example/a,b.png 1x, https://news.example/a/c.png 2.5x, '
        'https://news.example/a/d.png 300w"' in mended(html)
    )


def test_each_sink_has_its_own_list() -> None:
    html = '<details><summary>a</summary><code class="language-x">b</code></details>'
    assert mended(html, Sink.FEED) == mended(html, Sink.PAGE) == html
    assert mended(html, Sink.EMAIL) == "a<code>b</code>"


def test_a_picture_keeps_its_measures_and_words() -> None:
    html = '<img src="https://a.example/b" alt="c" width="5" height="6">'
    assert mended(html, Sink.EMAIL) == html


def test_nesting_has_an_end() -> None:
    with pytest.raises(PostError, match="nested too deep"):
        tree.parse("<div>" * 5000)
