"""A mailing that too much comes back of is paused, once; a person's word is the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.alarm import Counts, too_much
from syndicate.delivery.model import MailingState
from syndicate.settings import Delivery
from syndicate.settings.relays import Threshold
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App

LIMITS = Delivery()


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (Counts(0, 0, 0), ""),
        (Counts(199, 199, 0), ""),
        (Counts(200, 10, 0), ""),
        (Counts(200, 11, 0), "11 of 200 messages came back: 5.5 %, more than the 5 % of the setti"),
        (Counts(499, 0, 400), ""),
        (Counts(1000, 0, 3), ""),
        (Counts(1000, 500, 4), "4 of 1000 messages were called spam: 0.4 %, more than the 0.3 %"),
    ],
)
def test_more_than_the_settings_bear_is_too_much(counts: Counts, why: str) -> None:
    found = too_much(counts, LIMITS)
    assert found.startswith(why)
    assert bool(found) == bool(why)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_hundred_percent_is_never_too_much(tried: int, bounced: int, complained: int) -> None:
    never = Threshold(percent=100, after=1)
    limits = Delivery(pause_on_bounces=never, pause_on_complaints=never)
    counts = Counts(tried, min(bounced, tried), min(complained, tried))
    assert too_much(counts, limits) == ""


def test_a_mailing_is_paused_once_and_a_person_has_the_last_word(
    app: App, write_post: Callable[..., Path]
) -> None:
    app.sync()
    write_post("one", "tech")
    app.sync()
    for n in range(2):
        number = app.subscribers.add(f"reader{n}@y.example", app.clock())
        app.subscribers.change(
            number, [Digest("daily", "tech")], Status.ACTIVE, app.clock(), {"method": "test"}
        )
    edition = app.desk.cut("daily", "tech")
    assert edition
    mailing = app.desk.order(edition.id)
    list(app.plan(mailing))
    assert app.sweep().deliver
    back: list[str | int] = [
        "sent",
        300,
        "bounced:hard",
        20,
        "bounced:soft",
        9,
        "bounced:complaint",
        0,
    ]
    app.store.text.hset(app.store.keys.mailing(mailing), items=back)
    assert not app.sweep().deliver
    found = app.ledger.get(mailing)
    assert found.state is MailingState.PAUSED
    assert found.trouble.startswith("29 of 300 messages came back: 9.67 %")
    app.desk.resume(edition.id, "ann")
    assert app.sweep().deliver
    assert app.ledger.get(mailing).state is MailingState.SENDING
