from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.posts.category import (
    SLUG_LENGTH,
    category_title_hint,
    distinct,
    distinct_slug,
    fault,
    names,
    slug,
)
from syndicate.posts.model import Post


def post(categories: tuple[str, ...], tags: tuple[str, ...]) -> Post:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    return Post(
        source="a.md",
        id="tag:a",
        url="https://a.example/",
        title="a",
        published=now,
        updated=now,
        categories=categories,
        tags=tags,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TechWeb", "techweb"),
        ("经济网新闻", "经济网新闻"),
        ("anxinguojizhengquan(xianggang)", "anxinguojizhengquan-xianggang"),
        ("Career In touxingPEVC", "career-in-touxingpevc"),
        ("Cafe\u0301", "café"),
        ("हिन्दी", "हिन्दी"),
        ("../x", "x"),
    ],
)
def test_a_slug_keeps_letters_of_any_script(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text(max_size=300))
def test_a_slug_is_a_safe_file_name(name: str) -> None:
    made = slug(name)
    assert 0 < len(made) <= SLUG_LENGTH
    assert len(made.encode()) <= 240
    assert not set(made) & set('/\\.:*?"<>| \0')
    assert made.partition("-")[0] not in {"con", "nul", "com1"} or "-" in made


def test_a_name_that_windows_reserves_gets_a_hash() -> None:
    assert slug("CON").startswith("con-")
    assert slug("!!!").startswith("category-")


@given(st.lists(st.text(max_size=12), unique=True, max_size=12))
def test_slugs_stay_apart_where_case_makes_no_difference(all_names: list[str]) -> None:
    taken: set[str] = set()
    for name in all_names:
        taken.add(distinct_slug(name, taken))
    assert len({made.casefold() for made in taken}) == len(all_names)


def test_names_that_differ_only_in_case_are_two_categories_with_two_slugs() -> None:
    assert distinct_slug("Techweb", {"techweb"}) != distinct_slug("TechWeb", {"techweb"})
    assert distinct_slug("TechWeb", set()) == "techweb"


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", ".", "..", "a\x07", "a\nb", "x" * 201])
def test_what_is_no_name_is_refused(name: str) -> None:
    assert fault(name)


def test_a_name_may_hold_spaces_and_parentheses() -> None:
    assert fault("Career In (touxing) PEVC") == ""


@pytest.mark.parametrize(
    ("value", "split", "expected"),
    [
        ("news  sports", True, ["news", "sports"]),
        ("news, sports,", True, ["news", "sports"]),
        ("Career In PEVC", False, ["Career In PEVC"]),
        (["Career In PEVC", "b"], True, ["Career In PEVC", "b"]),
        (["a", ["b", 7], None, {"x": 1}, True], True, ["a", "b", "7"]),
        (None, True, []),
    ],
)
def test_a_string_is_split_and_a_list_is_not(
    value: object, split: bool, expected: list[str]
) -> None:
    assert list(distinct(names(value, split=split))) == expected


def test_repetitions_go_and_the_order_stays() -> None:
    assert distinct(["b", "a", "", "b"]) == ("b", "a")


def test_the_one_chinese_tag_is_the_title_of_the_one_latin_category() -> None:
    assert category_title_hint(post(("jingjiwang",), ("经济网新闻",)), "zh-CN") == "经济网新闻"
    assert category_title_hint(post(("jingjiwang",), ("a", "经济网")), "zh") == "经济网"


@pytest.mark.parametrize(
    ("categories", "tags", "language"),
    [
        (("jingjiwang",), ("经济网新闻",), "en"),
        (("jingjiwang", "b"), ("经济网新闻",), "zh-CN"),
        (("jingjiwang",), ("经济", "新闻"), "zh-CN"),
        (("经济",), ("经济网新闻",), "zh-CN"),
        ((), ("经济网新闻",), "zh-CN"),
    ],
)
def test_otherwise_a_category_is_called_by_its_name(
    categories: tuple[str, ...], tags: tuple[str, ...], language: str
) -> None:
    assert category_title_hint(post(categories, tags), language) is None
