from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import PostError
from syndicate.posts.html import tree
from syndicate.posts.html.links import absolute, absolutise
from syndicate.posts.html.sanitise import Sink, sanitise
from syndicate.posts.html.tidy import tidy

PAGE = "https://news.example/a/b.html"
#: One of each class of attack, and of the ways around a naive filter.
ATTACKS = [
    # Scripts and handlers.
    "<script>alert(1)</script>",
    "<ScRiPt >alert(1)</sCrIpT >",
    "<script/src=//evil.example/x.js></script>",
    "<<script>alert(1)//<</script>",
    "<script>alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img src=x OnErRoR = 'alert(1)'>",
    "<img/src=x/onerror=alert(1)//>",
    "<img src=`x`onerror=alert(1)>",
    '<img src="x" title="a" onload\x0c=alert(1)>',
    '<img """><script>alert(1)</script>">',
    "<p onmouseover=alert(1) onclick=alert(1)>x</p>",
    "<details open ontoggle=alert(1)>x</details>",
    "<body onload=alert(1)>",
    "<a href=https://a.example autofocus onfocus=alert(1)>x</a>",
    "<video><source onerror=alert(1)></video>",
    # Addresses that run.
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href="java&#10;script:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href=" &#1;javascript:alert(1)">x</a>',
    '<a href="&#x6A;&#97;vascript&colon;alert(1)">x</a>',
    '<a href="&#0000106avascript:alert(1)">x</a>',
    '<a href="\u00a0javascript:alert(1)">x</a>',
    '<a href="\u200bjavascript:alert(1)">x</a>',
    '<a href="javascript&NewLine;:alert(1)">x</a>',
    '<a href="feed:javascript:alert(1)">x</a>',
    '<a href="view-source:javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<a href="vbscript:x">x</a>',
    '<a href="blob:https://a.example/x">x</a>',
    '<a href="file:///etc/passwd">x</a>',
    '<a xlink:href="javascript:alert(1)" href="jav\x00ascript:alert(1)">x</a>',
    '<img src="javascript:alert(1)" lowsrc="javascript:a" dynsrc="javascript:a" longdesc="x:y">',
    '<img srcset="javascript:alert(1) 2x">',
    '<img srcset="data:image/svg+xml,<svg/onload=alert(1)> 1x, //a.example/b 2x">',
    '<blockquote cite="javascript:alert(1)">x</blockquote>',
    '<q cite="javascript:alert(1)">x</q><ins cite="javascript:a">x</ins>',
    '<table background="javascript:alert(1)"><td background="javascript:a">x</table>',
    '<video poster="javascript:alert(1)" src="javascript:a"></video>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;" src="//a.example"></iframe>',
    '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
    '<object data="data:text/html,x"><param name="src" value="javascript:a"></object>',
    '<applet code="x" archive="javascript:a"></applet>',
    '<area href="javascript:alert(1)"><map name=x><area href="javascript:a"></map>',
    '<a href="https://a.example" ping="//evil.example" target="_top" download>x</a>',
    # Styles.
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<p style="background-image:url(//evil.example/x)">x</p>',
    '<p style="position:fixed;width:100%;z-index:9">x</p>',
    '<p style="width:expression(alert(1))">x</p>',
    '<p style="wid/**/th:exp/**/ression(alert(1))">x</p>',
    '<p style="text-align:expression(alert(1))">x</p>',
    '<p style="text-align:center;behavior:url(x.htc);-moz-binding:url(x)">x</p>',
    '<p style="\\62 ackground:url(x)">x</p>',
    "<style>@import url(//evil.example)</style>",
    "<style><!--</style><script>alert(1)</script>-->",
    "<div style=display:none>x</div><div style='font-size:0'>y</div>",
    # What changes the page around it.
    '<form action="//evil.example"><input name=a><button formaction=x>b</button></form>',
    '<form id=f></form><button form=f formaction="javascript:alert(1)">x</button>',
    "<input type=image src=x onerror=alert(1)><keygen autofocus onfocus=a><isindex action=a>",
    '<base href="//evil.example"><meta http-equiv=refresh content="0;url=//evil.example">',
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)",
    '<link rel=stylesheet href="//evil.example">',
    '<frameset onload=alert(1)><frame src="javascript:a"></frameset>',
    '<a id=location name=cookie href="//a.example">x</a><img name=body src="//a.example/b">',
    "<p id=forms name=submit class=fixed slot=x is=x>x</p>",
    "<dialog open>x</dialog><marquee onstart=alert(1)>x</marquee>",
    # Other namespaces and what parsers disagree about.
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text y=9>x</text></a></svg>',
    '<svg><animate onbegin=alert(1) attributeName=href values="javascript:a"></svg>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>",
    "<svg><foreignObject><p onclick=a>x</p></foreignObject></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img onerror=a&gt;">',
    '<math href="javascript:alert(1)">x</math><math><maction xlink:href="javascript:a">x',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<textarea><p title="</textarea><img src=x onerror=alert(1)>">',
    '<title><p title="</title><img src=x onerror=alert(1)>">',
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    '<noembed><p title="</noembed><img src=x onerror=alert(1)>">',
    '<noframes><p title="</noframes><img src=x onerror=alert(1)>">',
    '<iframe><p title="</iframe><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template>",
    '<template><p title="</template><img src=x onerror=alert(1)>">',
    "<plaintext><script>alert(1)</script>",
    "<xmp><script>alert(1)</script></xmp>",
    "<select><style></select><img src=x onerror=alert(1)></style>",
    "<table><script>alert(1)</script><tr><td><style>x</style></table>",
    "<listing>&lt;img onerror=alert(1)&gt;</listing>",
    "<custom-element onclick=alert(1)>x</custom-element><x:script>alert(1)</x:script>",
    # Comments, declarations, other marks.
    "<!-- --><script>alert(1)</script> -->",
    "<!--><script>alert(1)</script>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "]]><script>alert(1)</script>",
    '<?xml version="1.0"?><?xml-stylesheet href="javascript:alert(1)"?><script>a</script>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>',
    "&lt;script&gt;alert(1)&lt;/script&gt;<b>x</b>",
    "<p title='</p><script>alert(1)</script>'>x</p>",
    '<p title="--><script>alert(1)</script>">x</p>',
    '<img alt="]]><script>alert(1)</script>" src="//a.example/b">',
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<a href='//a.example' title='x\" onclick=\"alert(1)'>x</a>",
]
#: They leave something open, which would take in whatever stands behind the post.
UNCLOSED = [
    "<div><div><b><i><table><tr><td>",
    "<!-- never closed",
    "<script>never closed",
    "<style>never closed",
    "<textarea>never closed",
    "<title>never closed",
    "<plaintext>never closed",
    "<xmp>never closed",
    "<noscript>never closed",
    "<svg><desc>never closed",
    "<select><option>never closed",
    "<a href='//a.example",
    '<img alt="never closed',
    "<p title='never closed",
    "<![CDATA[ never closed",
    "<?never closed",
    "</div></div></body></html></table></td>",
    "<p",
    "&lt",
    "<form><button>never closed",
    "<pre><code>never closed",
    "<ul><li>never closed",
    "<template><div>never closed",
    "<iframe>never closed",
    "<noembed>never closed",
]
FORBIDDEN = {
    *("script", "style", "iframe", "svg", "math", "object", "embed", "form", "input", "base"),
    *("meta", "link", "template", "noscript", "button", "mglyph", "textarea", "select", "title"),
    *("xmp", "noembed", "noframes", "plaintext", "applet", "area", "map", "frame", "frameset"),
    *("video", "audio", "source", "dialog", "marquee", "listing", "custom-element"),
}
#: No attribute but these reaches anybody.
ALLOWED = {
    *(
        "alt",
        "class",
        "colspan",
        "datetime",
        "dir",
        "height",
        "href",
        "lang",
        "reversed",
        "rowspan",
    ),
    *("scope", "sizes", "span", "src", "srcset", "start", "style", "title", "type", "value"),
    "width",
}


