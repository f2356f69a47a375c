"""What must hold when all is over. Pure: from what was seen outside and what the ledger says."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syndicate.delivery.fate import Fate
from syndicate.delivery.model import MailingState, State
from tests.chaos.record import JUMPS, WAKES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from syndicate.delivery.model import Mailing, Outcome
    from tests.chaos.record import Disturbance, Record, Transaction

#: Seconds that a worker may need to write down what it knows when its connection has ended.
_SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Forbidden:
    """From that moment on (the answer to the call that said so), this goes out no more."""

    at: float
    #: Until it was allowed again.
    until: float = float("inf")
    reader: int = 0
    #: 0: of none.
    mailing: int = 0
    #: Nothing was under way: not even one message per connection may follow.
    strict: bool = False


@dataclass
class Evidence:
    """All that is known of a round."""

    record: Record
    #: Message-ID → (mailing, reader).
    ids: Mapping[str, tuple[int, int]]
    #: Address → reader.
    readers: Mapping[str, int]
    #: (mailing, reader): who is to get what, had nobody left.
    owed: set[tuple[int, int]]
    mailings: Mapping[int, Mailing]
    #: Mailing → reader → what the ledger says.
    ledger: Mapping[int, Mapping[int, Outcome | None]]
    #: (mailing, reader, until): each time that the ledger said "uncertain".
    uncertain: set[tuple[int, int, float]]
    forbidden: list[Forbidden] = field(default_factory=list)
    #: (mailing, reader) → what became of it, as it is explained to operators; of some.
    told: Mapping[tuple[int, int], Fate] = field(default_factory=dict)
    #: Letter → address, and Message-ID → letter.
    letters: Mapping[int, str] = field(default_factory=dict)
    letter_ids: Mapping[str, int] = field(default_factory=dict)
    #: State → letters that ended so.
    letters_ended: Mapping[State, int] = field(default_factory=dict)
    #: At most once: what is uncertain isn't sent again.
    parks: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the round ended."""

    broken: list[str]
    messages: int
    #: Copies beyond the first.
    duplicated: int
    uncertain: int


def judge(seen: Evidence) -> Verdict:
    """All laws."""
    copies = _copies(seen)
    checks = (
        _nobody_else(seen),
        _nothing_lost(seen, copies),
        _duplicates(seen, copies),
        _one_a_connection(seen, copies),
        _nothing_forbidden(seen),
        _counts(seen),
        _outcomes(seen, copies),
        _explained(seen),
        _letters(seen, copies),
    )
    return Verdict(
        [line for check in checks for line in check],
        sum(map(len, copies.values())),
        sum(len(each) - 1 for each in copies.values()),
        len({(mailing, reader) for mailing, reader, _ in seen.uncertain}),
    )


def _copies(seen: Evidence) -> dict[str, list[Transaction]]:
    """Message-ID → what was taken of it, in order."""
    found: dict[str, list[Transaction]] = defaultdict(list)
    for each in sorted(seen.record.transactions, key=lambda one: one.dot):
        if each.taken:
            found[each.message_id].append(each)
    return found


def _nobody_else(seen: Evidence) -> Iterator[str]:
    """Each message goes to whom its Message-ID names, and is one that somebody is owed."""
    for each in seen.record.transactions:
        if not each.message_id:
            continue
        if (delivery := seen.ids.get(each.message_id)) is not None:
            if seen.readers[each.recipient] != delivery[1]:
                yield f"{each.message_id} went to {each.recipient}: not his"
            elif delivery not in seen.owed:
                yield f"reader {delivery[1]} was sent mailing {delivery[0]}, which isn't for him"
        elif (letter := seen.letter_ids.get(each.message_id)) is not None:
            if seen.letters[letter] != each.recipient:
                yield f"letter {letter} went to {each.recipient}"
        else:
            yield f"{each.recipient} was sent {each.message_id}: no message that there is"


