"""Other programs' exports: whose they are, and what each row says of a person."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.subscribers.importing import values
from syndicate.subscribers.importing.columns import columns_of
from syndicate.subscribers.importing.entry import Entry, RowError
from syndicate.subscribers.importing.formats import STATUSES, SUPPRESSING
from syndicate.subscribers.importing.rows import Choices, Rows
from syndicate.subscribers.importing.table import Record
from syndicate.subscribers.model import Digest, Reason, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TECH, NEWS = Digest("daily", "tech"), Digest("daily", "news")
CHOICES = Choices(
    digests=(TECH,),
    lists={"news": (NEWS,), "vip readers": (TECH, NEWS)},
    categories={"tech", "news"},
    cadences={"daily"},
    consent=False,
    file="list.csv",
)

#: What each program writes: facts, around invented people.
LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at"
MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION"
)
MAILCHIMP_END = "LAST_CHANGED,LEID,EUID,NOTES,TAGS"
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,"
    "deleted_at,labels,tiers"
)
SUBSTACK = "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at"
BUTTONDOWN = "email_address,notes,metadata,tags,subscriber_type,creation_date,ip_address"


def read(header: str, given: Mapping[str, str] = MappingProxyType({}), /, **cells: str) -> Entry:
    """A row with these cells, its columns named with `_` for what a name can't have."""
    names = header.split(",")
    known = {name: name.lower().replace(" ", "_") for name in names}
    assert cells.keys() <= set(known.values())
    row = [cells.get(known[name], "") for name in names]
    return Rows(columns_of(names, given), CHOICES).read(Record(7, row), NOW)


def state(entry: Entry) -> Status:
    (found,) = {how.state for how in entry.subscriptions.values()}
    return found


# listmonk


def test_listmonk() -> None:
    entry = read(
        LISTMONK,
        email="Ann@mail.example",
        name="Ann Lee",
        attributes='{"city": "Bonn", "Likes Tea": true, "projects": [1], "age": 44}',
        status="enabled",
        created_at="2024-01-02 15:04:05.999999 +0530 IST",
    )
    assert columns_of(LISTMONK.split(","), {}).format.name == "listmonk"
    assert (entry.address, entry.key) == ("Ann@mail.example", "ann@mail.example")
    assert entry.name == "Ann Lee"
    assert entry.fields == {"city": "Bonn", "likes_tea": "true", "age": "44"}
    assert entry.created_at == datetime(2024, 1, 2, 9, 34, 5, tzinfo=UTC)
    assert state(entry) is Status.ACTIVE
    assert entry.consent == {"signed_up": "2024-01-02T09:34:05Z"}


def test_listmonks_disabled_and_blocklisted_get_nothing() -> None:
    said = {"email": "a@mail.example", "created_at": "2024-01-02 15:04:05 +0000 UTC"}
    assert state(read(LISTMONK, status="disabled", **said)) is Status.LEFT
    barred = read(LISTMONK, status="blocklisted", **said)
    assert barred.suppression
    assert barred.suppression.reason is Reason.OPERATOR
    assert barred.suppression.source == "list.csv"
    assert not barred.subscriptions


# Mailchimp: a file for each status


def test_mailchimp_subscribed() -> None:
    header = f"{MAILCHIMP},{MAILCHIMP_END}"
    entry = read(
        header,
        email_address="ann@mail.example",
        first_name="Ann",
        last_name="Lee",
        optin_time="2024-03-01 10:00:00",
        optin_ip="192.0.2.1",
        confirm_time="2024-03-02 11:00:00",
        confirm_ip="192.0.2.2",
        timezone="Europe/Berlin",
        tags='"VIP readers","Old"',
    )
    assert columns_of(header.split(","), {}).format.name == "Mailchimp"
    assert entry.name == "Ann Lee"
    assert entry.created_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert set(entry.subscriptions) == {TECH, NEWS}
    assert entry.subscriptions[TECH].since == datetime(2024, 3, 2, 11, tzinfo=UTC)
    assert entry.consent == {
        "signed_up": "2024-03-01T10:00:00Z",
        "confirmed": "2024-03-02T11:00:00Z",
        "ip": "192.0.2.1",
    }
    # Mailchimp guesses it from the IP: he never said it.
    assert not entry.zone


