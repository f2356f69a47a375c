"""The laws see what they are there to see: each is shown a small round that breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syndicate.delivery.fate import Fate
from syndicate.delivery.model import Mailing, MailingState, Outcome, State
from tests.chaos.laws import Evidence, Forbidden, judge
from tests.chaos.record import WAKES, Disturbance, Record, Transaction

SENT = Outcome(State.SENT)


def transaction(reader: int = 1, begun: float = 10.0, **changes: object) -> Transaction:
    """A message to a reader that was taken, and whose sender was told so."""
    one = Transaction(
        slot=0,
        connection=1,
        begun=begun,
        sender="news@blog.example",
        recipient=f"r{reader}@y.example",
        message_id=f"<m{reader}>",
        digest="bytes",
        dot=begun + 0.1,
        taken=True,
        told=True,
        after=begun + 0.2,
    )
    return replace(one, **changes)  # type: ignore[arg-type]  # any field of it


def mailing(**changes: object) -> Mailing:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    one = Mailing(id=7, editions=(1,), state=MailingState.SENT, ordered_at=at, audience=2, sent=2)
    return replace(one, **changes)  # type: ignore[arg-type]  # as above


def round_of(*transactions: Transaction, **changes: object) -> Evidence:
    """Mailing 7 went to the readers 1 and 2; and this was seen of it."""
    seen = Evidence(
        record=Record(transactions=list(transactions)),
        ids={"<m1>": (7, 1), "<m2>": (7, 2)},
        readers={"r1@y.example": 1, "r2@y.example": 2},
        owed={(7, 1), (7, 2)},
        mailings={7: mailing()},
        ledger={7: {1: SENT, 2: SENT}},
        uncertain=set(),
    )
    return replace(seen, **changes)  # type: ignore[arg-type]  # as above


def broken(seen: Evidence) -> str:
    return "\n".join(judge(seen).broken)


def test_a_round_in_which_all_went_well_breaks_no_law() -> None:
    verdict = judge(round_of(transaction(1), transaction(2)))
    assert (verdict.broken, verdict.messages, verdict.duplicated) == ([], 2, 0)


def test_a_message_that_counts_as_sent_and_never_arrived_is_lost() -> None:
    assert "counts as sent, never taken" in broken(round_of(transaction(1)))


def test_a_message_that_the_ledger_forgot_is_lost() -> None:
    seen = round_of(transaction(1), ledger={7: {1: SENT, 2: None}})
    assert "lost: mailing 7 for reader 2" in broken(seen)


def test_an_edition_that_was_never_ordered_is_lost() -> None:
    seen = round_of(transaction(1), transaction(2), owed={(7, 1), (7, 2), (0, 2)})
    assert "never ordered" in broken(seen)


def test_a_refusal_is_a_reason_only_if_the_relay_refused() -> None:
    failed = Outcome(State.FAILED, "550 5.2.0 not this one")
    seen = round_of(
        transaction(1),
        ledger={7: {1: SENT, 2: failed}},
        mailings={7: mailing(sent=1, failed=1)},
    )
    assert "failed without a reason" in broken(seen)
    seen.record.refused.append(("r2@y.example", "550 5.2.0 not this one"))
    assert broken(seen) == ""


def test_a_second_copy_needs_a_first_that_nobody_could_know_of() -> None:
    seen = round_of(transaction(1), transaction(2), transaction(1, 20.0), uncertain={(7, 1, 15.0)})
    assert "sent again, though it was told" in broken(seen)
    seen.record.disturbances.append(Disturbance(0, 10.15, "kill"))
    assert broken(seen) == ""


def test_a_stopped_worker_may_begin_what_it_was_allowed_when_it_wakes() -> None:
    seen = round_of(
        transaction(1), transaction(2), transaction(1, 20.0, slot=1), uncertain={(7, 1, 15.0)}
    )
    seen.record.disturbances.append(Disturbance(1, 19.9, WAKES))
    assert broken(seen) == ""


def test_a_second_copy_is_named_beforehand() -> None:
    seen = round_of(transaction(1, told=False), transaction(2), transaction(1, 20.0))
    assert "2 copies, named uncertain 0 times" in broken(seen)


def test_copies_have_the_same_bytes() -> None:
    seen = round_of(
        transaction(1, told=False),
        transaction(2),
        transaction(1, 20.0, digest="others"),
        uncertain={(7, 1, 15.0)},
    )
    assert "copies differ" in broken(seen)


def test_who_is_to_get_a_message_at_most_once_gets_no_second_copy() -> None:
    seen = round_of(
        transaction(1, told=False),
        transaction(2),
        transaction(1, 20.0),
        uncertain={(7, 1, 0.0)},
        parks=True,
    )
    assert "though parked" in broken(seen)


def test_a_connection_that_broke_leaves_one_message_unknown() -> None:
    seen = round_of(
        transaction(1, told=False),
        transaction(2, told=False),
        transaction(1, 20.0, connection=2),
        transaction(2, 21.0, connection=2),
        uncertain={(7, 1, 15.0), (7, 2, 15.0)},
    )
    assert "connection 1: 2 of its messages were sent again" in broken(seen)


@pytest.mark.parametrize("law", [Forbidden(9.0, reader=2), Forbidden(9.0, mailing=7)])
def test_what_was_stopped_goes_on_for_one_message_a_connection(law: Forbidden) -> None:
    under_way = round_of(transaction(1, connection=2), transaction(2, 10.5), forbidden=[law])
    assert broken(under_way) == ""
    one_more = round_of(transaction(1), transaction(2, 10.5), forbidden=[law])
    assert "was mailed" in broken(one_more)


def test_nothing_at_all_follows_what_was_said_while_nothing_was_under_way() -> None:
    law = Forbidden(9.0, reader=2, strict=True)
    seen = round_of(transaction(1, connection=2), transaction(2), forbidden=[law])
    assert "r2@y.example was mailed 1.000 s after" in broken(seen)


def test_nobody_gets_what_is_not_his() -> None:
    assert "not his" in broken(round_of(transaction(1, recipient="r2@y.example"), transaction(2)))
    unknown = transaction(1, message_id="<other>")
    assert "no message that there is" in broken(round_of(transaction(1), transaction(2), unknown))


def test_counters_are_compared_with_the_deliveries() -> None:
    seen = round_of(transaction(1), transaction(2), mailings={7: mailing(sent=1, failed=1)})
    assert "counts 1 sent, 2 are" in broken(seen)


def test_what_is_explained_is_what_the_ledger_has() -> None:
    seen = round_of(transaction(1), transaction(2), told={(7, 1): Fate.SENT})
    assert broken(seen) == ""
    seen.told = {(7, 1): Fate.FAILED}
    assert "explained as failed, is sent" in broken(seen)


def test_a_mailing_has_not_ended_while_one_is_open() -> None:
    deferred = Outcome(State.DEFERRED, "451 4.3.0 not now", until=99.0)
    seen = round_of(
        transaction(1), ledger={7: {1: SENT, 2: deferred}}, mailings={7: mailing(sent=1)}
    )
    assert "has ended, but 1 are open" in broken(seen)


def test_what_arrived_is_not_called_failed() -> None:
    failed = Outcome(State.FAILED, "550 5.2.0 not this one")
    seen = round_of(
        transaction(1),
        transaction(2),
        ledger={7: {1: SENT, 2: failed}},
        mailings={7: mailing(sent=1, failed=1)},
    )
    seen.record.refused.append(("r2@y.example", "550 5.2.0 not this one"))
    assert "taken, but the ledger says" in broken(seen)


def test_a_letter_arrives_and_ends_once() -> None:
    seen = round_of(
        transaction(1),
        transaction(2),
        letters={3: "asks@y.example"},
        letter_ids={"<l3>": 3},
    )
    assert "lost: letter 3" in broken(seen)
    seen.record.transactions.append(transaction(1, message_id="<l3>", recipient="asks@y.example"))
    assert "1 letters were posted, 0 ended" in broken(seen)
    seen.letters_ended = {State.SENT: 1}
    assert broken(seen) == ""
