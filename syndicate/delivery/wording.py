"""What became of a message, as a sentence that a person can read out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syndicate.delivery.fate import KEPT_DAYS, Account, Fate, again_at, fate_of, when
from syndicate.delivery.model import MailingState
from syndicate.schedules.local import known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.delivery.bounces.store import Entry
    from syndicate.delivery.history import Trace
    from syndicate.delivery.model import Mailing


def account(trace: Trace, mailing: Mailing, zone: ZoneInfo) -> Account:
    """What became of a delivery, in full."""
    fate, outcome = fate_of(trace, mailing.state), trace.outcome
    first, last, relays = when(trace, fate, mailing)
    found = Account(
        fate=fate,
        text="",
        first=first,
        last=last,
        until=again_at(trace, mailing),
        zone=trace.zone,
        attempts=outcome.attempts if outcome else 0,
        relays=relays,
        reply=outcome.reply if outcome else "",
    )
    return replace(found, text=_SENTENCES[fate](found, mailing, zone))


def absent(why: str) -> Account:
    """Of whom the mailing wasn't for."""
    return Account(fate=Fate.ABSENT, text=f"Not in the audience: {why}.")


def unplanned(mailing: Mailing) -> Account:
    """Of a mailing whose audience is still being gathered."""
    text = (
        "He may get it: the audience is still being gathered; "
        f"mailing {mailing.id} is {mailing.state}{_said(mailing.trouble)}."
    )
    return Account(fate=Fate.WAITING, text=text)


def forgotten(mailing: Mailing) -> Account:
    """Of a mailing whose deliveries aren't kept any more."""
    text = (
        f"Nobody knows any more: of a mailing that ended more than {KEPT_DAYS} days ago only the "
        f"counts are kept ({mailing.sent} of {mailing.audience} sent)."
    )
    return Account(fate=Fate.FORGOTTEN, text=text)


def came_back(entries: Sequence[Entry], zone: ZoneInfo) -> str:
    """What was said of a message, at once or later; empty for nothing."""
    told = [
        f"{entry.kind} on {shown(entry.came_at, zone)} ({entry.done})"
        f"{_said(entry.diagnostic or entry.status)}"
        for entry in entries
    ]
    return f" Counted as: {'; '.join(told)}." if told else ""


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as people read it, in the site's zone, to the second."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _sent(one: Account, _mailing: Mailing, zone: ZoneInfo) -> str:
    return f"Sent {_span(one, zone)}{_by(one)}{_tries(one)}."


def _sending(_one: Account, _mailing: Mailing, _zone: ZoneInfo) -> str:
    return "Being sent at this moment."


def _waiting(one: Account, mailing: Mailing, zone: ZoneInfo) -> str:
    why, when = _said(mailing.trouble), "is still to come"
    if one.until:
        when = f"comes at {shown(one.until, zone)}"
        for there in known([one.zone] if one.zone else []):
            when += f", when it is {one.until.astimezone(there):%H:%M} where he is ({one.zone})"
    return f"Its turn {when}; mailing {mailing.id} is {mailing.state}{why}."


def _deferred(one: Account, mailing: Mailing, zone: ZoneInfo) -> str:
    again = _again(one, mailing, zone)
    return f"Deferred{_at(one, zone)}{_by(one)}{_times(one)}{again}{_said(one.reply)}."


def _failed(one: Account, _mailing: Mailing, zone: ZoneInfo) -> str:
    return f"Failed{_at(one, zone)}{_by(one)}{_tries(one)}{_said(one.reply)}."


def _skipped(one: Account, _mailing: Mailing, _zone: ZoneInfo) -> str:
    why = "was suppressed" if one.reply else "had left or paused"
    return f"Skipped: he {why} when his turn came."


def _cancelled(_one: Account, mailing: Mailing, _zone: ZoneInfo) -> str:
    return f"Not sent: the mailing was cancelled before{_said(mailing.trouble)}."


def _parked(one: Account, _mailing: Mailing, zone: ZoneInfo) -> str:
    return (
        f"Parked{_at(one, zone)}{_by(one)}: sent or not, nobody knows{_said(one.reply)}. "
        "It isn't sent again unless `syndicate delivery release` says so."
    )


def _uncertain(one: Account, mailing: Mailing, zone: ZoneInfo) -> str:
    text = f"Sent or not, nobody knows{_at(one, zone)}{_by(one)}"
    if not one.first:
        text += ": its worker was lost in the midst of it"
    if mailing.state is MailingState.CANCELLED:
        return f"{text}{_said(one.reply)}. The mailing was cancelled: it isn't sent again."
    return f"{text}{_said(one.reply)}. It is sent again{_until(one, zone)}, the same to the byte."


def _span(one: Account, zone: ZoneInfo) -> str:
    if one.first is None:
        return ""
    begin = shown(one.first, zone)
    if one.last == one.first:
        return f"at {begin}"
    if one.last is None:
        return f"since {begin}"
    return f"between {begin} and {shown(one.last, zone)}"


def _at(one: Account, zone: ZoneInfo) -> str:
    return f" at {shown(one.first, zone)}" if one.first else ""


def _by(one: Account) -> str:
    return f" by relay {' or '.join(one.relays)}" if one.relays else ""


def _tries(one: Account) -> str:
    if not one.attempts:
        return ""
    return f" after {_count(one.attempts)} that the relay put off"


def _times(one: Account) -> str:
    """Of a try that failed without its recipient none is counted."""
    return f" after {_count(one.attempts)}" if one.attempts else ""


def _count(tries: int) -> str:
    return "one try" if tries == 1 else f"{tries} tries"


def _again(one: Account, mailing: Mailing, zone: ZoneInfo) -> str:
    if mailing.state is MailingState.PAUSED:
        return ", to be tried again when the mailing is resumed"
    return f", to be tried again{_until(one, zone)}"


def _until(one: Account, zone: ZoneInfo) -> str:
    return f" at {shown(one.until, zone)}" if one.until else " at the next turn"


def _said(reply: str) -> str:
    return f": {reply.rstrip('.')}" if reply else ""


#: How each is told; who wasn't in the audience is told why.
_SENTENCES: dict[Fate, Callable[[Account, Mailing, ZoneInfo], str]] = {
    Fate.SENT: _sent,
    Fate.SENDING: _sending,
    Fate.WAITING: _waiting,
    Fate.DEFERRED: _deferred,
    Fate.FAILED: _failed,
    Fate.SKIPPED: _skipped,
    Fate.UNCERTAIN: _uncertain,
    Fate.PARKED: _parked,
    Fate.CANCELLED: _cancelled,
}
