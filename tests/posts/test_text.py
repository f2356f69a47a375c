from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from syndicate.posts.text import clean, one_line, plain_text, summary, title_text

ANY = st.text(st.characters(), max_size=80)


@given(ANY)
def test_clean_text_is_nfc_and_fit_for_xml(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    etree.Element("a").text = cleaned


@given(ANY)
def test_a_line_is_one_line_without_controls(text: str) -> None:
    line = one_line(text)
    assert line == line.strip()
    assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in line)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a <b>b</b>c</p>tail", "a bc\ntail"),
        ("a<br>b<ul><li>c<li>d</ul>", "a\nb\nc\nd"),
        ("a<!-- b -->c<script>d</script><style>e</style>f", "acf"),
        ("&lt;p&gt; &amp;&nbsp;x", "<p> & x"),
        ("  ", ""),
        ("<table><tr><td>1<td>2</table>", "1\n2"),
    ],
)
def test_plain_text_is_what_a_reader_sees(html: str, expected: str) -> None:
    assert plain_text(html) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a <em>b</em>", "a b"), ("List<T> & a < b", "List<T> & a < b"), ("R&amp;D", "R&D")],
)
def test_a_title_loses_its_tags_only(text: str, expected: str) -> None:
    assert title_text(text) == expected


@given(st.text(max_size=400))
def test_a_summary_is_short_and_a_beginning(text: str) -> None:
    short = summary(text)
    assert len(short) <= 200
    assert " ".join(text.split()).startswith(short.removesuffix("…"))


def test_a_summary_ends_with_a_sentence_where_one_ends() -> None:
    assert summary("港口扩建完成。" * 40).endswith("完成。")
    assert summary("It is done. " * 40).endswith("done.")


def test_a_summary_ends_after_a_word_or_between_chinese_characters() -> None:
    assert summary("harbour " * 50).endswith("harbour…")
    assert len(summary("港" * 300)) == 200
