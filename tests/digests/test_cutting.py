"""Whether an edition is cut of what waits, by the rules of its digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syndicate.digests.cutting import judge
from syndicate.posts.pending import Pending
from syndicate.settings import Rules
from syndicate.settings.digest import USUAL

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

ages = st.floats(0, 100, allow_nan=False)
waiting = st.lists(st.tuples(ages, ages), max_size=30).map(
    lambda rows: [
        Pending(n, NOW - timedelta(days=since), NOW - timedelta(days=published))
        for n, (since, published) in enumerate(rows)
    ]
)
rules = st.builds(
    Rules.model_construct,
    minimum=st.none() | st.integers(1, 20),
    maximum=st.none() | st.integers(1, 20),
    wait=st.none() | st.floats(0.1, 90),
    oldest=st.none() | st.floats(0.1, 90),
).map(lambda some: some.over(USUAL))


@given(waiting, rules)
def test_no_post_waits_longer_for_company_than_the_rules_say(
    posts: list[Pending], rule: Rules
) -> None:
    verdict = judge(posts, rule, NOW)
    left = [post for post in posts if post.number not in verdict.too_old]
    impatient = rule.wait and any(NOW - post.since >= timedelta(days=rule.wait) for post in left)
    assert verdict.cut == bool(
        left and (len(left) >= min(rule.minimum or 1, rule.maximum or 1) or impatient)
    )
    assert bool(verdict.why) != verdict.cut


@given(waiting, rules)
def test_exactly_what_was_published_too_long_ago_is_too_old(
    posts: list[Pending], rule: Rules
) -> None:
    too_old = set(judge(posts, rule, NOW).too_old)
    for post in posts:
        is_old = rule.oldest and NOW - post.published > timedelta(days=rule.oldest)
        assert (post.number in too_old) == bool(is_old)


def test_by_default_one_post_is_enough_and_none_is_too_old() -> None:
    old = Pending(1, NOW, datetime(2001, 1, 1, tzinfo=UTC))
    assert judge([old], USUAL, NOW).cut
    assert judge([], USUAL, NOW).why == "nothing waits"
