"""From a mail in a box to a suppressed address: what is proved, once, and never the wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog.testing

from syndicate.delivery.bounces.model import Kind
from syndicate.delivery.bounces.store import Done
from syndicate.delivery.bounces.verp import Claim, Purpose, claim_of, sender_for
from syndicate.digests.letters import Kind as LetterKind
from syndicate.settings.key import Key
from syndicate.subscribers import changes
from syndicate.subscribers.model import Reason, Status, Suppression
from tests.delivery.bounces.conftest import BASE, LEAVE, NOBODY_THERE, READER, Mailed
from tests.delivery.bounces.shapes import away, failed, feedback, headers, mail, report, status
from tests.delivery.test_send import TECH

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.app import App
    from tests.conftest import Clock

FULL = "552 5.2.2 mailbox full"


# Whose it is


def test_each_message_goes_out_as_its_own_address(
    app: App, senders: list[str], mailed: Mailed
) -> None:
    (sender,) = senders
    claim = claim_of(app.keyring, sender)
    assert claim == Claim(Purpose.BOUNCE, mailed.mailing, mailed.subscriber)
    assert sender == mailed.sender


def test_a_bounce_to_that_address_suppresses_at_once(app: App, mailed: Mailed) -> None:
    bare = report(status(failed("5.1.1", "550 5.1.1 unknown", "somebody@elsewhere.example")))
    taken = app.bounces.take(bare, mailed.sender.upper())
    assert (taken.done, taken.subscriber, taken.mailing) == (
        Done.SUPPRESSED,
        mailed.subscriber,
        mailed.mailing,
    )
    assert mailed.reader.status is Status.SUPPRESSED
    assert mailed.reader.receives == frozenset()
    why = app.suppressions.get(READER)
    assert why
    assert why.reason is Reason.HARD_BOUNCE


def test_the_address_may_stand_in_the_header_alone(app: App, mailed: Mailed) -> None:
    bare = report(status(failed("5.1.1", "550 5.1.1 unknown", READER)))
    head = f"Delivered-To: {mailed.sender}\n".encode()
    assert app.bounces.take(head + bare).done is Done.SUPPRESSED


def test_else_the_link_to_leave_in_what_came_back_tells_who(app: App, mailed: Mailed) -> None:
    kept = headers(mailed.without("Message-ID", "To", "Feedback-ID"))
    assert app.bounces.take(report(status(failed("5.1.1", "x", READER)), kept)).subscriber


@pytest.mark.parametrize("gone", [("List-Unsubscribe",), ("List-Unsubscribe", "Feedback-ID")])
def test_else_its_message_id_and_whom_it_is_about(
    app: App, mailed: Mailed, gone: tuple[str, ...]
) -> None:
    kept = headers(mailed.without(*gone))
    taken = app.bounces.take(report(status(failed("5.1.1", NOBODY_THERE, READER)), kept))
    assert (taken.done, taken.mailing) == (Done.SUPPRESSED, mailed.mailing)


def test_a_message_id_of_another_readers_message_says_nothing(app: App, mailed: Mailed) -> None:
    other = app.subscribers.add("other@y.example", app.clock())
    app.subscribers.change(other, [TECH], Status.ACTIVE, app.clock(), {"method": "test"})
    kept = headers(mailed.without("List-Unsubscribe").replace(READER, "other@y.example"))
    bounce = report(status(failed("5.1.1", "550 5.1.1 unknown", "other@y.example")), kept)
    assert app.bounces.take(bounce).done is Done.UNMATCHED
    assert app.subscribers.get([other])[0].status is Status.ACTIVE


@pytest.mark.parametrize(
    "to", ["", BASE, f"bounces+{'a' * 32}@blog.example", "x@elsewhere.example"]
)
def test_without_anything_of_ours_nothing_happens(app: App, mailed: Mailed, to: str) -> None:
    bounce = report(status(failed("5.1.1", NOBODY_THERE, READER)))
    assert app.bounces.take(bounce, to).done is Done.UNMATCHED
    complaint = feedback("abuse", f"Original-Rcpt-To: {READER}")
    assert app.bounces.take(complaint, to).done is Done.UNMATCHED
    assert mailed.reader.status is Status.ACTIVE
    assert app.suppressions.count() == 0


def test_an_address_that_another_key_signed_is_forged(app: App, mailed: Mailed) -> None:
    forged = sender_for(
        BASE, Key(b"k" * 32), Claim(Purpose.BOUNCE, mailed.mailing, mailed.subscriber)
    )
    bare = report(status(failed("5.1.1", NOBODY_THERE, READER)))
    assert app.bounces.take(bare, forged).done is Done.UNMATCHED


def test_who_was_never_sent_a_mailing_cant_be_suppressed_by_it(app: App, mailed: Mailed) -> None:
    late = app.subscribers.add("late@y.example", app.clock())
    key = app.postmaster.key_of(mailed.mailing)
    for mailing in (mailed.mailing, mailed.mailing + 1):
        to = sender_for(BASE, key, Claim(Purpose.BOUNCE, mailing, late))
        assert app.bounces.take(mailed.bounce(), to).done is Done.UNMATCHED
    assert app.subscribers.get([late])[0].suppression is None


def test_of_a_mailing_that_the_ledger_has_forgotten_a_complaint_counts_still(
    app: App, mailed: Mailed
) -> None:
    app.store.text.delete(app.store.keys.part(mailed.mailing, "chunks"))
    assert app.bounces.take(mailed.bounce(), mailed.sender).done is Done.UNMATCHED
    assert app.bounces.take(mailed.complaint(), mailed.sender).done is Done.SUPPRESSED


def test_an_old_key_is_good_as_long_as_it_is_kept(app: App, mailed: Mailed) -> None:
    sender = mailed.sender
    app.settings.key_file(app.clock).rotate()
    assert app.bounces.take(mailed.bounce(), sender).done is Done.SUPPRESSED


def test_of_somebody_who_was_erased_nothing_is_known(app: App, mailed: Mailed) -> None:
    bounce, sender = mailed.bounce(), mailed.sender
    app.erasure.erase(mailed.subscriber, {"method": "test"})
    assert app.bounces.take(bounce, sender).done is Done.UNMATCHED


def test_what_bounced_at_an_address_that_he_left_is_not_held_against_his_new_one(
    app: App, mailed: Mailed, clock: Clock
) -> None:
    clock.advance(hours=1)
    app.subscribers.alter(
        mailed.subscriber, lambda one: changes.move(one, "new@y.example"), clock(), {}
    )
    assert app.bounces.take(mailed.bounce(), mailed.sender).done is Done.NOTED
    assert mailed.reader.status is Status.ACTIVE


# What is made of it


def test_the_list_says_why_and_names_nobody(app: App, mailed: Mailed) -> None:
    said = f"550 5.1.1 <{READER}>: unknown at hub.y.example, ask postmaster@y.example"
    app.bounces.take(mailed.bounce(said), mailed.sender)
    why = app.suppressions.get(READER)
    assert why == Suppression(
        Reason.HARD_BOUNCE,
        "550 5.1.1 <recipient>: unknown at hub.y.example, ask [address]",
        app.clock().replace(microsecond=0),
    )
    (entry,) = app.bounces.record.latest(10)
    assert "@" not in entry.diagnostic
    assert entry.subscriber == mailed.subscriber


def test_a_complaint_suppresses_at_once(app: App, mailed: Mailed) -> None:
    assert app.bounces.take(mailed.complaint()).done is Done.SUPPRESSED
    why = app.suppressions.get(READER)
    assert why
    assert why.reason is Reason.COMPLAINT


def test_a_complaint_is_known_by_the_envelope_that_it_names(app: App, mailed: Mailed) -> None:
    bare = feedback("abuse", f"Original-Mail-From: <{mailed.sender}>", original="\n\nredacted")
    assert app.bounces.take(bare).done is Done.SUPPRESSED


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [("5.7.1", "550 5.7.1 blocked", Kind.POLICY), ("5.6.0", "554 5.6.0 no", Kind.CONTENT)],
)
def test_what_is_our_fault_is_counted_and_told_and_suppresses_nobody(
    app: App, mailed: Mailed, code: str, said: str, kind: Kind
) -> None:
    with structlog.testing.capture_logs() as logs:
        taken = app.bounces.take(mailed.bounce(said, code), mailed.sender)
    assert taken.done is Done.NOTED
    assert mailed.reader.status is Status.ACTIVE
    assert app.bounces.record.of_mailings([mailed.mailing]) == {mailed.mailing: {kind: 1}}
    assert [line["log_level"] for line in logs if line["event"] == "bounce"] == ["warning"]


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "delivered"])
def test_what_is_no_failure_changes_nothing(app: App, mailed: Mailed, action: str) -> None:
    note = report(status(failed("5.1.1", NOBODY_THERE, READER, action=action)))
    assert app.bounces.take(note, mailed.sender).done is Done.NOTED
    assert mailed.reader.status is Status.ACTIVE


def test_a_machines_answer_changes_nothing(app: App, mailed: Mailed) -> None:
    assert app.bounces.take(away("Out of office"), mailed.sender).done is Done.NOTED
    assert mailed.reader.status is Status.ACTIVE


def test_a_mail_counts_once_however_often_it_comes(app: App, mailed: Mailed) -> None:
    assert app.bounces.take(mailed.bounce(), mailed.sender).done is Done.SUPPRESSED
    again = mailed.bounce().replace(b"\n", b"\r\n")
    assert app.bounces.take(again, mailed.sender).done is Done.REPEATED
    assert app.bounces.record.counts() == {(Kind.HARD, Done.SUPPRESSED): 1}
    assert len(app.bounces.record.latest(10)) == 1


def test_what_a_crash_kept_from_being_noted_is_done_again_without_harm(
    app: App, mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> bool:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(type(app.bounces.record), "note", die)
        with pytest.raises(RuntimeError):
            app.bounces.take(mailed.bounce(), mailed.sender)
    assert mailed.reader.status is Status.SUPPRESSED
    assert app.bounces.take(mailed.bounce(), mailed.sender).done is Done.SUPPRESSED
    assert app.bounces.record.counts() == {(Kind.HARD, Done.SUPPRESSED): 1}
    assert app.suppressions.count() == 1


def test_a_relays_own_refusal_counts_as_a_bounce(app: App, mailed: Mailed) -> None:
    for _ in range(2):
        app.bounces.refused(mailed.mailing, mailed.subscriber, "550 5.7.1 <recipient> not you")
    assert mailed.reader.status is Status.ACTIVE
    taken = app.bounces.refused(mailed.mailing, mailed.subscriber, "550 5.1.1 <recipient>: no")
    assert taken.done is Done.SUPPRESSED
    assert app.bounces.record.counts() == {
        (Kind.POLICY, Done.NOTED): 1,
        (Kind.HARD, Done.SUPPRESSED): 1,
    }


# Addresses that may be good


def mail_days(
    days: int, mail_edition: Callable[[], Mailed], clock: Clock, back: Callable[[int], bool]
) -> Mailed:
    """An edition a day; those of the days that `back` says come back at once, for a full box."""
    for day in range(days):
        mailed = mail_edition()
        if back(day):
            mailed.app.bounces.take(mailed.bounce(FULL, "5.2.2"), mailed.sender)
        clock.advance(days=1)
    return mailed


def test_a_box_that_is_full_for_days_is_given_up(
    mail_edition: Callable[[], Mailed], clock: Clock, app: App
) -> None:
    mailed = mail_days(4, mail_edition, clock, lambda _day: True)
    assert mailed.reader.status is Status.ACTIVE
    mailed = mail_days(1, mail_edition, clock, lambda _day: True)
    assert mailed.reader.status is Status.SUPPRESSED
    why = app.suppressions.get(READER)
    assert why
    assert (why.reason, why.source) == (Reason.SOFT_BOUNCE, FULL)


def test_many_mails_of_one_day_count_once(
    mail_edition: Callable[[], Mailed],
) -> None:
    for _ in range(8):
        mailed = mail_edition()
        mailed.app.bounces.take(mailed.bounce(FULL, "5.2.2"), mailed.sender)
    assert mailed.reader.status is Status.ACTIVE


def test_the_day_counts_on_which_a_mail_was_sent_not_the_one_on_which_it_was_read(
    mail_edition: Callable[[], Mailed], clock: Clock
) -> None:
    back = []
    for _ in range(5):
        back.append(mail_edition())
        clock.advance(days=1)
    for mailed in back:
        mailed.app.bounces.take(mailed.bounce(FULL, "5.2.2"), mailed.sender)
    assert mailed.reader.status is Status.SUPPRESSED


def test_days_long_ago_count_no_more(mail_edition: Callable[[], Mailed], clock: Clock) -> None:
    for _ in range(6):
        mailed = mail_days(1, mail_edition, clock, lambda _day: True)
        clock.advance(days=3)
    assert mailed.reader.status is Status.ACTIVE


def test_what_arrives_in_between_wipes_the_slate_clean(
    mail_edition: Callable[[], Mailed], clock: Clock
) -> None:
    """Every other one comes back. Those of five days ago that didn't have arrived."""
    mailed = mail_days(13, mail_edition, clock, lambda day: day % 2 == 0)
    assert mailed.reader.status is Status.ACTIVE


