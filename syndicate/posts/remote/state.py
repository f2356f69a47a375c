"""When a remote feed is asked again, and how: what is remembered of it between two fetches."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message

#: Seconds. A feed that asks for longer peace is asked once a day all the same.
_LONGEST_FRESH = 86_400
#: Between two tries at a feed that fails and fails.
_LONGEST_BACK_OFF = timedelta(days=1)
#: A server in trouble may ask for more.
_LONGEST_RETRY_AFTER = timedelta(days=7)
#: Doublings after which the longest is reached whatever the settings say.
_MOST_DOUBLINGS = 12
#: Failures after which a feed that has moved is looked for where it was before.
_TRIES_ELSEWHERE = 3
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s{0,9}=\s{0,9}\"?(\d{1,9})")
#: What a validator may be made of: it goes back into a header (RFC 9110 §8.8).
_VALIDATOR = re.compile(r"[ -~\x80-\xff]{1,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of a remote. Times are Unix times, lengths of time seconds."""

    #: The settings' URL that it was fetched by.
    url: str = ""
    #: Where that has moved for good; empty: nowhere.
    address: str = ""
    #: Its validators, as the server wrote them.
    etag: str = ""
    modified: str = ""
    #: For how long its last document wants to be left alone.
    fresh_for: int = 0
    #: Not before then.
    due: float = 0
    #: In a row.
    failures: int = 0
    #: Why the last fetch came to nothing; empty: it didn't.
    trouble: str = ""
    #: Gone for good (410): it isn't asked again.
    gone: bool = False
    #: It has been fetched: what comes now is news.
    known: bool = False

    def to_json(self) -> str:
        """The state as it is stored."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> State:
        """The state that `to_json` wrote."""
        return cls(**json.loads(text))

    def of(self, url: str) -> State:
        """The state for the URL that the settings have now.

        The address that the feed has moved to is the same feed; any other is one never seen.
        """
        if url == self.url:
            return self
        if url == self.address:
            return replace(self, url=url, address="")
        return State(url=url)

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be asked now."""
        return not self.gone and now.timestamp() >= self.due

    def question(self) -> dict[str, str]:
        """The headers of a conditional request (RFC 9110 §13.1)."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in asked.items() if value}


def unchanged(state: State, headers: Message, every: timedelta, now: datetime) -> State:
    """After a document that is still the same, or has just been taken in."""
    fresh = min(max(state.fresh_for, _max_age(headers)), _LONGEST_FRESH)
    due = now + max(every, timedelta(seconds=fresh))
    return replace(state, due=due.timestamp(), failures=0, trouble="", gone=False, known=True)


def taken(state: State, headers: Message, fresh_for: int, address: str) -> State:
    """With the validators of a new document; `address` is where it has moved to, if it has."""
    return replace(
        state,
        etag=_validator(headers["ETag"]),
        modified=_validator(headers["Last-Modified"]),
        fresh_for=fresh_for,
        address=address or state.address,
    )


def failed(
    state: State, reason: str, every: timedelta, now: datetime, wait: timedelta = timedelta()
) -> State:
    """After a fetch that came to nothing: twice as long each time, and as long as it asks."""
    doubled = every * 2 ** min(state.failures + 1, _MOST_DOUBLINGS)
    # A feed that is seldom asked is not asked more often for having failed.
    longest = max(_LONGEST_BACK_OFF, every)
    due = now + max(min(doubled, longest), min(wait, _LONGEST_RETRY_AFTER))
    # Perhaps it has moved back.
    address = state.address if state.failures < _TRIES_ELSEWHERE else ""
    return replace(
        state,
        address=address,
        due=due.timestamp(),
        failures=state.failures + 1,
        trouble=reason,
    )


def vanished(state: State, reason: str) -> State:
    """After a server said that the feed is gone for good."""
    return replace(state, gone=True, failures=state.failures + 1, trouble=reason)


def retry_after(headers: Message, now: datetime) -> timedelta:
    """How long a server asks to be left alone (RFC 9110 §10.2.3): seconds, or a date."""
    written = str(headers["Retry-After"] or "").strip()
    if written.isascii() and written.isdigit():
        return timedelta(seconds=min(int(written[:9]), int(_LONGEST_RETRY_AFTER.total_seconds())))
    try:
        until = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return timedelta()
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(until - now, timedelta())


def _max_age(headers: Message) -> int:
    match = _MAX_AGE.search(str(headers["Cache-Control"] or "")[:500].lower())
    return int(match[1]) if match else 0


def _validator(written: object) -> str:
    text = str(written or "").strip()
    return text if _VALIDATOR.fullmatch(text) else ""
