"""The hook that a git server calls when something was pushed (STANDARDS S-21).

Nothing of a call is believed but which branch it is about, and that only after its signature.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import structlog
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from syndicate.web.wire import body_of, nothing, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App

_log = structlog.get_logger()

#: Bytes of a call. GitHub allows itself 25 MB, but a push of 2,048 commits, the most that it names,
#: has a tenth; whoever can't sign shall not fill the memory.
_MOST_BYTES = 5_000_000
#: Seconds that the sender's clock may be off, and that a call of his may be under way.
_WINDOW = 300
#: `t=UNIX,v1=HEX`; where a secret is being replaced, two of them.
_TIMED = re.compile(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64}){1,4})")
#: What a push is called, by GitHub, Gitea and Forgejo, and by GitLab.
_PUSHES = ("push", "Push Hook")


class _Push(BaseModel):
    #: Such as `refs/heads/main`.
    ref: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call by somebody who knows the secret."""

    event: str
    #: Tells it from all other calls.
    name: str


class Hook:
    """The endpoint `/api/hooks/push`."""

    def __init__(self, app: App, pull: Callable[[], object]) -> None:
        """`pull` has a worker follow the pushes that are noted."""
        self._app = app
        self._pull = pull
        self._secret = app.settings.hook.secret.get_secret_value().encode()
        self._ref = f"refs/heads/{app.settings.hook.branch}"

    async def hear(self, request: Request) -> Response:
        """POST: somebody pushed, or says that he would."""
        body = await body_of(request, _MOST_BYTES)
        now = self._app.clock().timestamp()
        call = verified(request.headers, body, self._secret, now)
        if call is None:
            _log.warning("hook", refused="its signature")
            raise HTTPException(
                403, "no valid signature; see that both sides have the same secret and time"
            )
        if call.event == "ping":
            return told(200, {"state": "ready"})
        if call.event not in _PUSHES or self._elsewhere(request, body):
            return nothing()
        return await run_in_threadpool(self._follow, call)

    def _follow(self, call: Call) -> Response:
        if not self._app.pushes.note(call.name):
            return told(200, {"state": "known"})
        _log.info("pushed", ref=self._ref)
        self._pull()
        return told(202, {"state": "accepted"})

    def _elsewhere(self, request: Request, body: bytes) -> bool:
        """Whether it is about another branch. A call without a body is about ours.

        Raises:
            HTTPException: it doesn't say.
        """
        if not body:
            return False
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            body = parse_qs(body.decode(errors="replace")).get("payload", [""])[0].encode()
        try:
            return _Push.model_validate_json(body).ref != self._ref
        except ValidationError as error:
            raise HTTPException(400, "the body must be JSON with a 'ref', or empty") from error


def verified(headers: Mapping[str, str], body: bytes, secret: bytes, now: float) -> Call | None:
    """The call, if it is by somebody who knows the secret; None otherwise.

    GitHub, Gitea and Forgejo sign the body; GitLab sends the secret itself; anybody else signs the
    time and the body. A call is named by what its sender can't change without the secret.
    """
    if "x-hub-signature-256" in headers:
        given = headers["x-hub-signature-256"]
        if _same(given, f"sha256={_sign(secret, body)}"):
            return Call(headers.get("x-github-event", ""), _name("hub", given))
    elif "x-gitlab-token" in headers:
        if _same(headers["x-gitlab-token"], secret.decode()):
            unique = headers.get("x-gitlab-event-uuid", "") + hashlib.sha256(body).hexdigest()
            return Call(headers.get("x-gitlab-event", ""), _name("gitlab", unique))
    elif match := _TIMED.fullmatch(headers.get("x-syndicate-signature", "")):
        right = _sign(secret, f"{match[1]}.".encode() + body)
        fits = [_same(given, right) for given in match[2].split(",v1=")[1:]]
        if any(fits) and abs(now - int(match[1])) <= _WINDOW:
            return Call("push", _name("timed", right))
    return None


def _sign(secret: bytes, data: bytes) -> str:
    return hmac.new(secret, data, hashlib.sha256).hexdigest()


def _same(given: str, right: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(given.encode(), right.encode())


def _name(kind: str, unique: str) -> str:
    return hashlib.sha256(f"{kind} {unique}".encode()).hexdigest()
