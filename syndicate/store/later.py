"""Scripts that are sent now, and whose replies are read later: what one does meanwhile is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hiredis
from redis.exceptions import NoScriptError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import redis
    from redis.commands.core import Script
    from redis.connection import Connection

    #: The keys and arguments of a call.
    Call = tuple[Sequence[str], Sequence[str | float]]


def send(client: redis.Redis, script: Script, calls: Sequence[Call]) -> Callable[[], list[Any]]:
    """Have Redis run a script for each of these; what it gives waits for the replies.

    It must be called, or a connection is lost.

    Raises:
        redis.RedisError: Redis is away; so may the waiting raise, and then nobody knows which of
            the calls were done.
    """
    pool = client.connection_pool
    connection: Connection = pool.get_connection()
    commands = [("EVALSHA", script.sha, len(keys), *keys, *args) for keys, args in calls]
    try:
        # Not by the connection: it looks at each word by itself before.
        packed = [hiredis.pack_command(command) for command in commands]  # type: ignore[arg-type]  # its stub knows one word
        connection.send_packed_command(packed)  # type: ignore[no-untyped-call]  # no stub
    except BaseException:
        _give_up(pool, connection)
        raise

    def replies() -> list[Any]:
        try:
            found = [_reply(connection) for _ in commands]
        except BaseException:
            _give_up(pool, connection)
            raise
        pool.release(connection)
        # A server that was restarted knows no script, and has done nothing: it is told anew.
        return [
            script(keys=keys, args=args) if isinstance(reply, NoScriptError) else reply
            for reply, (keys, args) in zip(found, calls, strict=True)
        ]

    return replies


def _reply(connection: Connection) -> Any:  # noqa: ANN401 - each script's header tells its reply
    try:
        return connection.read_response()
    except NoScriptError as error:
        return error


def _give_up(pool: redis.ConnectionPool, connection: Connection) -> None:
    """Nobody knows which reply would come next."""
    connection.disconnect()  # type: ignore[no-untyped-call]  # as above
    pool.release(connection)
