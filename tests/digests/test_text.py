from __future__ import annotations

import time

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.digests.body import mail_body
from syndicate.digests.lines import COLUMNS, cut, underlined, width, wrap
from syndicate.digests.text import prose


def _prose(html: str) -> str:
    return prose(lxml.html.fragment_fromstring(html, create_parent="div"))


def test_paragraphs_are_apart_and_links_are_numbered_below() -> None:
    html = '<p>见<a href="https://a.example/1">公告</a>。</p><p>又见<a href="https://a.example/1">它</a>。</p>'
    assert _prose(html) == "见公告 [1]。\n\n又见它 [1]。\n\n[1] https://a.example/1"


def test_a_link_that_is_its_own_address_needs_no_number() -> None:
    assert _prose('<p><a href="https://a.example/">https://a.example/</a></p>') == (
        "https://a.example/"
    )


def test_lists_count_and_nest() -> None:
    html = "<ol><li>甲</li><li>乙<ul><li>丙</li></ul></li><li>丁</li></ol>"
    assert _prose(html) == "1. 甲\n2. 乙\n   - 丙\n3. 丁"


def test_quotes_breaks_rules_headings_and_code_keep_their_shape() -> None:
    html = (
        "<h3>标题</h3><blockquote><p>引<br>文</p></blockquote><hr><pre>a\n  b</pre>"
        "<table><tr><th>城</th><th>数</th></tr><tr><td>澜江</td><td>1</td></tr></table>"
    )
    assert _prose(html) == (
        "标题\n----\n\n> 引\n> 文\n\n* * *\n\n    a\n      b\n\n城 | 数\n澜江 | 1"
    )


def test_an_image_is_its_alt_in_brackets() -> None:
    assert _prose('<p><a href="https://a.example/"><img alt="走势"></a></p>') == (
        "[走势] [1]\n\n[1] https://a.example/"
    )


@given(st.text(st.sampled_from("澜江财经，。（）“”abc def,.:-👩‍👩‍👧é \n\u3000"), max_size=300))
def test_no_line_is_wider_than_72_columns_and_no_word_is_lost(text: str) -> None:
    wrapped = wrap(text, "- ")
    for line in wrapped.split("\n"):
        assert width(line) <= COLUMNS or " " not in line.strip().removeprefix("- ")
    assert "".join(wrapped.removeprefix("- ").split()) == "".join(text.split()) or not text.strip()


def test_no_line_begins_with_a_closing_mark() -> None:
    for shift in range(8):
        lines = wrap("a" * shift + "澜江，财经。" * 40).split("\n")
        assert len(lines) > 3
        assert not any(line[0] in "，。" for line in lines)


def test_a_long_url_stays_whole() -> None:
    url = "https://finance.example/" + "a/" * 60
    assert url in wrap(f"见 {url} 全文").split("\n")


@given(st.text(st.sampled_from("澜江👩‍👩‍👧éa "), max_size=100), st.integers(2, 60))
def test_cutting_never_exceeds_the_columns(text: str, columns: int) -> None:
    shown = cut(text, columns)
    assert width(shown) <= max(columns, 1)
    assert shown == text or shown.endswith("…")


def test_an_underline_is_as_long_as_its_heading() -> None:
    assert underlined("澜江 A", "=") == "澜江 A\n======"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 5_000 + "深",
        "<blockquote><ul><li>" * 3_000 + "深",
        "<p>" + "（" * 100_000,
        "<p>" + "字，" * 50_000,
        "<p>" + "a " * 50_000,
        "<p>" + '<a href="https://a.example/">x</a>' * 3_000,
    ],
)
def test_adversarial_html_ends_soon(html: str) -> None:
    started = time.perf_counter()
    assert prose(mail_body(html)) is not None
    assert time.perf_counter() - started < 3


def test_headings_begin_below_the_posts_title_and_skip_no_level() -> None:
    body = mail_body("<h1>一</h1><h4>二</h4><h2>三</h2><h6>四</h6><h1>五</h1>")
    assert [str(e.tag) for e in body] == ["h3", "h4", "h4", "h5", "h3"]


def test_a_wide_image_is_scaled_and_a_wide_table_scrolls() -> None:
    body = mail_body(
        '<img src="https://a.example/x.png" width="1008" height="460">'
        "<table><tr><td>x</td></tr></table>after"
    )
    image = next(body.iter("img"))
    assert (image.get("width"), image.get("height"), image.get("alt")) == ("504", "230", "")
    (box,) = [e for e in body if e.get("class") == "wide"]
    assert box.tail == "after"
