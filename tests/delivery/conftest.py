"""A relay that fails on demand: a small SMTP server whose every answer a test can choose."""

from __future__ import annotations

import socketserver
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.conftest import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class FaultyRelay:
    """What the relay answers, and what it took."""

    #: Given a verb and its argument, an answer other than the usual; "drop" hangs up.
    answer: Callable[[str, str], str | None] = lambda _verb, _argument: None
    #: Called between the message's arrival and the answer to the final dot.
    at_dot: Callable[[str], None] = lambda _recipient: None
    #: (recipient, message) of every message that was taken, whether or not it was told.
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.taken]


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        relay = self.server.relay
        relay.connections += 1
        if not self._say(relay.answer("CONNECT", "") or "220 test"):
            return
        recipient = ""
        while line := self.rfile.readline():
            verb, _, argument = line.decode().strip().partition(" ")
            answer = relay.answer(verb.upper(), argument)
            if verb.upper() == "RCPT":
                recipient = argument.removeprefix("TO:<").removesuffix(">")
            if verb.upper() == "DATA" and answer is None:
                self._say("354 go on")
                message = self._message()
                answer = relay.answer("DOT", recipient)
                if answer is None or answer == "drop after taking":
                    relay.taken.append((recipient, message))
                relay.at_dot(recipient)
            if not self._say(answer or "250 2.0.0 fine") or verb.upper() == "QUIT":
                return

    def _message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _say(self, answer: str) -> bool:
        if answer.startswith("drop"):
            return False
        self.wfile.write(answer.encode() + b"\r\n")
        return not answer.startswith("421")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    relay: FaultyRelay

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is gone is part of the tests."""


@contextmanager
def relaying() -> Iterator[FaultyRelay]:
    """A relay, for as long as the block lasts."""
    found = FaultyRelay()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.relay = found
        found.port = server.server_address[1]
        with serving(server):
            yield found


@pytest.fixture
def relay() -> Iterator[FaultyRelay]:
    with relaying() as found:
        yield found


@pytest.fixture
def site(site: Path, relay: FaultyRelay) -> Path:
    """The site of the other tests, with the faulty relay."""
    path = site / "syndicate.toml"
    text = path.read_text()
    path.write_text(
        text.replace("[mail]\n", f'[mail]\nrelay = "smtp://127.0.0.1:{relay.port}"\n')
        + "\n[delivery]\nfinal_dot = 5\nhard_limit = 60\nlease = 120\nvisibility = 240\n"
        # One message after another, so that a test can say what comes next.
        + "connections = 1\n"
    )
    return site


@pytest.fixture(scope="session")
def write_keys() -> Callable[[Path], str]:
    """Writes `rsa.pem` and `ed25519.pem` into a folder; returns the settings that name them."""
    made: dict[str, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey] = {
        "rsa.pem": rsa.generate_private_key(65537, 2048),
        "ed25519.pem": ed25519.Ed25519PrivateKey.generate(),
    }

    def write(folder: Path) -> str:
        for name, key in made.items():
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / name).write_bytes(pem)
        return (
            '[dkim]\nselector = "s1"\nkey_file = "rsa.pem"\n\n'
            '[dkim.ed25519]\nselector = "s2"\nkey_file = "ed25519.pem"\n'
        )

    return write
