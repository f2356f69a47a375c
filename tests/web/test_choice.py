"""The choice of digests: what was changed in a form, and what a page shows of thousands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile

from syndicate.subscribers.model import Digest
from syndicate.web.choice import SHOWN, Choice, Offer, Posted, is_found, offer

CADENCES = ("daily", "weekly")
NAMES = ["tech", "Tech", "经济网新闻", "a:b", "Career In", 'q"uo', "ｗｉｄｅ"]
digests = st.frozensets(st.builds(Digest, st.sampled_from(CADENCES), st.sampled_from(NAMES)))
orders = st.dictionaries(
    st.sampled_from(CADENCES),
    st.lists(st.sampled_from(NAMES), unique=True, max_size=5).map(tuple),
)
choices = st.builds(Choice, digests, orders)


def posted(shown: Offer) -> Posted:
    """What a browser sends of a page that nobody changed."""
    fields: list[tuple[str, str | UploadFile]] = []
    for row in (*shown.own, *shown.others):
        fields.append(("seen", row.category))
        fields += [("had", str(box.digest)) for box in row.boxes if box.had]
        fields += [("digest", str(box.digest)) for box in row.boxes if box.ticked]
    for bundle in shown.bundles:
        fields.append((f"all-{bundle.cadence}", "no" if bundle.first is None else "yes"))
        # A select can send only what it offers.
        offered = [name for name, _ in bundle.offered]
        fields += [(f"first-{bundle.cadence}", n if n in offered else "") for n in bundle.places]
        if bundle.was is not None:
            fields.append((f"was-all-{bundle.cadence}", "yes"))
            fields += [(f"was-first-{bundle.cadence}", name) for name in bundle.was]
    return Posted.of(FormData(fields), CADENCES, {})


@given(choices)
def test_a_form_that_nobody_changed_changes_nothing(choice: Choice) -> None:
    form = posted(offer(dict(zip(NAMES, NAMES, strict=True)), CADENCES, choice, choice, ""))
    assert form.joined(CADENCES) == form.left == frozenset()
    assert form.now.differs(form.before) == {}


@pytest.mark.slow
@given(choices, choices)
def test_what_was_changed_is_the_difference_however_often_the_page_comes_back(
    before: Choice, now: Choice
) -> None:
    titles = dict(zip(NAMES, NAMES, strict=True))
    for query in ("", "tech", "nothing"):
        form = posted(offer(titles, CADENCES, before, now, query))
        assert form.joined(CADENCES) == now.digests - before.digests
        assert form.left == before.digests - now.digests
        assert form.now.differs(form.before) == now.differs(before)


@pytest.mark.slow
@given(st.frozensets(st.integers(0, 999), max_size=400), st.frozensets(st.integers(0, 999)))
def test_of_thousands_a_page_has_room_for_all_that_was_changed_first(
    had: frozenset[int], ticked: frozenset[int]
) -> None:
    titles = {f"c{n:03}": f"Category {n}" for n in range(1000)}
    few = sorted(ticked)[:SHOWN]
    before = Choice(frozenset(Digest("daily", f"c{n:03}") for n in had))
    now = Choice(before.digests ^ frozenset(Digest("daily", f"c{n:03}") for n in few))
    shown = offer(titles, CADENCES, before, now, "")
    rows = {row.category for row in shown.own}
    assert {digest.category for digest in before.digests ^ now.digests} <= rows
    assert len(rows) <= SHOWN + len(few)
    assert len(rows) + shown.own_more == len(had | set(few))


def test_case_and_width_dont_count_in_a_search_and_every_word_does() -> None:
    assert is_found("TECH 行业", "Ｔｅｃｈ1", "行业")
    assert is_found("", "anything")
    assert not is_found("tech money", "tech")
