from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.posts.kramdown.document import Kramdown
from syndicate.posts.kramdown.plain import as_commonmark

KRAMDOWN = Kramdown()
#: What both know, what only one knows, and characters that are neither letter nor punctuation.
PIECES = (
    *(
        "a",
        "Word ",
        "word",
        " ",
        "s",
        "中",
        "，",
        "。",
        "：",
        "é",
        "日",
        "\u3000",
        "\N{ACUTE ACCENT}",
    ),
    *("\u0301", "\u200b", "\ufeff", "\xa0", "🎉", "*", "**", "**b**", "**b：**", "*x*", "_", "_a_"),
    *("[", "]", "x] ", "](http://a.example/c-d)", "![a](http://x.example/z)", "!", "(", ")", "“"),
    *(
        "\n",
        "\n\n",
        "\n\nText ",
        "- ",
        "\n- ",
        "* ",
        "> ",
        "\n> ",
        "# ",
        "## ",
        "1. ",
        "12",
        "=",
        "+",
    ),
    *('"', ' "q"', '" ', "'", "don't", ".", "..", ",", "-", "--", ":", "&", "&amp;", "#", "?", ";"),
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8"), max_size=14).map("".join)
#: A text that passes is rare among random ones; these do.
PARAGRAPHS = st.lists(st.sampled_from(("word ", "中文", "é", "**b**", "*x*", "1 ")), min_size=1)
BODIES = st.tuples(st.sampled_from(("", "- ", "> ", "# ")), PARAGRAPHS.map("".join).map(str.strip))


def whole(text: str, *, spaced: bool) -> str:
    return KRAMDOWN._read_whole(text, spaced=spaced)


@pytest.mark.slow
@given(TEXTS, st.booleans())
@settings(max_examples=500, deadline=None)
def test_a_plain_text_is_the_same_to_comrak_as_by_all_of_kramdowns_rules(
    text: str, spaced: bool
) -> None:
    plain = as_commonmark(text, spaced=spaced)
    if plain is not None:
        assert KRAMDOWN._comrak(plain) == whole(text, spaced=spaced)


@pytest.mark.slow
@given(st.lists(BODIES, min_size=1, max_size=5), st.sampled_from(("\n\n", "\n\n\n")))
@settings(max_examples=150, deadline=None)
def test_blocks_of_any_kinds_in_any_order_are_the_same(
    blocks: list[tuple[str, str]], between: str
) -> None:
    text = between.join(mark + words for mark, words in blocks) + "\n"
    plain = as_commonmark(text, spaced=True)
    if plain is not None:
        assert KRAMDOWN._comrak(plain) == whole(text, spaced=True)


@pytest.mark.parametrize(
    "text",
    [
        "One **bold**, and *one*.\nTwo.\n\n- a [link](https://a.example/b_c)\n- two\n\n> So.",
        "## 标题\n\n据介绍，**央行：**下调。\n\n![图](https://a.example/a.png)\n",
        'He didn\'t say "no".\n',
    ],
)
def test_what_news_are_made_of_is_plain(text: str) -> None:
    assert as_commonmark(text, spaced=True) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("a `b`", "<b>a</b>", "{: .a}", "a | b", "$$a$$", "[^1]", "a -- b", "wait...", "~~a~~"),
        *("    code", "1. one", "+ one", "a\n===", "a\n---", "a\n: b", "[a]: b", "*[A]: b", "a\\"),
        *("- a\n\n- b", "- a\n\n* b", "a\n- b", "# a\nb", "> a\nb", "a  \nb", "- [ ] a", "# a #"),
    ],
)
def test_what_only_kramdown_knows_is_left_to_it(text: str) -> None:
    assert as_commonmark(text, spaced=True) is None


def test_where_every_line_ends_visibly_nothing_is_plain() -> None:
    assert "<br" in Kramdown(hard_wrap=True).render("a\nb", "en")


@pytest.mark.parametrize(
    "text",
    [
        "**a" * 30_000,
        "[a](b" * 20_000,
        "![" * 50_000,
        "- a\n" * 25_000,
        '"a' * 50_000,
        "*" * 99_999,
    ],
)
def test_no_text_takes_long_to_tell(text: str) -> None:
    start = time.process_time()
    as_commonmark(text, spaced=True)
    assert time.process_time() - start < 0.1
