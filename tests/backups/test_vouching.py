"""Who may say that mail goes on: the rule by itself, over all that Redis and a note may say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from syndicate.store.vouching import Known, Note, Verdict, judge

HERE, FORBIDDEN = "here", {Verdict.UNKNOWN, Verdict.OLDER, Verdict.EMPTIED, Verdict.LOCKED}

names, beats, moments = st.sampled_from("ab"), st.integers(0, 9), st.floats(0, 2000)
runs = st.sampled_from(("one", "two"))
states = st.builds(
    Known,
    id=st.sampled_from(("", "a", "b")),
    beat=beats,
    at=moments,
    run=runs,
    server=runs,
    locked=st.sampled_from(("", "", "restored")),
)
notes = st.builds(Note, id=names, beat=beats, at=moments, machine=st.sampled_from((HERE, "there")))


@given(states, st.none() | notes)
def test_what_forbids_says_why_and_nothing_else_does(known: Known, note: Note | None) -> None:
    verdict, why = judge(known, note, HERE)
    assert bool(why) is (verdict in FORBIDDEN)


@given(states, st.none() | notes)
def test_what_an_operator_has_to_unlock_stays_so_whoever_asks(
    known: Known, note: Note | None
) -> None:
    assert judge(replace(known, locked="why"), note, HERE) == (Verdict.LOCKED, "why")


@given(states, notes)
def test_the_note_of_another_machine_counts_for_nothing(known: Known, note: Note) -> None:
    another = replace(note, machine="there")
    assert judge(known, another, HERE)[0] is judge(known, None, HERE)[0]


@given(states, st.none() | notes)
def test_nobody_who_knows_more_goes_on(known: Known, note: Note | None) -> None:
    verdict, _ = judge(known, note, HERE)
    if note and note.machine == HERE and (not known.id or note.id == known.id):
        newer = not known.id or note.beat > known.beat
        assert not newer or verdict in FORBIDDEN


@given(states, st.none() | notes)
def test_a_run_that_nobody_vouched_for_goes_on_by_who_was_in_touch_to_the_end_alone(
    known: Known, note: Note | None
) -> None:
    verdict, _ = judge(known, note, HERE)
    if verdict is Verdict.VOUCH:
        assert note
        assert (note.machine, note.id) == (HERE, known.id)
        assert known.at - note.at <= 600
    elif verdict is Verdict.LIVE:
        assert known.run == known.server


@given(states)
def test_a_run_that_was_vouched_for_needs_no_note(known: Known) -> None:
    alive = replace(known, id="a", run=known.server, locked="")
    assert judge(alive, None, HERE) == (Verdict.LIVE, "")