def dangers(html: str) -> list[str]:
    """Whatever in the HTML could harm a reader, read as a browser reads it and as XML is."""
    found = ["]]>"] if "]]>" in html else []
    found += [mark for mark in ("<!", "<?") if mark in html]
    for element in tree.parse(html).iter():
        found += [str(element.tag)] if element.tag in FORBIDDEN else []
        for name, value in ((str(name), str(value)) for name, value in element.items()):
            urls = {"href": [value], "src": [value]}.get(name, [])
            if name == "srcset":
                urls = [candidate.split()[0] for candidate in value.split(", ")]
            if name not in ALLOWED:
                found.append(name)
            found += [url for url in urls if not re.match(r"(?:https?://|mailto:|tel:)[^/]", url)]
            if name == "style" and not re.fullmatch(r"(?:text-align:\s?[a-z]+;?)?", value):
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


@pytest.mark.parametrize("sink", Sink)
@pytest.mark.parametrize("attack", [*UNCLOSED, *ATTACKS])
def test_what_stands_behind_a_post_is_not_swallowed(attack: str, sink: Sink) -> None:
    for html in (sanitise(attack, sink), mended(attack, sink)):
        body = tree.parse(f"<section>{html}</section><hr><address>behind</address>")
        assert [element.tag for element in body] == ["section", "hr", "address"], html
        assert body[2].text == "behind"


@pytest.mark.parametrize("sink", Sink)
@pytest.mark.parametrize("attack", [*UNCLOSED, *ATTACKS])
def test_cleaning_what_is_clean_changes_nothing(attack: str, sink: Sink) -> None:
    once = mended(attack, sink)
    assert sanitise(once, sink) == once
    assert mended(once, sink) == once


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
