from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from syndicate.posts.kramdown.document import Kramdown

KRAMDOWN = Kramdown()
#: What kramdown gives a meaning, and a little text between.
MARKS = (
    *(
        "*",
        "**",
        "_",
        "`",
        "```\n",
        "~~~ ruby\n",
        "    ",
        "\t",
        "> ",
        "* ",
        "1. ",
        "- ",
        ": ",
        "# ",
    ),
    *("|", "|-\n", "[", "]", "](", "[^a]", "[^a]: ", "[x]: y\n", "*[A]: b\n", "{: .c}", "{:toc}\n"),
    *("{::comment}", "{:/}", "{::nomarkdown}", "$$", "<div>", "</div>", '<p markdown="1">', "<!--"),
    *(
        "-->",
        "<b>",
        "<br>",
        "\\",
        '"',
        "'",
        "--",
        "...",
        "<<",
        "^\n",
        "\n",
        "\n\n",
        "  \n",
        "a",
        "A",
    ),
    *(" ", "中", "，", "***\n", "===\n", "<", "&", "![", "~~", "\x02", "0", "\x03", "\x0c", "[ ] "),
)


def html(text: str, language: str = "en") -> str:
    return KRAMDOWN.render(text, language).strip()


@pytest.mark.slow
@given(st.lists(st.sampled_from(MARKS), max_size=40).map("".join), st.sampled_from(["en", "zh-CN"]))
@settings(max_examples=400, deadline=None)
def test_no_text_whatever_raises_or_shows_our_own_marks(text: str, language: str) -> None:
    made = KRAMDOWN.render(text, language)
    assert not set(made) & set("\x02\x03\x04\x05\x0c")
    assert KRAMDOWN.render(text, language) == made


@given(st.lists(st.sampled_from(["word", "中文", " ", "\n", "\n\n", "\n* ", "\n> "]), max_size=30))
def test_no_word_is_lost(pieces: list[str]) -> None:
    text = "".join(pieces)
    made = "".join(map(str, etree.HTML(f"<body>{html(text)}").itertext()))
    assert made.count("word") == text.count("word")
    assert made.count("中文") == text.count("中文")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n: b", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>"),
        ("* a\n* b\n\n  c", "<ul>\n<li>a</li>\n<li><p>b</p>\n<p>c</p>\n</li>\n</ul>"),
        ("a | b\n", "<table><tbody><tr><td>a</td><td>b</td></tr>\n</tbody></table>"),
        ("`a|b`", "<p><code>a|b</code></p>"),
        ("A\n\n*[A]: b", '<p><abbr title="b">A</abbr></p>'),
        ("`A` <b>A</b>B\n\n*[A]: b", '<p><code>A</code> <b><abbr title="b">A</abbr></b>B</p>'),
        ("a\\\\\nb", "<p>a<br />\nb</p>"),
        ("$$a_1*b_2*$$", r"<p>\[a_1*b_2*\]</p>"),
        ("x $$a<b$$", r"<p>x \(a&lt;b\)</p>"),
        ("a{::comment}b{:/}c", "<p>ac</p>"),
        ("a\n\n{::comment}\nb\n{:/comment}\n\nc", "<p>a</p>\n<p>c</p>"),
        ("<div>*a*\n\n*b*</div>*c*", "<div>*a*\n\n*b*</div>\n<p><em>c</em></p>"),
        ("[a](b c)", '<p><a href="b%20c">a</a></p>'),
        ("[a] [b]\n\n[b]: c", '<p><a href="c">a</a></p>'),
        ("    a\nb", "<pre><code>a b\n</code></pre>"),
        ("```\nnever closed", "<p>```\nnever closed</p>"),
        ("![a](b){: width='9'}", '<p><img src="b" alt="a" width="9" /></p>'),
        ("![`a` *b*c](d)", '<p><img src="d" alt="a bc" /></p>'),
        ("* [ ] a\n* [x] b", "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>"),
        ("> a\nb\n\nc", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n<p>c</p>"),
        ("**a:**b and x**“c”**y", "<p><strong>a:</strong>b and x<strong>“c”</strong>y</p>"),
    ],
)
def test_its_syntax_is_known(text: str, expected: str) -> None:
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it's 'so' \"good\"", "it’s ‘so’ “good”"),
        ("the '90s, rock 'n' roll", "the ’90s, rock ‘n’ roll"),
        ('"\'a\' b" ("c")', "“‘a’ b” (“c”)"),
        ('*"a"* `"b"` <i title="c">d</i>"', '“a” "b" d”'),
        ("a -- b --- c ... <<d>>", "a – b — c … «d»"),
        ('\\"a\\" http://x.example/--y', '"a" http://x.example/–y'),
    ],
)
def test_quotes_are_typeset_outside_code_and_tags(text: str, expected: str) -> None:
    assert "".join(map(str, etree.HTML(html(text)).itertext())) == expected


def test_chinese_is_curled_only_where_the_marks_pair_up() -> None:
    assert html('他说"好"。', "zh-CN") == "<p>他说&quot;好&quot;。</p>"
    assert html('他说 "好" 。it\'s', "zh-CN") == "<p>他说 “好” 。it’s</p>"


def test_a_footnote_stands_at_the_end_under_the_number_of_its_mark() -> None:
    made = html("b[^x] a[^y] b[^x] [^none]\n\n[^y]: *Y*\n[^x]: X\n\n    more\n\n[^unused]: U\n")
    assert made.count('<sup><a href="#fn:x">1</a></sup>') == 2
    assert '<a href="#fn:y">2</a>' in made
    assert "[^none]" in made
    assert "U" not in made
    assert made.index("X") < made.index("more") < made.index("<em>Y</em>")


def test_the_sites_own_options_hold() -> None:
    assert Kramdown(hard_wrap=True).render("a\nb", "en") == "<p>a<br />\nb</p>\n"
    loose = Kramdown(parse_block_html=True).render("<div>*a*</div>", "en")
    assert "<em>a</em>" in loose


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        *("`", "` ", "*", "**a ", "[", "](", "[a](", "[a](b ", "[^", "[^a]", "<", '<a "', "<!--"),
        *("<div>", "<div>\n", '<div markdown="1">\n', "{:", "{::comment}\n", "$$", "\\", '"', "|"),
        *("a|b\n", "|-\n", "> ", ">", "* a\n", "* a\n  * b\n", "1. a\n\n", "a\n: b\n\n", "~~~\n"),
        *(
            "    a\n\n",
            "[a]: b\n",
            "[^a]: b\n",
            "*[a]: b\n",
            "a\n-\n",
            "  \n",
            "\t* a\n",
            "[x][a] ",
        ),
    ],
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    start = time.process_time()
    html(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "|" + "a|" * 50_000 + "\n" + "|" + "-|" * 50_000 + "\n" + "a|\n" * 50_000,
        "".join(f"[^{n}] " for n in range(25_000)) + "".join(f"\n[^{n}]: n" for n in range(25_000)),
        "".join(f"[^{n}]: x[^{n + 1}]\n\n" for n in range(8_000)) + "[^0]",
        "".join(f"*[A{n}]: x\n" for n in range(3_000)) + "\n" + "A1 " * 20_000,
        "\n".join("~" * (3 + n) for n in range(440)),
        "<div>" + "markdown " * 11_000 + "</div>",
    ],
)
def test_large_tables_and_many_notes_are_bounded(text: str) -> None:
    start = time.process_time()
    html(text)
    assert time.process_time() - start < 3
