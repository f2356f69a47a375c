from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syndicate.errors import PostError
from syndicate.posts.faults import Faults
from syndicate.posts.matter.front_matter import FrontMatter, split
from syndicate.posts.matter.yaml_text import load


def read(text: str) -> tuple[FrontMatter, Faults]:
    faults = Faults("a.md")
    return split(text, faults), faults


def test_the_body_and_its_first_line_are_known() -> None:
    matter, faults = read("---\ntitle: a\n---  \n\nbody\n")
    assert (matter.values, matter.body, matter.body_line) == ({"title": "a"}, "\nbody\n", 4)
    assert faults.problems == []


def test_front_matter_may_be_empty() -> None:
    assert read("---\n---\nbody")[0].values == {}


def test_dates_stay_as_they_are_written() -> None:
    matter, _ = read("---\ndate: 2022-05-06 17:13:17 +0800\nday: 2022-05-06\n---\n")
    assert matter.values == {"date": "2022-05-06 17:13:17 +0800", "day": "2022-05-06"}


def test_a_scalars_own_writing_is_kept_beside_its_value() -> None:
    matter, _ = read("---\ntitle: No\nversion: 1.10\n---\n")
    assert matter.entries["title"].text == "No"
    assert matter.entries["version"].text == "1.10"


def test_quotes_within_quotes_are_read_line_by_line_with_a_warning() -> None:
    matter, faults = read(
        '---\ntitle: "Say "yes" now: today"\ntags: [x, y]\ncategories:\n  - a b\n---\n'
    )
    assert matter.values == {
        "title": 'Say "yes" now: today',
        "tags": ["x", "y"],
        "categories": ["a b"],
    }
    (problem,) = faults.problems
    assert (problem.line, str(problem.severity)) == (2, "warning")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).map(str.strip))
def test_whatever_a_generator_puts_between_quotes_is_the_title(title: str) -> None:
    # An escape or a comment behind a quote would be YAML of another meaning.
    assume(title and "\\" not in title and not re.search(r'"\s*#', title))
    assume(not {"\u2028", "\u2029"} & set(title))
    matter, _ = read(f'---\nlayout: post\ntitle: "{title}"\n---\n')
    assert matter.entries["title"].text.strip() == title.strip()


def test_a_key_that_is_there_twice_is_told_and_the_last_one_holds() -> None:
    matter, faults = read("---\na: 1\na: 2\n---\n")
    assert matter.values == {"a": 2}
    assert faults.problems[0].line == 3


@pytest.mark.parametrize(
    "matter",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n"
            for below, name in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "a: &a [*a]",
        "a: " + "[" * 100_000,
        "- " * 50_000,
        "a: " + "{a: " * 20_000,
    ],
)
def test_no_document_can_exhaust_the_machine(matter: str) -> None:
    start = time.process_time()
    with pytest.raises(PostError):
        load(matter)
    assert time.process_time() - start < 1


def test_yaml_makes_no_objects() -> None:
    with pytest.raises(PostError):
        load("a: !!python/object/apply:os.getcwd []")
