"""Beats that die anywhere: no slot is cut twice, and none is lost."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.app import App
from syndicate.settings import load
from syndicate.store import client
from syndicate.subscribers.model import Digest
from tests.conftest import Clock, on_a_machine_of_its_own

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_numbers = itertools.count()
#: Where a beat may die: before or after one of these.
STEPS = ("cut", "order_slot", "claim", "nowhere")


class Killed(BaseException):
    """What no handler of ours may catch."""


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.booleans(), st.integers(0, 2), st.integers(1, 90)),
        min_size=1,
        max_size=8,
    )
)
def test_beats_that_die_anywhere_mail_each_post_once(
    redis_url: str,
    site: Path,
    write_post: Callable[..., Path],
    deaths: list[tuple[str, bool, int, int]],
) -> None:
    """Each beat comes so many minutes after the one before; the cadence is due each half hour."""
    clock, number = Clock(), next(_numbers)
    text = (site / "syndicate.toml").read_text().partition("\n[[cadences]]")[0]
    text += '\n[[cadences]]\nname = "daily"\ncron = "*/30 * * * *"\ngrace = 48\n'
    (site / "syndicate.toml").write_text(text)
    store = client.connect(redis_url, f"beats{number}")
    app = App(on_a_machine_of_its_own(load(site), f"state{number}"), store, clock)
    app.sync()
    app.desk.tick()
    for name in ("one", "two"):
        write_post(f"{name}-{number}", f"tech{number}", f"money{number}")
    app.sync(announce=True)
    for step, after, times, minutes in deaths:
        clock.advance(minutes=minutes)
        _tick(app, step, times, after=after)
    clock.now += timedelta(minutes=31)
    app.desk.tick()
    app.sweep()
    taken = [app.ledger.get(mailing).editions for mailing in app.ledger.active()]
    editions = [app.editions.get(edition) for (edition,) in taken]
    for category in (f"tech{number}", f"money{number}"):
        posts = [p for each in editions if each.category == category for p in each.posts]
        assert len(posts) == len(set(posts)) == 2
        assert not app.desk.judge(Digest("daily", category)).cut
    assert app.editions.without_mailing() == []
    store.close()


def _tick(app: App, step: str, times: int, *, after: bool) -> None:
    """One beat, which dies before or after it has done a step so often."""
    owners = {"cut": app.editions, "order_slot": app.ledger, "claim": app.schedules}
    calls = itertools.count()
    with pytest.MonkeyPatch.context() as patch:
        if step in owners:
            real = getattr(type(owners[step]), step)

            def dying(*args: object, **kwargs: object) -> object:
                if next(calls) < times:
                    return real(*args, **kwargs)
                if after:
                    real(*args, **kwargs)
                raise Killed

            patch.setattr(type(owners[step]), step, dying)
        try:
            app.desk.tick()
        except Killed:
            # Its lock runs out by itself.
            app.store.text.delete(app.store.keys.lock("tick"))