def test_mailchimp_unsubscribed_and_cleaned() -> None:
    said = {"email_address": "a@mail.example", "confirm_time": "2024-03-02 11:00:00"}
    left = read(
        f"{MAILCHIMP},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,"
        f"UNSUB_REASON_OTHER,{MAILCHIMP_END}",
        unsub_time="2025-01-01 10:00:00",
        **said,
    )
    assert state(left) is Status.LEFT
    cleaned = read(
        f"{MAILCHIMP},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,{MAILCHIMP_END}",
        clean_time="2025-01-01 10:00:00",
        **said,
    )
    assert cleaned.suppression
    assert cleaned.suppression.reason is Reason.HARD_BOUNCE


def test_mailchimp_nonsubscribed_never_confirmed() -> None:
    entry = read(f"{MAILCHIMP},{MAILCHIMP_END}", email_address="a@mail.example")
    assert state(entry) is Status.PENDING


# Ghost, Substack, Buttondown


def test_ghost() -> None:
    said = {"email": "a@mail.example", "created_at": "2024-01-02T03:04:05.000Z"}
    entry = read(GHOST, name="Ann", subscribed_to_emails="true", labels="News,Old", **said)
    assert columns_of(GHOST.split(","), {}).format.name == "Ghost"
    assert (entry.name, state(entry), set(entry.subscriptions)) == ("Ann", Status.ACTIVE, {NEWS})
    assert entry.created_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert state(read(GHOST, subscribed_to_emails="false", **said)) is Status.LEFT
    deleted = read(GHOST, subscribed_to_emails="true", deleted_at="2025-01-01", **said)
    assert state(deleted) is Status.LEFT


def test_substack() -> None:
    said = {"email": "a@mail.example", "created_at": "2024-01-02T03:04:05.000Z"}
    entry = read(SUBSTACK, active_subscription="false", email_disabled="false", **said)
    assert columns_of(SUBSTACK.split(","), {}).format.name == "Substack"
    assert state(entry) is Status.ACTIVE
    assert state(read(SUBSTACK, email_disabled="true", **said)) is Status.LEFT


def test_buttondown() -> None:
    said = {"email_address": "a@mail.example", "creation_date": "2024-01-02T03:04:05.123456Z"}
    entry = read(
        BUTTONDOWN,
        subscriber_type="regular",
        tags="['News', 'x']",
        metadata='{"city":"Bonn"}',
        ip_address="192.0.2.9",
        **said,
    )
    assert columns_of(BUTTONDOWN.split(","), {}).format.name == "Buttondown"
    assert (state(entry), set(entry.subscriptions)) == (Status.ACTIVE, {NEWS})
    assert entry.fields == {"city": "Bonn"}
    assert entry.consent["ip"] == "192.0.2.9"
    assert state(read(BUTTONDOWN, subscriber_type="unactivated", **said)) is Status.PENDING
    assert state(read(BUTTONDOWN, subscriber_type="unsubscribed", **said)) is Status.LEFT
    for kind, reason in (("undeliverable", Reason.HARD_BOUNCE), ("complained", Reason.COMPLAINT)):
        suppression = read(BUTTONDOWN, subscriber_type=kind, **said).suppression
        assert suppression
        assert suppression.reason is reason


# Any other


