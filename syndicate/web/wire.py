"""What programs send and get: bodies within limits, answers in JSON that nobody keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from syndicate.errors import (
    BusyError,
    ConflictError,
    DraftError,
    NotFoundError,
    SyndicateError,
)
from syndicate.store.client import AWAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.requests import Request

#: Seconds after which to repeat what is being done just now.
_SOON = "1"
#: Seconds after which to repeat what Redis or a disk stood in the way of.
_LATER = "30"
_UNKEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def told(status: int, data: object, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return JSONResponse(data, status, {**_UNKEPT, **(headers or {})})


def nothing() -> Response:
    """Heard, and nothing to be done."""
    return Response(status_code=204, headers=_UNKEPT)


def refused(
    status: int, faults: Iterable[tuple[str, str]], headers: Mapping[str, str] | None = None
) -> Response:
    """What was wrong: for each fault the field to blame, if one is, and a line."""
    errors = [{"error": line, "field": field or None} for field, line in faults]
    return told(status, {"errors": errors}, headers)


async def body_of(request: Request, most: int) -> bytes:
    """The whole body.

    Raises:
        HTTPException: it has more than `most` bytes (413), or didn't come whole (400).
    """
    too_much = HTTPException(413, f"the body has more than {most} bytes; send less")
    said = request.headers.get("content-length", "")
    # No more digits than a number of bytes can have: Python refuses to read thousands.
    if said.isdecimal() and (len(said) > len(str(most)) or int(said) > most):
        raise too_much
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                raise too_much
    except ClientDisconnect as error:
        raise HTTPException(400, "the body ended early; send it again") from error
    return bytes(body)


def handlers() -> dict[type[Exception], Callable[[Request, Exception], Response]]:
    """How each failure is told."""
    return {
        HTTPException: _http,
        SyndicateError: _failure,
        **dict.fromkeys(AWAY, _away),
    }


def _http(_request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    return refused(status, [("", getattr(error, "detail", ""))], getattr(error, "headers", None))


def _away(_request: Request, _error: Exception) -> Response:
    return refused(503, [("", "Redis is away; try again later")], {"Retry-After": _LATER})


def _failure(_request: Request, error: Exception) -> Response:
    faults = [("", str(error))]
    match error:
        case DraftError():
            named = any(field for field, _ in error.faults)
            return refused(422 if named else 400, error.faults)
        case ConflictError():
            return refused(409, faults)
        case NotFoundError():
            return refused(404, faults)
        case BusyError():
            return refused(503, faults, {"Retry-After": _SOON})
        case _:
            return refused(503, faults, {"Retry-After": _LATER})
