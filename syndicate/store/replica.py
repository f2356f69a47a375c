"""A private copy of all that a running Redis holds at one moment.

Redis forks for a new replica and hands it what it held then, while it goes on. We ask as a replica
does, keep the stream as a file, and load it into a server of our own. Reading the keys one by one
would mix moments: a reader who moves meanwhile would be there twice or not at all.
"""

from __future__ import annotations

from contextlib import closing, contextmanager, suppress
from typing import IO, TYPE_CHECKING, cast

import redis

from syndicate.errors import StoreError
from syndicate.store import client, embedded

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from redis.connection import Connection

    from syndicate.store.client import Store

_FILE = "dump.rdb"
#: Bytes that are read at once.
_PIECE = 1 << 18
#: Bytes of the mark that ends a stream of unknown length, and what tells of one.
_MARK, _BY_MARK = 40, b"$EOF:"
#: Bytes of a line of the server at most.
_LINE = 512


class _Private(embedded.EmbeddedServer):
    """A server that loads the file, and writes nothing."""

    def _options(self) -> list[str]:
        changed = ["--appendonly", "no", "--dbfilename", _FILE, "--rdbcompression", "no"]
        # Of two options of a name the last counts.
        return [*super()._options(), *changed]


@contextmanager
def copied(
    store: Store, folder: Path, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Iterator[Store]:
    """A store with all that this one holds now, in an empty folder, for as long as the block lasts.

    `progress` hears of bytes. It takes as much memory here as Redis has data, of all its sites.

    Raises:
        StoreError: Redis doesn't hand it out, or the server here is older than that one.
    """
    with (folder / _FILE).open("wb") as file:
        receive(store, file, progress)
    private = _Private(folder)
    try:
        private.__enter__()
    except StoreError as error:
        raise StoreError(
            f"{embedded.find_server()} can't load what Redis handed out; it must be as new as the "
            "server that it is of"
        ) from error
    try:
        db = store.raw.connection_pool.connection_kwargs.get("db") or 0
        url = f"{embedded.url_of(folder)}?db={db}"
        with closing(client.connect(url, store.keys.prefix, any_schema=True)) as found:
            yield found
    finally:
        private.stop()


def receive(store: Store, file: IO[bytes], progress: Callable[[int, int], None]) -> None:
    """Write what Redis holds now to a file, as it would save it.

    Raises:
        StoreError: it doesn't hand it out.
    """
    connection: Connection = store.raw.connection_pool.get_connection()
    try:
        _ask(connection)
        # What follows isn't in the form of replies, so no reply may be read any more.
        raw = cast("socket.socket", connection._sock)  # noqa: SLF001 - redis-py has no other way
        line = _line(raw)
        if line.startswith(_BY_MARK):
            _copy_to_mark(raw, line.removeprefix(_BY_MARK), file, progress)
        elif line.startswith(b"$"):
            _copy(raw, int(line[1:]), file, progress)
        else:
            raise StoreError(
                f"Redis doesn't hand out its state ({line.decode(errors='replace')}); the backup "
                "needs a user that may +sync and +replconf, as docs/backups.md has one"
            )
    except OSError as error:
        raise StoreError(f"Redis broke off while it handed out its state: {error}") from error
    finally:
        connection.disconnect()  # type: ignore[no-untyped-call]  # no stub
        store.raw.connection_pool.release(connection)


def _ask(connection: Connection) -> None:
    # A stream straight to us, and nothing after it: no file is left behind on the server.
    for option in (("capa", "eof"), ("rdb-only", "1")):
        connection.send_command("REPLCONF", *option)  # type: ignore[no-untyped-call]  # as above
        # An older server knows no such thing, and goes on sending what we don't read.
        with suppress(redis.ResponseError):
            connection.read_response()
    connection.send_command("SYNC")  # type: ignore[no-untyped-call]  # as above


def _line(raw: socket.socket) -> bytes:
    """The line before the stream; empty ones say that the server is still at it."""
    line = b""
    while not (line := line.lstrip(b"\n")).endswith(b"\n"):
        if len(line) > _LINE:
            raise StoreError("Redis answers SYNC with what no Redis answers")
        line += _some(raw, 1)
    return line.strip()


def _copy(
    raw: socket.socket, size: int, file: IO[bytes], progress: Callable[[int, int], None]
) -> None:
    done = 0
    while done < size:
        done += file.write(_some(raw, min(_PIECE, size - done)))
        progress(done, size)


def _copy_to_mark(
    raw: socket.socket, mark: bytes, file: IO[bytes], progress: Callable[[int, int], None]
) -> None:
    """Copy until the mark, which the server made up for this stream: 40 bytes by chance."""
    kept, done = b"", 0
    while kept != mark:
        found = kept + _some(raw, _PIECE)
        done += file.write(found[:-_MARK])
        kept = found[-_MARK:]
        progress(done, done)


def _some(raw: socket.socket, most: int) -> bytes:
    found = raw.recv(most)
    if not found:
        raise StoreError("Redis broke off while it handed out its state; its log says why")
    return found