def test_a_list_of_ones_own_is_explained() -> None:
    header = "E-Mail-Adresse,Vorname,Nachname,Ort,Sprache,Zone,Seit"
    given = {
        "e-mail-adresse": "address",
        "Vorname": "first_name",
        "Nachname": "last_name",
        "Ort": "own:city",
        "Sprache": "language",
        "Zone": "zone",
        "Seit": "created",
    }
    row = ["a@mail.example", "Ann", "Lee", "Bonn", "de", "Europe/Berlin", "2024-01-02"]
    entry = Rows(columns_of(header.split(","), given), CHOICES).read(Record(2, row), NOW)
    assert (entry.name, entry.language, entry.zone) == ("Ann Lee", "de", "Europe/Berlin")
    assert entry.fields == {"city": "Bonn"}
    assert entry.created_at == datetime(2024, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("word", [*STATUSES, *SUPPRESSING])
def test_no_status_but_an_active_one_becomes_active(word: str) -> None:
    entry = read(
        "email,status,since",
        {"since": "created"},
        email="a@mail.example",
        status=word.title(),
        since="2024-01-01",
    )
    active = Status.ACTIVE in {how.state for how in entry.subscriptions.values()}
    assert active == (STATUSES.get(word) == "active")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"email": "nobody"}, "'nobody' is no mail address"),
        ({"email": ""}, "'' is no mail address"),
        ({"status": "vip"}, "status 'vip' is none of active, confirmed"),
        ({"since": "1/31/2024"}, "'1/31/2024' is no date, such as 2026-01-31 08:00:00"),
        ({"since": ""}, "doesn't say when he agreed"),
        ({"name": "x" * 501}, "is longer than 500 characters"),
        ({"name": "A\x00B"}, "must be one line"),
        ({"lang": "Deutsch!"}, "'Deutsch!' is no BCP 47 language tag"),
        ({"zone": "Berlin"}, "is no IANA time zone"),
        ({"more": "{"}, "'{' is no JSON"),
        ({"more": "[" * 5000}, "is no JSON"),
        ({"more": "[1]"}, "is no JSON object"),
    ],
)
def test_what_a_row_says_wrong_is_told(cells: dict[str, str], reason: str) -> None:
    given = {"since": "created", "lang": "language", "more": "attributes", "zone": "zone"}
    known = {"email": "a@mail.example", "since": "2024-01-01", **cells}
    with pytest.raises(RowError) as raised:
        read("email,status,since,name,lang,zone,more", given, **known)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_line_break_in_a_name_is_a_blank() -> None:
    given = {"since": "created"}
    known = {"email": "a@mail.example", "since": "2024-01-01"}
    assert read("email,name,since", given, name="Ann\r\n Lee", **known).name == "Ann Lee"


def test_a_date_that_is_none_is_none_and_one_to_come_is_now() -> None:
    assert values.time("0001-01-01 00:00:00 +0000 UTC", NOW) is None
    assert values.time("1970-01-01T00:00:00Z", NOW) is None
    assert values.time("2031-01-01", NOW) == NOW


@given(st.text(max_size=300))
def test_whatever_a_row_says_it_is_read_or_refused(text: str) -> None:
    for name in ("email", "status", "since", "name", "lang", "more", "tags"):
        given = {"since": "created", "lang": "language", "more": "attributes", "tags": "lists"}
        known = {"email": "a@mail.example", "since": "2024-01-01", name: text}
        try:
            entry = read("email,status,since,name,lang,more,tags", given, **known)
        except RowError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either will do
        else:
            assert len(entry.name.splitlines()) <= 1


def test_a_row_that_is_made_to_be_slow_is_not() -> None:
    start = time.process_time()
    for text in ("a" * 100_000, "@" * 100_000, ",\"'" * 30_000, "2024-" * 20_000, "{" * 100_000):
        for name in ("email", "status", "since", "name", "more", "tags"):
            given = {"since": "created", "more": "attributes", "tags": "lists"}
            known = {"email": "a@mail.example", "since": "2024-01-01", name: text}
            try:
                read("email,status,since,name,more,tags", given, **known)
            except RowError:
                continue
    assert time.process_time() - start < 3
