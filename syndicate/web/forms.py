"""What a person posts: read within limits, from our own pages, and told of by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from syndicate.settings.checks import one_line

if TYPE_CHECKING:
    from starlette.types import Message, Receive

#: Fields of a small form: one suffices, and an attacker's thousand are cut off.
FEW_FIELDS = 10
#: Bytes of a small form: one click takes thirty, with a multipart's boundaries a few hundred.
FEW_BYTES = 10_000
#: Characters of a browser's name for itself that the record of consent keeps.
_AGENT = 200


async def form_of(
    request: Request, most_fields: int = FEW_FIELDS, most_bytes: int = FEW_BYTES
) -> FormData:
    """What was posted; nothing if it is no form, has a file, or is too big for an honest one."""
    limited = Request(request.scope, _limited(request.receive, most_bytes))
    try:
        return await limited.form(max_files=0, max_fields=most_fields)
    except (HTTPException, ClientDisconnect):
        return FormData()


def is_foreign(request: Request, web: str) -> bool:
    """Whether a browser says that another site's page posts this (STANDARDS S-6).

    `web` is what our URLs begin with. Sec-Fetch-Site is believed where it is sent. Older browsers
    send Origin, but "null" from pages that tell no referrer, as ours behind a token do.
    """
    site = request.headers.get("sec-fetch-site", "")
    if site:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    return origin not in ("null", "{0.scheme}://{0.netloc}".format(urlsplit(web)))


def text_of(form: FormData, name: str) -> str:
    """A field without the blanks around it; empty if it isn't there."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def is_line(text: str, most: int) -> bool:
    """Whether it is one line (STANDARDS S-3) of at most so many characters."""
    try:
        return len(one_line(text)) <= most
    except ValueError:
        return False


def texts_of(form: FormData, name: str) -> list[str]:
    """All values of a field that may be there several times."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def act_of(request: Request, method: str) -> dict[str, str]:
    """By what act something changes, for the record of consent."""
    told = {
        "method": method,
        "ip": request.client.host if request.client else "",
        "agent": request.headers.get("user-agent", "")[:_AGENT],
    }
    return {name: value for name, value in told.items() if value}


def _limited(receive: Receive, most_bytes: int) -> Receive:
    """Receive no more than so many bytes of a body."""
    left = most_bytes

    async def receive_some() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return receive_some