def test_what_may_come_back_yet_has_not_arrived(
    mail_edition: Callable[[], Mailed], clock: Clock
) -> None:
    mailed = mail_days(6, mail_edition, clock, lambda day: day != 4)
    assert mailed.reader.status is Status.SUPPRESSED


def test_a_bad_name_of_ours_counts_against_no_reader(
    mail_edition: Callable[[], Mailed], clock: Clock
) -> None:
    for _ in range(8):
        mailed = mail_edition()
        slow = mailed.bounce("421 4.7.28 unusual rate of mail", "4.7.28")
        assert mailed.app.bounces.take(slow, mailed.sender).done is Done.NOTED
        clock.advance(days=1)
    assert mailed.reader.status is Status.ACTIVE


# Letters


def test_a_letter_that_bounces_keeps_its_address_from_being_written_to_again(
    app: App, senders: list[str], clock: Clock
) -> None:
    reader = app.subscribers.add(READER, clock())
    app.subscribers.change(reader, [TECH], Status.PENDING, clock(), {"method": "test"})
    app.post_letter(LetterKind.CONFIRM, reader, [TECH])
    assert app.send_letters() == 1
    (sender,) = senders
    assert claim_of(app.keyring, sender) == Claim(Purpose.BOUNCE, 0, reader)
    bounce = report(status(failed("5.1.1", NOBODY_THERE, READER)))
    assert app.bounces.take(bounce, sender).done is Done.SUPPRESSED


