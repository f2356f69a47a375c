"""Of whom it is meant: conditions of one name are alternatives, those of several add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syndicate.errors import SettingsError
from syndicate.subscribers.filters import parse
from syndicate.subscribers.model import (
    Digest,
    Reason,
    Status,
    Subscriber,
    Subscription,
    Suppression,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WANDA = Subscriber(
    id=1,
    address="Wanda@Mail.example",
    created_at=NOW,
    language="de",
    fields={"city": "Bonn"},
    subscriptions={
        Digest("daily", "tech"): Subscription(Status.ACTIVE, NOW),
        Digest("weekly", "tech"): Subscription(Status.LEFT, NOW),
        Digest("weekly", "news"): Subscription(Status.PENDING, NOW),
    },
)


@pytest.mark.parametrize(
    ("conditions", "meant"),
    [
        ([], True),
        (["category=tech"], True),
        (["category=Tech"], False),
        (["category=news", "category=tech"], True),
        (["status=active"], True),
        (["status=left"], False),
        (["category=tech", "cadence=weekly", "status=active"], False),
        (["category=tech", "cadence=weekly", "status=left"], True),
        (["cadence=weekly", "status=left", "status=pending"], True),
        (["domain=mail.example"], True),
        (["domain=@MAIL.example"], True),
        (["domain=example"], False),
        (["language=de"], True),
        (["own:city=Bonn"], True),
        (["own:city=bonn"], False),
        (["own:team=red"], False),
        (["before=2026-05-02"], True),
        (["before=2026-05-01"], False),
        (["after=2026-05-01", "domain=mail.example"], True),
        (["after=2026-05-01T00:00:01Z"], False),
        (["own:city=Bonn", "language=fr"], False),
    ],
)
def test_who_is_meant(conditions: list[str], meant: bool) -> None:
    assert parse(conditions).matches(WANDA) is meant


def test_who_is_suppressed_is_that_whatever_he_is_subscribed_to() -> None:
    one = replace(WANDA, suppression=Suppression(Reason.OPERATOR, "x", NOW))
    assert parse(["status=suppressed"]).matches(one)
    assert parse(["status=suppressed", "category=tech"]).matches(one)
    assert not parse(["status=active"]).matches(one)
    assert not parse(["status=active", "category=tech"]).matches(one)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("tech", r"'tech' is no condition; write NAME=VALUE, with NAME one of category, cadence"),
        ("category=", "is no condition"),
        ("city=Bonn", "or own:FIELD for a field of your own"),
        ("own:City=Bonn", "is no condition"),
        ("status=gone", "no status 'gone'; there are: pending, active, left, suppressed"),
        ("before=May", "'May' is no date, such as 2026-01-31"),
    ],
)
def test_what_is_no_condition_is_told(text: str, match: str) -> None:
    with pytest.raises(SettingsError, match=match):
        parse([text])
