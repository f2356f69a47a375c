"""Whose export a file is, told by the names of its columns, and what those mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.subscribers.model import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Field(StrEnum):
    """What a column can say of a row's person; `--map COLUMN=FIELD` knows them by these names."""

    ADDRESS = "address"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    LANGUAGE = "language"
    ZONE = "zone"
    #: A word of `STATUSES`.
    STATUS = "status"
    #: When he signed up.
    CREATED = "created"
    #: When he confirmed that; where it is empty, he didn't.
    CONFIRMED = "confirmed"
    #: Where from he signed up or confirmed.
    IP = "ip"
    #: When he left; where it is empty, he didn't.
    LEFT = "left"
    #: When his address was given up; where it is empty, it wasn't.
    BOUNCED = "bounced"
    #: Whether mail goes to him: true or false.
    SUBSCRIBED = "subscribed"
    #: The reverse of it.
    DISABLED = "disabled"
    #: Names of lists or tags.
    LISTS = "lists"
    #: JSON: fields of his own.
    ATTRIBUTES = "attributes"
    #: Of our own exports alone.
    SUBSCRIPTIONS = "subscriptions"
    TOGETHER = "together"
    PAUSED = "paused_until"
    SUPPRESSED = "suppressed"
    #: Says nothing that is needed.
    NOTHING = "-"


#: A column that is a field of his own is called so, in our exports and in `--map COLUMN=own:city`.
OWN = "own:"


class Fate(StrEnum):
    """What a row's person is to be, the gravest last."""

    ACTIVE = "active"
    PENDING = "pending"
    LEFT = "left"
    SUPPRESSED = "suppressed"


#: What a status means, as the programs call it that we know: ours, listmonk's, Mailchimp's,
#: Buttondown's. A word that isn't here has its row rejected: nobody is mailed by a guess.
STATUSES: Mapping[str, Fate] = {
    **dict.fromkeys(
        (
            *("active", "confirmed", "enabled", "subscribed"),
            *("churning", "gifted", "past_due", "premium", "regular", "trialed"),
        ),
        Fate.ACTIVE,
    ),
    **dict.fromkeys(("pending", "unactivated", "unconfirmed"), Fate.PENDING),
    **dict.fromkeys(
        ("archived", "disabled", "inactive", "left", "removed", "unsubscribed"), Fate.LEFT
    ),
}
#: And what it means that has an address suppressed.
SUPPRESSING: Mapping[str, Reason] = {
    **dict.fromkeys(("bounced", "cleaned", "undeliverable"), Reason.HARD_BOUNCE),
    **dict.fromkeys(("complained", "complaint"), Reason.COMPLAINT),
    **dict.fromkeys(("blocked", "blocklisted", "spammy"), Reason.OPERATOR),
}


@dataclass(frozen=True, slots=True)
class Format:
    """The exports of a program."""

    name: str
    #: Columns by which they are known, in lower case.
    known_by: frozenset[str]
    #: Column, in lower case → what it says. The others say nothing that is needed.
    columns: Mapping[str, Field]


#: What we export: see `exporting.COLUMNS`.
OURS = Format(
    "syndicate",
    frozenset({"address", "subscriptions"}),
    {
        field.value: field
        for field in (
            *(Field.ADDRESS, Field.NAME, Field.LANGUAGE, Field.ZONE, Field.CREATED),
            *(Field.SUBSCRIPTIONS, Field.TOGETHER, Field.PAUSED, Field.SUPPRESSED),
        )
    },
)

_FORMATS = (
    OURS,
    Format(
        "listmonk",
        frozenset({"uuid", "email", "attributes", "status"}),
        {
            "email": Field.ADDRESS,
            "name": Field.NAME,
            "attributes": Field.ATTRIBUTES,
            "status": Field.STATUS,
            "created_at": Field.CREATED,
            # Not in its own exports, but in many that are made of its database.
            "lists": Field.LISTS,
        },
    ),
    Format(
        "Mailchimp",
        frozenset({"optin_time", "confirm_time"}),
        {
            "email address": Field.ADDRESS,
            "email": Field.ADDRESS,
            "first name": Field.FIRST_NAME,
            "last name": Field.LAST_NAME,
            "optin_time": Field.CREATED,
            "confirm_time": Field.CONFIRMED,
            "confirm_ip": Field.IP,
            "optin_ip": Field.IP,
            "unsub_time": Field.LEFT,
            "clean_time": Field.BOUNCED,
            "tags": Field.LISTS,
        },
    ),
    Format(
        "Ghost",
        frozenset({"email", "subscribed_to_emails"}),
        {
            "email": Field.ADDRESS,
            "name": Field.NAME,
            "subscribed_to_emails": Field.SUBSCRIBED,
            "created_at": Field.CREATED,
            "deleted_at": Field.LEFT,
            "labels": Field.LISTS,
        },
    ),
    Format(
        "Substack",
        frozenset({"email", "active_subscription", "email_disabled"}),
        {
            "email": Field.ADDRESS,
            "name": Field.NAME,
            "email_disabled": Field.DISABLED,
            "created_at": Field.CREATED,
        },
    ),
    *(
        Format(
            "Buttondown",
            frozenset({address, kind, "creation_date"}),
            {
                address: Field.ADDRESS,
                kind: Field.STATUS,
                "creation_date": Field.CREATED,
                "unsubscription_date": Field.LEFT,
                "ip_address": Field.IP,
                "tags": Field.LISTS,
                "metadata": Field.ATTRIBUTES,
            },
        )
        for address in ("email_address", "email")
        for kind in ("subscriber_type", "type")
    ),
)

#: A list of nobody's: names that say themselves what they are.
PLAIN = Format(
    "a list of its own",
    frozenset(),
    {
        **dict.fromkeys(("address", "email", "e-mail", "email address", "mail"), Field.ADDRESS),
        "name": Field.NAME,
        "status": Field.STATUS,
    },
)


def recognise(header: Collection[str]) -> Format:
    """Whose export a file with these columns is."""
    names = {name.lower() for name in header}
    return next((each for each in _FORMATS if each.known_by <= names), PLAIN)