def _nothing_lost(seen: Evidence, copies: Mapping[str, list[Transaction]]) -> Iterator[str]:
    """Who is owed a message, and did nothing to stop it, has it, or the ledger says why not."""
    arrived = {seen.ids[each] for each in copies if each in seen.ids}
    for mailing, reader in sorted(seen.owed - arrived):
        if mailing not in seen.mailings:
            yield f"lost: an edition for reader {reader} was never ordered"
        elif not _excused(seen, mailing, reader):
            said = seen.ledger[mailing].get(reader)
            yield f"lost: mailing {mailing} for reader {reader}; the ledger says {said}"


def _excused(seen: Evidence, mailing: int, reader: int) -> bool:
    """Whether there is a reason, seen from outside, that he hasn't got it."""
    if seen.mailings[mailing].state is MailingState.CANCELLED or _left(seen, mailing, reader):
        return True
    said = seen.ledger[mailing].get(reader)
    if said is None:
        return False
    if said.state is State.FAILED:
        return _was_refused(seen, reader, said.reply)
    if said.state is State.PARKED:
        return seen.parks
    # Whom a relay refused for good may have been suppressed for it.
    refused = any(seen.readers.get(address) == reader for address, _ in seen.record.refused)
    return said.state is State.SKIPPED and refused


def _left(seen: Evidence, mailing: int, reader: int) -> bool:
    return any(each.reader == reader and each.mailing in (0, mailing) for each in seen.forbidden)


def _was_refused(seen: Evidence, reader: int, reply: str) -> bool:
    return any(
        seen.readers.get(address) == reader and said in reply
        for address, said in seen.record.refused
    )


def _duplicates(seen: Evidence, copies: Mapping[str, list[Transaction]]) -> Iterator[str]:
    """Copies have the same bytes and were named before; all but one of them were unknowable."""
    times = Counter((mailing, reader) for mailing, reader, _ in seen.uncertain)
    for name, taken in copies.items():
        if len(taken) == 1:
            continue
        if len({each.digest for each in taken}) > 1:
            yield f"{name} to {taken[0].recipient}: copies differ"
        # Which was the last one sends, only they know: a stopped worker's may be long under way.
        known = [each for each in taken if not _unknowable(seen.record, each)]
        if len(known) > 1:
            yield f"{name} to {known[0].recipient}: sent again, though it was told of the first"
        delivery = seen.ids.get(name)
        if delivery is None:
            continue
        if seen.parks:
            yield f"{name} to {taken[0].recipient}: sent {len(taken)} times, though parked"
        if len(taken) - 1 > times[delivery]:
            named = f"named uncertain {times[delivery]} times"
            yield f"mailing {delivery[0]}, reader {delivery[1]}: {len(taken)} copies, {named}"


def _unknowable(record: Record, taken: Transaction) -> bool:
    """Whether what was taken may be unknown to whoever sent it, as far as one sees from outside."""
    return not taken.told or any(_hits(each, taken) for each in record.disturbances)


def _hits(disturbance: Disturbance, taken: Transaction) -> bool:
    # What a worker was allowed before, it begins when it wakes, or though its lease is over.
    begin = taken.begun - (_SLACK if disturbance.what in (WAKES, JUMPS) else 0)
    end = (taken.after or float("inf")) + _SLACK
    return disturbance.slot in (-1, taken.slot) and begin <= disturbance.at <= end


def _one_a_connection(seen: Evidence, copies: Mapping[str, list[Transaction]]) -> Iterator[str]:
    """A connection that broke leaves one message unknown, and so does each stop of its worker."""
    again = [each for taken in copies.values() for each in taken[:-1]]
    for connection, many in Counter(each.connection for each in again).items():
        slots = {each.slot for each in again if each.connection == connection}
        # A connection that lives on after that is one whose worker was stopped, or lost Redis.
        more = sum(each.slot in (*slots, -1) for each in seen.record.disturbances)
        if many > 1 + more:
            yield f"connection {connection}: {many} of its messages were sent again"


def _nothing_forbidden(seen: Evidence) -> Iterator[str]:
    """Nobody is mailed after he left, and no mailing goes on that was stopped."""
    by_reader = defaultdict(list)
    by_mailing = defaultdict(list)
    for each in seen.record.transactions:
        by_reader[seen.readers.get(each.recipient, 0)].append(each)
        by_mailing[seen.ids.get(each.message_id, (0, 0))[0]].append(each)
    for law in seen.forbidden:
        among = by_reader[law.reader] if law.reader else by_mailing[law.mailing]
        for each in among:
            if law.at < each.begun < law.until and _covers(seen, law, each):
                late = each.begun - law.at
                yield f"{each.recipient} was mailed {late:.3f} s after {law}"


