"""`syndicate relays`."""

from __future__ import annotations

import json
import re
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from syndicate.app import App
from syndicate.errors import RelayError
from syndicate.settings import load
from tests.certificates import self_signed

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from aiosmtpd.smtp import Envelope
    from click.testing import Result

    from syndicate.store.client import Store
    from tests.conftest import Clock

TWO = """
[[relays]]
name = "main"
url = "smtp://me@mail.example:587"
per_hour = 1000
per_day = 5000
connections = 4
warmup = [50, 100]
quiet = "22:00-07:00"

[[relays.domains]]
match = ["gmail.example", "*.google.example"]
per_minute = 30
connections = 2

[[relays]]
name = "spare"
url = "outbox"
priority = 2
"""


@pytest.fixture
def relays(syndicate: Callable[..., Result], site: Path) -> Callable[..., Result]:
    path = site / "syndicate.toml"
    path.write_text(path.read_text() + TWO)
    return lambda *words: syndicate("relays", *words, "--site", site)


def test_the_list_shows_each_relay_and_what_ails_it(
    relays: Callable[..., Result], site: Path, store: Store, clock: Clock
) -> None:
    app = App(load(site), store, clock)
    app.roads.report("main", RelayError("mail.example says no", "535 5.7.8 no"))
    main, spare = json.loads(relays("list", "--json").stdout)
    assert (main["relay"], main["state"], spare["state"]) == ("main", "held", "up")
    assert main["why"] == "mail.example says no"
    assert main["since"] == "2026-11-23T14:00:00+08:00" < main["until"]
    assert main["connections"] == {"now": 0, "most": 4}
    assert main["messages"] == [
        {"seconds": 3600, "now": 0, "most": 1000},
        {"seconds": 86400, "now": 0, "most": 5000},
    ]
    table = relays("list").stdout
    assert "since 2026-11-23 14:00: mail.example says no; tried again at 2026-11-23 " in table
    assert "0 of 4 " in table
    assert "0 of 1000 an hour, 0 of 5000 a day" in table
    assert "\x1b" not in table


def test_one_relay_is_shown_with_all_its_limits(relays: Callable[..., Result]) -> None:
    shown = json.loads(relays("show", "main", "--json").stdout)
    assert shown["warm_up"] == {"day": 1, "days": 2, "now": 0, "most": 50}
    assert shown["domains"] == [
        {
            "match": ["gmail.example", "*.google.example"],
            "connections": 2,
            "messages": [{"seconds": 60, "most": 30}],
        }
    ]
    assert (shown["first_message"], shown["failures_in_a_row"]) == (None, 0)
    text = relays("show", "main").stdout
    assert "0 of 50 on day 1 of 2" in text
    assert "gmail.example, *.google.example: 30 a minute, 2 at once" in text
    assert re.search("^first message +none yet$", text, re.MULTILINE)
    assert re.search("^quiet hours +22:00-07:00$", text, re.MULTILINE)
    wrong = relays("show", "mian")
    assert (wrong.exit_code, wrong.stderr) == (
        1,
        "error: no relay 'mian'; there are: main, spare\n",
    )


def test_a_relay_is_paused_with_a_reason_and_resumed(relays: Callable[..., Result]) -> None:
    assert relays("pause", "main", "--why", "moving").stdout == "Relay main is paused.\n"
    main, _ = json.loads(relays("list", "--json").stdout)
    assert main["state"] == "paused"
    assert (main["why"], main["until"]) == ("moving", None)
    assert relays("resume", "main").stdout == "Relay main is used again.\n"
    assert relays("resume", "main").stdout == "Relay main was up already.\n"


def test_no_password_is_shown_anywhere(
    relays: Callable[..., Result], site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_MAIL__PASSWORDS", '{"main": "hunter2"}')
    assert load(site).password(load(site).roads[0]) == "hunter2"
    assert "hunter2" not in repr(load(site))
    assert "hunter2" not in relays("show", "main").output + relays("list", "--json").output


class _Server(Controller):
    """Has STARTTLS, and wants a password; the system chooses its port."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        self.taken: list[tuple[str, bytes]] = []
        self.bound = socket.create_server(("127.0.0.1", 0))
        super().__init__(
            self,
            hostname="127.0.0.1",
            port=self.bound.getsockname()[1],
            tls_context=context,
            require_starttls=True,
            authenticator=self.let_in,
            ready_timeout=30,
        )

    def _create_server(self) -> Coroutine[Any, Any, asyncio.Server]:
        return self.loop.create_server(self._factory_invoker, sock=self.bound)

    def let_in(self, *args: object) -> AuthResult:
        *_, said = args
        assert isinstance(said, LoginPassword)
        return AuthResult(success=said.password == b"hunter2", handled=False)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        self.taken.append((envelope.rcpt_tos[0], envelope.original_content or b""))
        return "250 2.0.0 Kept"


@pytest.fixture
def secured(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    """A relay on this machine that is asked for STARTTLS all the same."""
    certificate = self_signed(tmp_path / "relay.pem", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = _Server(certificate)
    server.start()
    (site / "secret").write_text("hunter2\n")
    path = site / "syndicate.toml"
    path.write_text(
        path.read_text()
        + f"""
[[relays]]
name = "main"
url = "smtp://me@localhost:{server.port}"
tls = "starttls"
password_file = "secret"

[delivery]
final_dot = 5
hard_limit = 60
"""
    )
    yield server
    server.stop()


def test_a_trial_tells_what_a_relay_offers_and_sends_nothing(
    syndicate: Callable[..., Result], secured: _Server, site: Path
) -> None:
    result = syndicate("relays", "test", "main", "--site", site)
    assert result.exit_code == 0, result.output
    said = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert said["TLS"].startswith("TLSv1.")
    assert said["certificate"].startswith("localhost, good until 20")
    assert said["login"] == "accepted"
    assert "smtputf8" in said["extensions"]
    assert secured.taken == []
    assert "hunter2" not in result.output


def test_a_test_message_goes_out_where_an_address_is_named(
    syndicate: Callable[..., Result], secured: _Server, site: Path
) -> None:
    result = syndicate("relays", "test", "main", "--to", "ann@reader.example", "--site", site)
    assert result.exit_code == 0, result.output
    assert "250 2.0.0 Kept" in result.stdout
    ((recipient, message),) = secured.taken
    assert recipient == "ann@reader.example"
    assert b"\r\nSubject: Test of the relay main\r\n" in message


def test_a_wrong_password_is_told_in_one_line(
    syndicate: Callable[..., Result], secured: _Server, site: Path
) -> None:
    (site / "secret").write_text("wrong")
    result = syndicate("relays", "test", "main", "--site", site)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: localhost:{secured.port} says 535 ")
    (site / "secret").unlink()
    result = syndicate("relays", "test", "main", "--site", site)
    assert result.stderr.startswith("error: relay main: can't read its password_file, secret: ")


def test_a_certificate_of_another_host_is_refused(
    syndicate: Callable[..., Result], secured: _Server, site: Path
) -> None:
    path = site / "syndicate.toml"
    path.write_text(path.read_text().replace("@localhost:", "@127.0.0.1:"))
    result = syndicate("relays", "test", "main", "--to", "ann@reader.example", "--site", site)
    assert result.exit_code == 1
    assert "certificate" in result.stderr.lower()
    assert secured.taken == []
