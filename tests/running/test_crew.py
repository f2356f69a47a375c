"""Which processes serve which queues."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syndicate.settings.workers import Workers
from syndicate.store.keys import QUEUES

counts = st.fixed_dictionaries({queue: st.integers(0, 4) for queue in QUEUES})


@given(counts)
def test_every_queue_has_its_processes_or_shares_one(wanted: dict[str, int]) -> None:
    crew = Workers(**wanted).crew()
    serving = {q: sum(q in queues for queues in crew.values()) for q in QUEUES}
    assert serving == {queue: count or 1 for queue, count in wanted.items()}


@given(counts)
def test_a_queue_with_processes_of_its_own_waits_for_no_other(wanted: dict[str, int]) -> None:
    for queues in Workers(**wanted).crew().values():
        assert len(queues) == 1 or not any(wanted[queue] for queue in queues)


def test_by_default_mailings_letters_editions_and_feeds_do_not_wait_for_each_other() -> None:
    crew = Workers().crew()
    assert set(crew.values()) == {("ingest", "publish"), ("digest",), ("deliver",), ("post",)}
    assert len(crew) == 5
