"""The cells of our own exports: as they are written, and as they are read again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from syndicate.subscribers.model import Digest, Reason, Status, Subscription, Suppression

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a spreadsheet would take for a formula (STANDARDS S-16), or such a cell neutralised.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
#: What tells the parts of a cell apart, and how it is written within one.
_BETWEEN = re.compile("[%|:,\r\n]")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe before it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def written_time(at: datetime | None) -> str:
    """A moment in UTC, to the second; none is empty."""
    return f"{at.isoformat()[:19]}Z" if at else ""


def read_time(text: str) -> datetime:
    """The moment that was written so.

    Raises:
        ValueError: none was.
    """
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def written_subscriptions(subscriptions: Mapping[Digest, Subscription]) -> str:
    """``cadence:category:state:since``, with a bar between two."""
    return "|".join(
        f"{digest.cadence}:{_quoted(digest.category)}:{how.state}:{written_time(how.since)}"
        for digest, how in sorted(subscriptions.items())
    )


def read_subscriptions(cell: str) -> dict[Digest, Subscription]:
    """The subscriptions that were written so.

    Raises:
        ValueError: the cell says something else.
    """
    found = {}
    for part in cell.split("|") if cell else ():
        cadence, category, state, since = part.split(":", 3)
        digest = Digest(cadence, unquote(category))
        found[digest] = Subscription(_STATES[state], read_time(since))
    return found


def written_together(together: Mapping[str, tuple[str, ...]]) -> str:
    """``cadence:first,second``, with a bar between two."""
    return "|".join(
        f"{cadence}:{','.join(map(_quoted, first))}" for cadence, first in sorted(together.items())
    )


def read_together(cell: str) -> dict[str, tuple[str, ...]]:
    """What is wanted in one mail, as it was written.

    Raises:
        ValueError: the cell says something else.
    """
    found = {}
    for part in cell.split("|") if cell else ():
        cadence, first = part.split(":", 1)
        found[cadence] = tuple(map(unquote, first.split(","))) if first else ()
    return found


def written_suppression(suppression: Suppression | None) -> str:
    """``reason|since|source``; none is empty."""
    if suppression is None:
        return ""
    return f"{suppression.reason}|{written_time(suppression.at)}|{suppression.source}"


def read_suppression(cell: str) -> Suppression | None:
    """The suppression that was written so.

    Raises:
        ValueError: the cell says something else.
    """
    if not cell:
        return None
    reason, at, source = cell.split("|", 2)
    return Suppression(Reason(reason), source, read_time(at))


#: What may be the state of a subscription.
_STATES = {state.value: state for state in (Status.ACTIVE, Status.PENDING, Status.LEFT)}


def _quoted(name: str) -> str:
    return _BETWEEN.sub(lambda match: f"%{ord(match[0]):02X}", name)