def _covers(seen: Evidence, law: Forbidden, each: Transaction) -> bool:
    mailing, _ = seen.ids.get(each.message_id, (0, 0))
    if each.message_id and not mailing:
        return False
    if law.mailing and mailing != law.mailing:
        return False
    return law.strict or any(
        law.at < other.begun < each.begun
        for other in seen.record.transactions
        if other.connection == each.connection
    )


def _counts(seen: Evidence) -> Iterator[str]:
    """The counters are the truth, and nothing is left open."""
    for number, mailing in seen.mailings.items():
        said = Counter(each.state if each else None for each in seen.ledger[number].values())
        owed = sum(one == number for one, _ in seen.owed)
        if mailing.audience != len(seen.ledger[number]):
            yield f"mailing {number}: audience {mailing.audience}, {len(seen.ledger[number])} found"
        left = sum(_left(seen, number, reader) for one, reader in seen.owed if one == number)
        if not owed - left <= mailing.audience <= owed and mailing.state is MailingState.SENT:
            yield f"mailing {number}: audience {mailing.audience} of {owed} readers"
        for state in (State.SENT, State.FAILED, State.SKIPPED, State.PARKED):
            if said[state] != getattr(mailing, state):
                counted = getattr(mailing, state)
                yield f"mailing {number}: counts {counted} {state}, {said[state]} are"
        if mailing.state is MailingState.SENT and mailing.open:
            yield f"mailing {number} has ended, but {mailing.open} are open"


def _outcomes(seen: Evidence, copies: Mapping[str, list[Transaction]]) -> Iterator[str]:
    """What the ledger says of a message is what happened to it."""
    arrived = {seen.ids[each] for each in copies if each in seen.ids}
    uncertain = {(mailing, reader) for mailing, reader, _ in seen.uncertain}
    for mailing, found in seen.ledger.items():
        for reader, said in found.items():
            state, there = said.state if said else None, (mailing, reader) in arrived
            if state is State.SENT and not there:
                yield f"lost: mailing {mailing}, reader {reader}: counts as sent, never taken"
            if said and state is State.FAILED and not _excused(seen, mailing, reader):
                yield f"mailing {mailing}, reader {reader}: failed without a reason: {said.reply}"
            if state is State.SKIPPED and not _excused(seen, mailing, reader):
                yield f"mailing {mailing}, reader {reader}: skipped without a reason"
            known = state is State.SENT or (mailing, reader) in uncertain
            if there and not known and seen.mailings[mailing].state is MailingState.SENT:
                yield f"mailing {mailing}, reader {reader}: taken, but the ledger says {said}"


def _explained(seen: Evidence) -> Iterator[str]:
    """What operators are told of a message is what the ledger has."""
    for (mailing, reader), fate in seen.told.items():
        found = seen.ledger[mailing]
        ended = seen.mailings[mailing].state is MailingState.SENT
        said = found[reader].state if found.get(reader) else None  # type: ignore[union-attr]  # is there
        if ended and fate != (said or (Fate.WAITING if reader in found else Fate.ABSENT)):
            yield f"mailing {mailing}, reader {reader}: explained as {fate}, is {said}"


def _letters(seen: Evidence, copies: Mapping[str, list[Transaction]]) -> Iterator[str]:
    """Every letter arrived, or was refused for good; each ended once."""
    arrived = {seen.letter_ids[each] for each in copies if each in seen.letter_ids}
    refused = {address for address, _ in seen.record.refused}
    for letter, address in seen.letters.items():
        if letter not in arrived and address not in refused:
            yield f"lost: letter {letter} to {address}"
    ended = sum(seen.letters_ended.values())
    if ended != len(seen.letters):
        yield f"{len(seen.letters)} letters were posted, {ended} ended"
    if seen.letters_ended.get(State.SENT, 0) > len(arrived):
        yield f"{seen.letters_ended[State.SENT]} letters count as sent, {len(arrived)} arrived"