# Leaving by mail


def test_a_message_names_one_https_link_and_one_address_to_leave_by(mailed: Mailed) -> None:
    (line,) = (x for x in mailed.header.split("\n") if x.startswith("List-Unsubscribe:"))
    link, address = line.partition(": ")[2].split(", ")
    assert link.startswith("<http")
    assert address == f"<mailto:{mailed.address(Purpose.LEAVE, LEAVE)}>"
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mailed.header


@pytest.mark.parametrize("text", ["", "unsubscribe", "Please let me go."])
def test_whoever_writes_there_leaves_at_once(app: App, mailed: Mailed, text: str) -> None:
    wish = mail(text, sender=READER, subject="unsubscribe")
    taken = app.bounces.take(wish, mailed.address(Purpose.LEAVE, LEAVE))
    assert (taken.verdict.kind, taken.done) == (Kind.UNSUBSCRIBE, Done.LEFT)
    assert mailed.reader.states == {TECH: Status.LEFT}
    assert app.subscribers.consents(mailed.subscriber)[-1]["how"] == {"method": "mail"}


def test_a_machines_answer_to_it_makes_nobody_leave(app: App, mailed: Mailed) -> None:
    to = mailed.address(Purpose.LEAVE, LEAVE)
    assert app.bounces.take(away("Automatic reply: hello"), to).done is Done.NOTED
    assert app.bounces.take(mailed.bounce(), to).done is Done.NOTED
    assert mailed.reader.states == {TECH: Status.ACTIVE}


def test_a_persons_answer_with_our_mail_in_it_makes_nobody_leave(app: App, mailed: Mailed) -> None:
    answer = mail(
        b"--x\n\nNice.\n--x\n" + headers(mailed.header).encode() + b"\n--x--\n",
        sender=READER,
        type_="multipart/mixed; boundary=x",
    )
    assert app.bounces.take(answer, BASE).done is Done.NOTED
    assert mailed.reader.states == {TECH: Status.ACTIVE}


def test_who_wants_out_of_a_list_by_his_provider_leaves(app: App, mailed: Mailed) -> None:
    wish = feedback("opt-out", original=headers(mailed.header))
    assert app.bounces.take(wish).done is Done.LEFT
    assert mailed.reader.states == {TECH: Status.LEFT}
