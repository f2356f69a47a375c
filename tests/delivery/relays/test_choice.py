"""A message tries the relays in an order that is fair by their weights; a domain has one rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.relays.choice import in_order, rule_for
from syndicate.settings.relays import DomainRule
from tests.delivery.relays.conftest import relay

RULES = [
    DomainRule(match=("*.google.example", "gmail.example"), per_minute=1),
    DomainRule(match=("mail.google.example",), per_minute=2),
]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.floats(0.01, 100)), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_every_relay_has_its_turn_and_a_smaller_priority_comes_first(relays, random) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - hypothesis' own
    found = [relay(f"r{n}", priority=p, weight=w) for n, (p, w) in enumerate(relays)]
    order = in_order(found, random.random)
    assert sorted(order) == list(range(len(found)))
    assert [found[n].priority for n in order] == sorted(one.priority for one in found)


@pytest.mark.parametrize(
    ("domain", "bucket"),
    [
        ("gmail.example", "*.google.example"),
        ("a.b.google.example", "*.google.example"),
        ("mail.google.example", "mail.google.example"),
        ("google.example", None),
        ("notgmail.example", None),
        ("", None),
    ],
)
def test_the_rule_that_names_a_domain_best_counts_its_mail(domain: str, bucket: str | None) -> None:
    found = rule_for(RULES, domain)
    assert (found and found[0]) == bucket


def test_a_star_counts_each_other_domain_by_itself() -> None:
    rules = [*RULES, DomainRule(match=("*",), per_minute=9)]
    assert [
        found and found[0] for found in (rule_for(rules, d) for d in ("a.example", "b.example"))
    ] == [
        "a.example",
        "b.example",
    ]
    assert rule_for(rules, "gmail.example") == ("*.google.example", rules[0])
