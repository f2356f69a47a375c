"""What readers can choose from: in groups in which each finds what he looks for."""

from __future__ import annotations

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from syndicate.web.listing import FEW, Group, Listed, by_slug, grouped, initial, matching

ENGLISH, CHINESE = Locale("en"), Locale.parse("zh_Hans")


def listed(*titles: str, group: str = "") -> list[Listed]:
    return [
        Listed(slug=f"s{n}", category=f"c{n}", title=title, group=group)
        for n, title in enumerate(titles)
    ]


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("apple", "A"),
        ("Élan", "E"),
        ("21shijijingjibaodao", "0–9"),
        ("٣ أخبار", "0–9"),
        ("“Quoted”", "Q"),
        ("央行", "Han"),
        ("서울", "Hangul"),
        ("ニュース", "Katakana"),
        ("яблоко", "Я"),
        ("أخبار", "ا"),
        ("—", "#"),
        ("", "#"),
    ],
)
def test_a_title_is_looked_up_under_its_first_letter_or_script(title: str, heading: str) -> None:
    assert initial(title, ENGLISH) == heading


def test_scripts_are_called_as_the_reader_calls_them() -> None:
    assert initial("央行", CHINESE) == "汉字"


def test_a_few_need_no_groups() -> None:
    rows = listed(*(f"{n} title" for n in range(FEW)))
    assert grouped(rows, [], ENGLISH) == [Group("", rows)]
    assert grouped([], [], ENGLISH) == []


def test_many_stand_under_initials_in_their_order() -> None:
    rows = listed(*"zya1央#bcdefghi")
    titles = [group.title for group in grouped(rows, [], ENGLISH)]
    assert titles == ["0–9", *"ABCDEFGHIYZ", "Han", "#"]


def test_groups_of_the_settings_come_in_their_order_and_what_has_none_last() -> None:
    rows = [*listed("a", group="Money"), *listed("b"), *listed("c", group="Tech")]
    groups = grouped(rows, ["Tech", "Money"], ENGLISH)
    assert [(one.title, [row.title for row in one.rows]) for one in groups] == [
        ("Tech", ["c"]),
        ("Money", ["a"]),
        ("", ["b"]),
    ]


@given(st.lists(st.text()))
def test_none_is_lost_in_groups(titles: list[str]) -> None:
    rows = listed(*titles)
    found = [row for group in grouped(rows, [], ENGLISH) for row in group.rows]
    assert sorted(found, key=lambda row: int(row.slug[1:])) == rows


def test_a_query_finds_what_has_all_its_words_wherever_they_stand() -> None:
    one = Listed(slug="s", category="touzi", title="投资（港美）", description="Markets abroad")
    other = Listed(slug="t", category="hongguan", title="宏观要闻")
    for query in ("港美", "TOUZI", "abroad 投资", "  markets "):
        assert matching([one, other], query) == [one]
    assert matching([one, other], "") == [one, other]
    assert matching([one, other], "港美 hongguan") == []


def test_a_category_is_found_by_the_slugs_that_it_had_unless_another_has_one_now() -> None:
    one = Listed(slug="new", category="one", title="", former=("old", "taken"))
    other = Listed(slug="taken", category="other", title="")
    assert by_slug([one, other]) == {"new": "one", "old": "one", "taken": "other"}
