from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.errors import PostError
from syndicate.posts.matter import plain_yaml, yaml_text

KEYS = st.sampled_from(("title", "date", "a_b", "yes", "on", "null", "n", "1", "A", "x y"))
#: What has a meaning somewhere in YAML, and what has none.
PIECES = (
    *("a", "b c", "中", "é", "yes", "No", "true", "null", "y", "On", "1", "1:30", "0x1", "e1", "~"),
    *("2026-01-01", " 08:00:00", " +0800", '"', "'", '"x y"', "'x'", "[", "]", "[a, b]", "[]", ","),
    *(", ", "-", "_", ".", "...", "---", " ", "#", " #", ":", ": ", "&a", "*a", "!", "|", ">", "%"),
    *("@", "`", "{", "}", "<<", "=", "\\", "?", "\t", "\xa0", "\u200b", "²", "inf"),
)
VALUES = st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8"), max_size=4).map("".join)
MAPPINGS = st.lists(st.tuples(KEYS, VALUES).map(": ".join), max_size=4).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@pytest.mark.slow
@given(MAPPINGS)
@settings(max_examples=600, deadline=None)
def test_plain_lines_are_read_as_yaml_reads_them(text: str) -> None:
    plain = plain_yaml.read(text)
    if plain is not None:
        by_yaml = yaml_text.load_mapping("# A comment is not plain.\n" + text)
        found = yaml_text.load_mapping(text)
        assert repr(list(found)) == repr(list(by_yaml))
        for key, entry in by_yaml.items():
            here = (found[key].value, found[key].text, found[key].line + 1, found[key].repeated)
            assert repr(here) == repr((entry.value, entry.text, entry.line, entry.repeated))


def test_the_front_matter_of_news_is_plain() -> None:
    text = (
        'layout: post\ntitle: "央行：下调"\ndate: 2026-01-01 08:00:00 +0800\n'
        "categories: [TechWeb, Career In]\ntags: 经济网新闻\nauthor: 'Ann'\npublished: true\n"
    )
    assert plain_yaml.read(text) == [
        ("layout", "post", "post"),
        ("title", "央行：下调", "央行：下调"),
        ("date", "2026-01-01 08:00:00 +0800", "2026-01-01 08:00:00 +0800"),
        ("categories", ["TechWeb", "Career In"], ""),
        ("tags", "经济网新闻", "经济网新闻"),
        ("author", "Ann", "Ann"),
        ("published", True, "true"),
    ]


def test_what_yaml_refuses_is_not_plain() -> None:
    for text in ("title: a\x07\n", "title: a: b\n", 'title: "a" b\n', "title: [a\n"):
        assert plain_yaml.read(text) is None
        with pytest.raises(PostError):
            yaml_text.load_mapping(text)


@pytest.mark.parametrize(
    "text", ["a: [a" + ", a" * 30_000, "a: a" + " " * 99_000, "a" * 99_999, "a: b\n" * 20_000 + "c"]
)
def test_no_text_takes_long_to_tell(text: str) -> None:
    start = time.process_time()
    plain_yaml.read(text)
    assert time.process_time() - start < 0.1
