"""Posts that programs hand in, replace and take back, each with a token (docs/api.md)."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from syndicate.errors import DraftError
from syndicate.posts.inbound import draft as drafts
from syndicate.web.wire import body_of, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.posts.inbound.inbox import Receipt

_log = structlog.get_logger()

#: Seconds of the span that a token's requests are counted in.
_SPAN = 60


class Api:
    """The endpoints `/api/posts` and `/api/posts/{key}`."""

    def __init__(self, app: App, sync: Callable[[list[str]], object]) -> None:
        """`sync` has a worker take in these sources."""
        self._app = app
        self._sync = sync
        self._tokens = {
            name: _hash(token.get_secret_value()) for name, token in app.settings.api.tokens.items()
        }

    async def add(self, request: Request) -> Response:
        """POST: a post, under the key that the sender gives it, or one that it is told."""
        return await self._act(request, self._add)

    async def change(self, request: Request) -> Response:
        """PUT and DELETE: the post of the key in the URL."""
        verb = self._put if request.method == "PUT" else self._withdraw
        return await self._act(request, verb)

    async def _act(self, request: Request, verb: Callable[[Request, bytes], Receipt]) -> Response:
        who = self._who(request)
        if request.method != "DELETE":
            _require_json(request)
        body = await body_of(request, self._app.settings.posts.max_bytes)
        return await run_in_threadpool(self._answer, request, body, verb, who)

    def _answer(
        self, request: Request, body: bytes, verb: Callable[[Request, bytes], Receipt], who: str
    ) -> Response:
        self._count(who)
        receipt = verb(request, body)
        if receipt.changed:
            _log.info(
                "handed in", token=who, key=receipt.key, source=receipt.source, state=receipt.state
            )
            self._sync([receipt.source])
        shown = asdict(receipt)
        created = shown.pop("created")
        del shown["changed"]
        headers = {"Location": receipt.url} if created and receipt.url else None
        return told(201 if created else 200, shown, headers)

    def _add(self, request: Request, body: bytes) -> Receipt:
        draft = drafts.parse(body)
        # RFC 9110 §5.6.4 has it quoted or not; the header's draft wants quotes, most send none.
        said = request.headers.get("idempotency-key", "").strip('" ')
        if said and not drafts.KEY.fullmatch(said):
            raise DraftError(
                [("key", "Idempotency-Key: must be 1 to 200 letters, digits, ._~:@=+-")]
            )
        if said and draft.key and said != draft.key:
            raise DraftError([("key", "'key' and Idempotency-Key differ; send one of them")])
        key = said or draft.key or uuid.uuid4().hex
        return self._app.inbox.hand_in(key, draft, self._app.clock())

    def _put(self, request: Request, body: bytes) -> Receipt:
        draft, key = drafts.parse(body), _key(request)
        if draft.key not in (None, key):
            raise DraftError([("key", "'key' isn't that of the URL; leave it out")])
        return self._app.inbox.put(key, draft, self._app.clock())

    def _withdraw(self, request: Request, _body: bytes) -> Receipt:
        return self._app.inbox.withdraw(_key(request), self._app.clock())

    def _who(self, request: Request) -> str:
        """The name of the request's token; every token is compared, in constant time.

        Raises:
            HTTPException: it has none, or one that is none of ours.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = _hash(token.strip()) if scheme.lower() == "bearer" else b""
        fitting = [name for name, ours in self._tokens.items() if hmac.compare_digest(ours, given)]
        if fitting:
            return fitting[0]
        # RFC 6750 §3.1: no word about a token where none was given.
        error = ', error="invalid_token"' if given else ""
        raise HTTPException(
            401,
            "no token of ours; send Authorization: Bearer TOKEN",
            {"WWW-Authenticate": f'Bearer realm="syndicate"{error}'},
        )

    def _count(self, who: str) -> None:
        """Count one more request of a token.

        Raises:
            HTTPException: it has had its share of this minute.
        """
        count, left = self._app.store.count(f"api:{who}", _SPAN)
        most = self._app.settings.api.rate
        if count > most:
            raise HTTPException(
                429, f"more than {most} requests a minute; wait", {"Retry-After": str(left)}
            )


def _hash(token: str) -> bytes:
    """All tokens are of one length so: comparing them tells nothing of theirs."""
    return hashlib.sha256(token.encode()).digest()


def _key(request: Request) -> str:
    key: str = request.path_params["key"]
    if not drafts.KEY.fullmatch(key):
        raise DraftError([("key", "a key has 1 to 200 letters, digits and ._~:@=+-")])
    return key


def _require_json(request: Request) -> None:
    media, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.lower().replace(" ", "").replace('"', "")
    if media.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise HTTPException(415, "the body must be JSON; send Content-Type: application/json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "the body must not be compressed; leave out Content-Encoding")
