"""Which subscribers are meant: `category=tech`, `status=active`, `domain=mail.example`. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syndicate.errors import SettingsError
from syndicate.settings.words import is_name
from syndicate.subscribers.address import domain_of
from syndicate.subscribers.importing.formats import OWN
from syndicate.subscribers.model import Status, Subscriber

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

#: A condition on one thing: any of the values that it was given will do.
_Test = Callable[[Subscriber, "Collection[str]"], bool]
_SUBSCRIPTION = ("category", "cadence", "status")


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions: of one name any, of all names each."""

    wanted: Mapping[str, Collection[str]] = field(default_factory=dict)

    def matches(self, one: Subscriber) -> bool:
        """Whether he is meant."""
        return self._is_subscribed(one) and all(
            _test(name)(one, values)
            for name, values in self.wanted.items()
            if name not in _SUBSCRIPTION
        )

    def _is_subscribed(self, one: Subscriber) -> bool:
        """Whether one subscription of his is as all three want it; without digests, he himself."""
        categories, cadences, states = map(self.wanted.get, _SUBSCRIPTION)
        if not (categories or cadences):
            return not states or one.status in states
        if states and one.suppression:
            return Status.SUPPRESSED in states
        return any(
            (not categories or digest.category in categories)
            and (not cadences or digest.cadence in cadences)
            and (not states or how.state in states)
            for digest, how in one.subscriptions.items()
        )


def parse(conditions: Iterable[str]) -> Filter:
    """What `--where` was given.

    Raises:
        SettingsError: one isn't a condition; says what would be.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for text in conditions:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value or not _is_known(name):
            raise SettingsError(
                f"{text!r} is no condition; write NAME=VALUE, with NAME one of "
                f"{', '.join((*_SUBSCRIPTION, *_TESTS))}, or {OWN}FIELD for a field of your own"
            )
        wanted[name].add(_checked(name, value))
    return Filter(dict(wanted))


def _is_known(name: str) -> bool:
    own = name.startswith(OWN) and is_name(name.removeprefix(OWN))
    return own or name in _SUBSCRIPTION or name in _TESTS


def _checked(name: str, value: str) -> str:
    if name == "status" and value not in set(Status):
        raise SettingsError(f"no status {value!r}; there are: {', '.join(Status)}")
    if name == "domain":
        return value.removeprefix("@").lower()
    if name in ("before", "after"):
        _day(value)
    return value


def _day(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{text!r} is no date, such as 2026-01-31") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _test(name: str) -> _Test:
    if name.startswith(OWN):
        own = name.removeprefix(OWN)
        return lambda one, values: one.fields.get(own) in values
    return _TESTS[name]


_TESTS: dict[str, _Test] = {
    "domain": lambda one, values: domain_of(one.address) in values,
    "language": lambda one, values: one.language in values,
    # When he was first noted; of several, the widest holds.
    "before": lambda one, values: one.created_at < max(map(_day, values)),
    "after": lambda one, values: one.created_at >= min(map(_day, values)),
}
