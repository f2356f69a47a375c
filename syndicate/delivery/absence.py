"""Why somebody wasn't in a mailing's audience: read from the record of his consent.

That record has every change with its moment, but of a pause or a suppression only that it changed.
So it is gone through backwards from how he stands now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syndicate.delivery.wording import shown
from syndicate.subscribers.model import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.subscribers.model import Digest, Subscriber

#: An entry of the record of consent, as `SubscriberStore.consents` gives it.
Consent = dict[str, Any]

#: Under what an entry has the digests that it is about.
_STATES = (Status.ACTIVE.value, Status.PENDING.value, Status.LEFT.value, "forgotten")
#: By what act things happen by themselves: pauses only ever end so.
_BY_TIME = "time"


@dataclass(frozen=True, slots=True)
class Stretch:
    """For how long something held: since a moment, until another or (None) to this day."""

    since: datetime
    until: datetime | None

    def has(self, moment: datetime) -> bool:
        """Whether it held then."""
        return self.since <= moment and (self.until is None or moment < self.until)


def why_absent(
    one: Subscriber,
    consents: Sequence[Consent],
    digests: Collection[Digest],
    ordered_at: datetime,
    zone: ZoneInfo,
) -> str:
    """Why a mailing of these digests, ordered at that moment, isn't for him; empty: nobody knows.

    What changed while the audience was gathered is told as such, for it may have mattered.
    """
    if one.created_at > ordered_at:
        return f"he came on {shown(one.created_at, zone)}, after it was ordered"
    return (
        _suppressed(one, consents, ordered_at, zone)
        or _unsubscribed(consents, digests, ordered_at, zone)
        or _paused(one, consents, ordered_at, zone)
        or _changed(consents, digests, ordered_at, zone)
    )


def was_subscribed(consents: Sequence[Consent], digest: Digest, moment: datetime) -> bool:
    """Whether he was subscribed to a digest then."""
    found = _last(consents, digest, moment)
    return found is not None and found[1] == Status.ACTIVE


def _suppressed(
    one: Subscriber, consents: Sequence[Consent], moment: datetime, zone: ZoneInfo
) -> str:
    now = one.suppression
    for stretch in stretches(consents, "suppression", is_on=now is not None):
        if stretch.has(moment):
            why = f" ({now.reason})" if now and stretch.until is None else _until(stretch, zone)
            return f"he was suppressed since {shown(stretch.since, zone)}{why}"
    return ""


def _paused(one: Subscriber, consents: Sequence[Consent], moment: datetime, zone: ZoneInfo) -> str:
    is_on = one.paused_until is not None
    for stretch in stretches(consents, "paused_until", is_on=is_on):
        if stretch.has(moment):
            end = one.paused_until if stretch.until is None else stretch.until
            until = f" until {shown(end, zone)}" if end else ""
            return f"he had paused since {shown(stretch.since, zone)}{until}"
    return ""


def _unsubscribed(
    consents: Sequence[Consent], digests: Collection[Digest], moment: datetime, zone: ZoneInfo
) -> str:
    """Why he was subscribed to none of them; empty if he was."""
    if any(was_subscribed(consents, digest, moment) for digest in digests):
        return ""
    said = [found for digest in digests if (found := _last(consents, digest, moment))]
    later = _next_active(consents, digests, moment)
    came = f"; he confirmed on {shown(later, zone)}, after it was ordered" if later else ""
    if not said:
        return f"he wasn't subscribed{came}"
    entry, state = max(said, key=lambda pair: pair[0]["at"])
    at = shown(entry["at"], zone)
    if state == Status.LEFT:
        return f"he left on {at}{_how(entry)}{came}"
    if state == Status.PENDING:
        return f"he asked for it on {at} and hadn't confirmed{came}"
    return f"he never confirmed what he had asked for, and it was forgotten on {at}{came}"


def _changed(
    consents: Sequence[Consent], digests: Collection[Digest], moment: datetime, zone: ZoneInfo
) -> str:
    """What he did first after it was ordered: the audience is gathered in some seconds after."""
    for entry in consents:
        about = any(str(d) in entry.get(state, ()) for d in digests for state in _STATES[2:])
        told = {"paused_until", "suppression"}.intersection(entry.get("told", ()))
        if entry["at"] >= moment and (about or told):
            what = "left" if about else "paused" if "paused_until" in told else "was suppressed"
            return f"he {what} on {shown(entry['at'], zone)}, while the audience was gathered"
    return ""


def stretches(consents: Sequence[Consent], what: str, *, is_on: bool) -> list[Stretch]:
    """When a thing held of which the record has only that it changed; `is_on`: it does now.

    Backwards: each change turned it on or off. What changed by itself was on before. A change to a
    thing that stayed on (a pause made longer) can't be told from its beginning, and is taken for it
    unless the next change back says otherwise.
    """
    found: list[Stretch] = []
    until: datetime | None = None
    for entry in reversed([entry for entry in consents if what in entry.get("told", ())]):
        is_end = not is_on or _is_by_time(entry)
        if not is_end:
            found.append(Stretch(entry["at"], until))
        until, is_on = entry["at"], is_end
    return found


def _is_by_time(entry: Consent) -> bool:
    how: Mapping[str, str] = entry.get("how", {})
    return how.get("method") == _BY_TIME


def _last(
    consents: Sequence[Consent], digest: Digest, moment: datetime
) -> tuple[Consent, str] | None:
    """The last entry about a digest up to that moment, and the state that it led to."""
    for entry in reversed(consents):
        for state in _STATES:
            if entry["at"] <= moment and str(digest) in entry.get(state, ()):
                return entry, state
    return None


def _next_active(
    consents: Sequence[Consent], digests: Collection[Digest], moment: datetime
) -> datetime | None:
    names = {str(digest) for digest in digests}
    times = (
        entry["at"]
        for entry in consents
        if entry["at"] > moment and names.intersection(entry.get(Status.ACTIVE.value, ()))
    )
    return min(times, default=None)


def _until(stretch: Stretch, zone: ZoneInfo) -> str:
    return f" until {shown(stretch.until, zone)}" if stretch.until else ""


def _how(entry: Consent) -> str:
    method = entry.get("how", {}).get("method", "")
    return f" ({method})" if method else ""
