"""Exports: what they write, an import reads; and no spreadsheet takes a cell for a formula."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.subscribers import exporting
from syndicate.subscribers.importing import ours
from syndicate.subscribers.importing.columns import columns_of
from syndicate.subscribers.importing.decide import Outcome, decide
from syndicate.subscribers.importing.rows import Choices, Rows
from syndicate.subscribers.importing.table import Record
from syndicate.subscribers.model import (
    Digest,
    Reason,
    Status,
    Subscriber,
    Subscription,
    Suppression,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
CATEGORIES = ("tech", "a:b|c", "100%", "=sum", "Career In touxingPEVC", "经济网新闻", "x,y", "-")
CADENCES = ("daily", "weekly")
CHOICES = Choices((), {}, CATEGORIES, CADENCES, consent=False, file="x.csv")

times = st.datetimes(datetime(2001, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda at: at.replace(microsecond=0)
)
#: Names and fields as they may be: one line, not blank at an end.
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12
) | st.sampled_from(["=1+1", "'=1", "''+x", "-", "@x", "+49 228", "'", 'a"b', "a,b"])
states = st.sampled_from([Status.ACTIVE, Status.LEFT])
digests = st.builds(Digest, st.sampled_from(CADENCES), st.sampled_from(CATEGORIES))
suppressions = st.builds(Suppression, st.sampled_from(Reason), texts, times)
subscribers = st.builds(
    Subscriber,
    id=st.just(0),
    address=st.sampled_from(
        ["Wanda@mail.example", "+49@mail.example", "=a@mail.example", "-@例子.中国"]
    ),
    created_at=times,
    subscriptions=st.dictionaries(digests, st.builds(Subscription, states, times), min_size=1),
    name=texts,
    language=st.sampled_from(["", "de", "zh-Hans"]),
    zone=st.sampled_from(["", "Asia/Shanghai"]),
    fields=st.dictionaries(st.sampled_from(["city", "status", "address"]), texts.filter(bool)),
    together=st.dictionaries(
        st.sampled_from(CADENCES), st.lists(st.sampled_from(CATEGORIES)).map(tuple)
    ),
    paused_until=st.none() | times,
    suppression=st.none() | suppressions,
)


def table(people: Sequence[Subscriber]) -> list[list[str]]:
    text = io.StringIO(newline="")
    assert exporting.write_csv(lambda: people, text) == len(people)
    text.seek(0)
    return list(csv.reader(text))


@pytest.mark.slow
@given(st.lists(subscribers, min_size=1, max_size=4))
def test_who_was_exported_is_imported_as_he_was(people: list[Subscriber]) -> None:
    header, *rows = table(people)
    reader = Rows(columns_of(header, {}), CHOICES)
    for one, cells in zip(people, rows, strict=True):
        outcome, after = decide(reader.read(Record(2, cells), NOW), None, 0, None)
        assert after == one
        assert outcome is not Outcome.UNCHANGED


@pytest.mark.slow
@given(st.lists(subscribers, min_size=1, max_size=4))
def test_no_cell_of_an_export_is_a_formula(people: list[Subscriber]) -> None:
    for cell in (cell for row in table(people)[1:] for cell in row):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text())
def test_a_cell_that_was_made_harmless_is_what_it_was(cell: str) -> None:
    assert ours.restored(ours.harmless(cell)) == cell
    assert not ours.harmless(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_an_export_says_how_each_subscription_stands() -> None:
    since = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    one = Subscriber(
        id=1,
        address="wanda@mail.example",
        created_at=since,
        name="Wanda",
        subscriptions={
            Digest("weekly", "tech"): Subscription(Status.LEFT, NOW),
            Digest("daily", "a:b|c"): Subscription(Status.ACTIVE, since),
        },
        fields={"city": "Bonn"},
    )
    header, row = table([one])
    said = dict(zip(header, row, strict=True))
    assert said["address"] == "wanda@mail.example"
    assert said["status"] == "active"
    assert said["subscriptions"] == (
        "daily:a%3Ab%7Cc:active:2026-01-02T03:04:05Z|weekly:tech:left:2026-11-23T06:00:00Z"
    )
    assert said["created"] == said["confirmed"] == "2026-01-02T03:04:05Z"
    assert said["own:city"] == "Bonn"


def test_lines_of_json_say_the_same() -> None:
    one = Subscriber(
        id=1,
        address="wanda@mail.example",
        created_at=NOW,
        subscriptions={Digest("daily", "a:b|c"): Subscription(Status.ACTIVE, NOW)},
    )
    text = io.StringIO()
    assert exporting.write_json(lambda: [one, replace(one, address="b@mail.example")], text) == 2
    first, second = map(json.loads, text.getvalue().splitlines())
    assert first["address"] == "wanda@mail.example"
    assert first["subscriptions"] == [
        {
            "cadence": "daily",
            "category": "a:b|c",
            "state": "active",
            "since": "2026-11-23T06:00:00Z",
        }
    ]
    assert second["address"] == "b@mail.example"


def test_a_field_that_comes_up_between_two_looks_has_no_column() -> None:
    one = Subscriber(id=1, address="a@mail.example", created_at=NOW, fields={"city": "Bonn"})
    looks = iter([[one], [replace(one, fields={"city": "Bonn", "team": "red"})]])
    text = io.StringIO()
    exporting.write_csv(lambda: next(looks), text)
    assert "red" not in text.getvalue()
