from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.digests.fit import HTML_LIMIT, Plan, Sized, fit, fit_together
from syndicate.digests.model import Step
from syndicate.errors import MessageError

FULL, EXCERPT, HEADLINE = Step
SIZES = st.lists(
    st.tuples(st.integers(1, 400), st.integers(1, 400), st.integers(1, 400)).map(
        lambda three: dict(zip(Step, sorted(three, reverse=True), strict=True))
    ),
    min_size=1,
    max_size=12,
)


def _sizes(full: int, excerpt: int, headline: int) -> dict[Step, int]:
    return {FULL: full, EXCERPT: excerpt, HEADLINE: headline}


def test_what_fits_stays_whole() -> None:
    assert fit(10, [_sizes(30, 20, 10)] * 3, 100) == Plan((FULL,) * 3)


def test_one_byte_more_costs_the_last_post() -> None:
    assert fit(11, [_sizes(30, 20, 10)] * 3, 100) == Plan((FULL, FULL, EXCERPT))


def test_all_step_to_excerpts_before_any_to_a_headline() -> None:
    assert fit(0, [_sizes(30, 20, 10)] * 3, 59) == Plan((EXCERPT, EXCERPT, HEADLINE))


def test_a_step_that_saves_nothing_is_not_taken() -> None:
    assert fit(0, [_sizes(40, 20, 10), _sizes(20, 25, 15)], 45) == Plan((EXCERPT, FULL))


def test_what_even_headlines_leave_over_is_cut() -> None:
    assert fit(50, [_sizes(30, 20, 10)] * 9, 100) == Plan((HEADLINE,) * 5, 4)


def test_an_edition_that_cannot_show_one_headline_is_refused() -> None:
    with pytest.raises(MessageError, match="shorten"):
        fit(95, [_sizes(30, 20, 10)], 100)


@given(SIZES, st.integers(0, 300), st.integers(700, 2000))
def test_a_plan_always_fits_and_earlier_posts_never_show_less(
    posts: list[dict[Step, int]], frame: int, limit: int
) -> None:
    plan = fit(frame, posts, limit)
    order = list(Step)
    assert frame + sum(sizes[step] for sizes, step in zip(posts, plan.steps, strict=False)) <= limit
    assert len(plan.steps) + plan.left_out == len(posts)
    strict = all(sizes[FULL] > sizes[EXCERPT] > sizes[HEADLINE] for sizes in posts)
    ranks = [order.index(step) for step in plan.steps]
    assert not strict or ranks == sorted(ranks)


def test_the_limit_is_below_gmails() -> None:
    assert HTML_LIMIT <= 100_000


# Several editions in one


SECTIONS = st.lists(st.tuples(st.integers(0, 50), SIZES), min_size=1, max_size=6)


def test_each_section_shows_as_many_headlines_as_the_others_if_it_has_them() -> None:
    one = _sizes(30, 20, 10)
    sections = [Sized(0, [one] * 5), Sized(0, [one]), Sized(0, [one] * 5)]
    plans = fit_together(0, sections, 60)
    assert [len(plan.steps) for plan in plans] == [3, 1, 2]
    assert [plan.left_out for plan in plans] == [2, 0, 3]


def test_sections_that_cannot_show_one_headline_are_left_out_from_the_last() -> None:
    sections = [Sized(10, [_sizes(30, 20, 10)] * 2)] * 5
    assert fit_together(0, sections, 65) == (Plan((HEADLINE,), 1),) * 3
    with pytest.raises(MessageError, match="shorten"):
        fit_together(50, sections, 65)


def test_the_last_section_is_the_first_to_step_down() -> None:
    sections = [Sized(0, [_sizes(30, 20, 10)] * 2)] * 2
    assert fit_together(0, sections, 110) == (Plan((FULL, FULL)), Plan((FULL, EXCERPT)))


@given(SECTIONS, st.integers(0, 300), st.integers(700, 3000))
def test_sections_always_fit_and_none_shows_less_than_its_share(
    drawn: list[tuple[int, list[dict[Step, int]]]], frame: int, limit: int
) -> None:
    sections = [Sized(own, posts) for own, posts in drawn]
    plans = fit_together(frame, sections, limit)
    shown = list(zip(sections, plans, strict=False))
    total = frame + sum(
        section.frame
        + sum(sizes[step] for sizes, step in zip(section.posts, plan.steps, strict=False))
        for section, plan in shown
    )
    assert total <= limit
    assert all(len(plan.steps) + plan.left_out == len(s.posts) for s, plan in shown)
    assert all(plan.steps for plan in plans)
    longest = max(len(plan.steps) for plan in plans)
    assert all(not plan.left_out or longest - len(plan.steps) <= 1 for plan in plans)
