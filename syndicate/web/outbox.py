"""The captured mailbox as pages: what would have gone out, as its reader would see it."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.delivery import outbox
from syndicate.web.pages import framed, plain

if TYPE_CHECKING:
    from email.message import EmailMessage

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.web.pages import Pages

#: Messages on the list: the newest.
_SHOWN = 200
#: What can be shown of a message.
_VIEWS = ("html", "text", "source")


@dataclass(frozen=True, slots=True)
class Captured:
    """A line of the list."""

    number: int
    to: str
    subject: str
    date: str
    size: int


class Outbox:
    """The pages below `/outbox`, for a site whose relay is the captured mailbox."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._state = app.settings.state_folder
        self._pages = pages

    def index(self, _request: Request) -> Response:
        """All messages, the newest first."""
        found = outbox.messages(self._state)
        rows = [
            _row(number, data)
            for number, data in zip(range(len(found), 0, -1), found[:_SHOWN], strict=False)
        ]
        return self._pages.page("outbox", private=True, messages=rows, total=len(found))

    def show(self, request: Request) -> Response:
        """One message: its HTML, its text or its source."""
        found = outbox.messages(self._state)
        number, view = request.path_params["number"], request.path_params["view"]
        if not 1 <= number <= len(found) or view not in _VIEWS:
            return self._pages.page("not-found", 404, private=True)
        data = found[len(found) - number]
        if view == "source":
            return plain(data)
        body = _parse(data).get_body(("html",) if view == "html" else ("plain",))
        content = body.get_content() if body else ""
        return framed(content, private=True) if view == "html" else plain(content)


def _parse(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


def _row(number: int, data: bytes) -> Captured:
    message = _parse(data)
    return Captured(
        number=number,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        date=str(message["Date"]),
        size=len(data),
    )
