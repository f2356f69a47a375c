"""Mail on an IMAP server is taken once: marked, or moved away, and never before it is safe."""

from __future__ import annotations

import re
import socketserver
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.bounces import imap
from syndicate.delivery.bounces.imap import Box
from syndicate.errors import FetchError, StoreError
from tests.certificates import self_signed
from tests.conftest import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PASSWORD = "open sesame"


@dataclass
class Mail:
    """What lies on the server."""

    text: bytes
    folder: str = "INBOX"
    flags: set[str] = field(default_factory=set)


@dataclass
class Server:
    """A small IMAP server: as much of RFC 3501 and RFC 6851 as is asked of it."""

    mails: dict[int, Mail]
    capabilities: str = "IMAP4rev1 UIDPLUS MOVE"
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def unseen(self) -> list[int]:
        return [
            uid
            for uid, mail in self.mails.items()
            if mail.folder == "INBOX" and r"\Seen" not in mail.flags
        ]


class _Handler(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            self.server.mailbox.asked.append(command)
            verb = command.removeprefix("UID ").partition(" ")[0].lower()
            said = getattr(self, f"_{verb}")(command)
            self._say(f"{tag} {said or 'OK done'}")
            if verb == "logout":
                return

    def _capability(self, _: str) -> None:
        self._say(f"* CAPABILITY {self.server.mailbox.capabilities}")

    def _login(self, command: str) -> str:
        right = command.endswith(f'"{PASSWORD}"')
        return "OK in" if right else "NO [AUTHENTICATIONFAILED] wrong password"

    def _select(self, command: str) -> str:
        if '"INBOX"' not in command:
            return "NO no such folder"
        self._say(f"* {len(self.server.mailbox.mails)} EXISTS")
        return "OK [READ-WRITE] selected"

    def _search(self, _: str) -> None:
        self._say("* SEARCH " + " ".join(map(str, self.server.mailbox.unseen())))

    def _fetch(self, command: str) -> None:
        uid, most = map(int, re.findall(r"FETCH (\d+).*<0\.(\d+)>", command)[0])
        text = self.server.mailbox.mails[uid].text[:most]
        self._say(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(text)}}}")
        self.wfile.write(text + b")\r\n")

    def _store(self, command: str) -> None:
        uid, flag = re.findall(r"STORE (\d+) \+FLAGS \((.+)\)", command)[0]
        self.server.mailbox.mails[int(uid)].flags.add(flag)

    def _move(self, command: str) -> None:
        uid, folder = re.findall(r'MOVE (\d+) "(.+)"', command)[0]
        self.server.mailbox.mails[int(uid)].folder = folder

    def _copy(self, command: str) -> None:
        uid, folder = re.findall(r'COPY (\d+) "(.+)"', command)[0]
        mails = self.server.mailbox.mails
        mails[max(mails) + 1] = Mail(mails[int(uid)].text, folder)

    def _expunge(self, _: str) -> None:
        mails = self.server.mailbox.mails
        for uid in [uid for uid, mail in mails.items() if r"\Deleted" in mail.flags]:
            del mails[uid]

    def _logout(self, _: str) -> None:
        self._say("* BYE")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mailbox: Server
    tls: ssl.SSLContext

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        socket, address = super().get_request()
        return self.tls.wrap_socket(socket, server_side=True), address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that trusts nobody is part of the tests."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path / "pem", "localhost")


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    found = Server({n: Mail(f"Subject: {n}\r\n\r\n".encode()) for n in (3, 5)})
    with _Tcp(("127.0.0.1", 0), _Handler) as tcp:
        tcp.mailbox = found
        tcp.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tcp.tls.load_cert_chain(certificate)
        found.port = tcp.server_address[1]
        with serving(tcp):
            yield found


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def box(server: Server, done: str = "", folder: str = "", password: str = PASSWORD) -> Box:
    url = f"imaps://me%40blog.example@localhost:{server.port}{folder}"
    return Box.parse(url, password, done)


def test_what_is_unseen_is_taken_once_and_marked(server: Server, trust: ssl.SSLContext) -> None:
    taken: list[bytes] = []
    assert imap.poll(box(server), taken.append, trust) == 2
    assert taken == [b"Subject: 3\r\n\r\n", b"Subject: 5\r\n\r\n"]
    assert imap.poll(box(server), taken.append, trust) == 0
    assert len(taken) == 2
    assert server.asked[1].startswith("LOGIN me@blog.example")


@pytest.mark.slow
@pytest.mark.parametrize("capabilities", ["IMAP4rev1 MOVE", "IMAP4rev1"])
def test_it_is_moved_away_where_the_settings_say_so(
    server: Server, trust: ssl.SSLContext, capabilities: str
) -> None:
    server.capabilities = capabilities
    taken: list[bytes] = []
    assert imap.poll(box(server, "Done"), taken.append, trust) == 2
    assert [mail.folder for mail in server.mails.values()] == ["Done", "Done"]
    assert imap.poll(box(server, "Done"), taken.append, trust) == 0


def test_what_could_not_be_taken_stays_unseen(server: Server, trust: ssl.SSLContext) -> None:
    def take(message: bytes) -> None:
        if b"5" in message:
            raise StoreError("Redis is away")

    with pytest.raises(StoreError):
        imap.poll(box(server), take, trust)
    assert server.unseen() == [5]


def test_no_more_is_fetched_than_is_read(server: Server, trust: ssl.SSLContext) -> None:
    server.mails = {1: Mail(b"x" * 1_200_000)}
    taken: list[bytes] = []
    imap.poll(box(server), taken.append, trust)
    assert list(map(len, taken)) == [1_000_000]


def test_a_wrong_password_is_told_in_one_line(server: Server, trust: ssl.SSLContext) -> None:
    with pytest.raises(FetchError, match=r"INBOX at localhost: .*wrong password") as told:
        imap.poll(box(server, password="hush"), print, trust)
    assert "hush" not in str(told.value)


def test_a_folder_that_isnt_there_is_told(server: Server, trust: ssl.SSLContext) -> None:
    with pytest.raises(FetchError, match="Lost at localhost: no such folder"):
        imap.poll(box(server, folder="/Lost"), print, trust)


def test_a_server_that_cant_prove_its_name_is_told_nothing(server: Server) -> None:
    with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
        imap.poll(box(server), print)
    assert server.asked == []
