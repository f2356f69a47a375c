"""What a relay's answer means for whom it is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.bounces.codes import classify_reply, judge
from syndicate.delivery.bounces.model import FAILURES, Kind

#: STANDARDS 96, to the letter.
HARD = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")


@pytest.mark.parametrize("code", HARD)
def test_these_codes_alone_say_that_there_is_no_such_box(code: str) -> None:
    assert classify_reply(f"550 {code} <recipient>: no") is Kind.HARD


@given(st.integers(0, 999), st.integers(0, 999))
def test_no_other_code_suppresses_at_once(subject: int, detail: int) -> None:
    code = f"5.{subject}.{detail}"
    if code not in HARD:
        assert classify_reply(f"550 {code} no") is not Kind.HARD


@given(st.integers(0, 999), st.integers(0, 999))
def test_what_may_go_well_later_is_soft(subject: int, detail: int) -> None:
    assert classify_reply(f"451 4.{subject}.{detail} user unknown") is Kind.SOFT


@given(st.integers(0, 999))
def test_what_they_have_against_us_is_never_held_against_him(detail: int) -> None:
    assert classify_reply(f"554 5.7.{detail} user unknown") is Kind.POLICY
    assert classify_reply(f"554 5.6.{detail} user unknown") is Kind.CONTENT


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 <recipient>: no such user", Kind.HARD),
        ("550 User unknown", Kind.HARD),
        ("550 Mailbox unavailable", Kind.SOFT),
        ("550 no", Kind.SOFT),
        ("550 <recipient>... blocked by our list; user unknown", Kind.POLICY),
        ("550-5.1.1 The account\n550 5.1.1 does not exist", Kind.HARD),
        ("550 #5.1.1 no", Kind.HARD),
        ("552 quota exceeded", Kind.SOFT),
        ("552 5.2.2 full", Kind.SOFT),
        ("552 5.3.4 too large", Kind.CONTENT),
        ("552 message size exceeds the maximum", Kind.CONTENT),
        ("501 syntax", Kind.POLICY),
        ("530 5.7.0 STARTTLS first", Kind.POLICY),
        ("553 5.1.8 sender's domain not found", Kind.POLICY),
        ("500 5.5.2 syntax", Kind.POLICY),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", Kind.SOFT),
        ("556 5.1.10 takes no mail", Kind.HARD),
        ("556 takes no mail", Kind.HARD),
        ("421 4.7.0 try later", Kind.SOFT),
        ("450 user unknown", Kind.SOFT),
        ("550 用户不存在", Kind.HARD),
        ("expired after 6 tries; last: 451 4.2.2 full", Kind.SOFT),
        ("250 2.0.0 fine", Kind.UNKNOWN),
        ("worker lost", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
    ],
)
def test_an_answer_means(reply: str, kind: Kind) -> None:
    assert classify_reply(reply) is kind


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        ("5.0.0", "550 5.1.1 no", "5.1.1"),
        ("5.1.1", "550 5.7.1 no", "5.1.1"),
        ("5.0.0", "550 5.7.0 no", "5.7.0"),
        ("5.1.0", "no code", "5.1.0"),
        ("", "550 5.2.2 full", "5.2.2"),
        ("5.01.001", "", "5.1.1"),
        ("2.0.0", "550 5.1.1 no", "5.1.1"),
        ("", "mx.example[192.0.5.1.1.7] runs 5.1.1.7", ""),
        ("", "host 5.1.1.10 said no", ""),
    ],
)
def test_the_more_telling_code_counts(status: str, said: str, code: str) -> None:
    assert judge(status, said).status == code


@pytest.mark.slow
@given(st.text(), st.text())
def test_any_words_are_some_failure(status: str, said: str) -> None:
    assert judge(status, said).kind in FAILURES
    classify_reply(said)
