"""A connection whose every wait ends at one deadline, however slowly the other side drips."""

from __future__ import annotations

import io
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Deadline:
    """A moment from which on nothing is waited for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then, more than none.

        Raises:
            TimeoutError: it has passed.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Timed:
    """As much of a socket as `http.client` asks for."""

    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        self._socket = plain
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send all of it, by the deadline."""
        self._socket.settimeout(self._deadline.left())
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What comes, as a file; `mode` is `rb`."""
        del mode
        return io.BufferedReader(_Incoming(self._socket, self._deadline))

    def close(self) -> None:
        """Nothing: `http.client` says it before it has read all there is."""

    def hang_up(self) -> None:
        """It is over."""
        self._socket.close()


class _Incoming(io.RawIOBase):
    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._socket = plain
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - Python 3.11 has no name for it
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv_into(buffer)


def connect(addresses: Sequence[str], port: int, deadline: Deadline, *, tls_name: str) -> Timed:
    """A connection to the first of these addresses that takes one.

    With a `tls_name`, over TLS, and the certificate has to be that name's.

    Raises:
        OSError: none of them does, or the certificate is another's.
    """
    plain = _first(addresses, port, deadline)
    if not tls_name:
        return Timed(plain, deadline)
    try:
        plain.settimeout(deadline.left())
        context = ssl.create_default_context()
        return Timed(context.wrap_socket(plain, server_hostname=tls_name), deadline)
    except BaseException:
        plain.close()
        raise


def _first(addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    error = OSError("it has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=deadline.left())
        except OSError as refused:
            error = refused
    raise error
