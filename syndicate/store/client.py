"""The one way to Redis: clients, keys and scripts of a site, in one hand."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar, cast

import redis

from syndicate.errors import SettingsError, StoreError
from syndicate.store import later, locks, schema
from syndicate.store.keys import Keys
from syndicate.store.line import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from redis.client import Pipeline
    from redis.commands.core import Script

T = TypeVar("T")

#: Seconds to wait for Redis to take a connection or answer: it is near, or it is down.
_TIMEOUT = 10.0
#: What the client raises when Redis is not there.
AWAY = (redis.ConnectionError, redis.TimeoutError)


@dataclass(frozen=True, slots=True)
class Store:
    """A site's part of Redis.

    `text` decodes replies; `raw` doesn't, for packed ids and messages. Both talk to one server.
    """

    text: redis.Redis
    raw: redis.Redis
    keys: Keys
    _scripts: dict[str, Script] = field(default_factory=dict)

    def run(
        self,
        verb: str,
        keys: Sequence[str],
        args: Sequence[str | int | float | bytes] = (),
        pipe: Pipeline | None = None,
    ) -> Any:  # noqa: ANN401 - each script's header tells its reply
        """Run the script `lua/VERB.lua`, now or as a part of `pipe`."""
        return self._script(verb)(keys=list(keys), args=list(args), client=pipe)

    def line(self, verb: str) -> Line:
        """A connection that runs the script `lua/VERB.lua` over and over: for one thread."""
        return Line(self.text, self._script(verb))

    def send(
        self, verb: str, calls: Sequence[tuple[Sequence[str], Sequence[str | float]]]
    ) -> Callable[[], list[Any]]:
        """Have the script `lua/VERB.lua` run for each of these; what it gives waits for replies."""
        return later.send(self.text, self._script(verb), calls)

    def _script(self, verb: str) -> Script:
        script = self._scripts.get(verb)
        if script is None:
            source = resources.files("syndicate.store").joinpath("lua", f"{verb}.lua")
            script = self._scripts[verb] = self.text.register_script(source.read_text("utf-8"))
        return script

    def transaction(self, act: Callable[[Pipeline], T], *watched: str) -> T:
        """What `act` gives, done only while these keys stay as it found them, else done again.

        It reads at once until it calls `multi`; what it orders from then on is done together.
        """
        done = self.text.transaction(act, *watched, value_from_callable=True)  # type: ignore[arg-type]  # its stub knows no value
        return cast("T", done)

    def lock(self, name: str, wait: float = 0.0) -> AbstractContextManager[Callable[[], None]]:
        """Be the only one to do `name`; call what this yields before each step of the work.

        A holder that dies makes room within `locks.SECONDS`.

        Raises:
            BusyError: somebody else does it, even after a wait of so many seconds.
        """
        return locks.held(self.text, self.keys.lock(name), name, wait)

    def count(self, name: str, seconds: int) -> tuple[int, int]:
        """How often `name` was done, this time included, in a span that ends in how many seconds.

        A span of that length begins with the first time.
        """
        key = self.keys.limit(name)
        pipe = self.text.pipeline()
        pipe.set(key, 0, nx=True, ex=seconds)
        pipe.incr(key)
        pipe.ttl(key)
        _, count, left = pipe.execute()
        return int(count), max(1, int(left))

    def close(self) -> None:
        """Give the connections back."""
        self.text.close()
        self.raw.close()


@contextmanager
def speaking_plainly(url: str) -> Iterator[None]:
    """Turn redis-py's errors into one line that says what to do.

    Raises:
        StoreError: Redis is away, refuses us, or is no Redis.
    """
    try:
        yield
    except redis.AuthenticationError as error:
        raise StoreError(f"Redis refuses us ({error}); set the password in [redis] url") from error
    except AWAY as error:
        raise StoreError(f"can't reach Redis at {_shown(url)}: {error}; is it running?") from error
    except redis.InvalidResponse as error:
        raise StoreError(f"what answers at {_shown(url)} is no Redis: {error}") from error
    except redis.ResponseError as error:
        raise StoreError(f"Redis at {_shown(url)} refuses: {error}") from error


def connect(url: str, prefix: str, *, any_schema: bool = False) -> Store:
    """The store at a `redis://`, `rediss://` or `unix://` URL.

    Only what restores or migrates it takes `any_schema`.

    Raises:
        SettingsError: the URL is wrong.
        StoreError: it can't be reached, or holds another schema than this program's.
    """
    try:
        text = redis.Redis.from_url(url, decode_responses=True, socket_timeout=_TIMEOUT)
        raw = redis.Redis.from_url(url, socket_timeout=_TIMEOUT)
    except ValueError as error:
        raise SettingsError(f"[redis] url {_shown(url)}: {error}") from error
    store = Store(text, raw, Keys(prefix))
    try:
        with speaking_plainly(url):
            found = schema.version(store)
        if not any_schema:
            schema.require(found, _shown(url))
    except StoreError:
        store.close()
        raise
    return store


def _shown(url: str) -> str:
    """The URL without its password, wherever it stands in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"
