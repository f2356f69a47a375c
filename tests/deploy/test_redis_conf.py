"""The Redis that we recommend is one that starts, and one that keeps what it is given."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import StoreError
from syndicate.store import client
from syndicate.store.embedded import COMPACT, find_server

if TYPE_CHECKING:
    from collections.abc import Iterator

CONF = Path(__file__).parents[2] / "deploy" / "redis.conf"
PASSWORD = "only-for-this-test"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server with our configuration, but for its port and folder."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(find_server(), CONF, "--port", str(port), "--dir", str(tmp_path)),
            *("--requirepass", PASSWORD),
        ],
        stdout=subprocess.DEVNULL,
    )
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert server.poll() is None
            assert time.monotonic() < end
    yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    server.terminate()
    server.wait(30)


def test_it_keeps_what_it_is_given_and_forgets_nothing(url: str) -> None:
    store = client.connect(url, "test")
    settings = store.text.config_get("*")
    store.close()
    assert settings["appendonly"] == "yes"
    assert settings["maxmemory-policy"] == "noeviction"


def test_it_keeps_collections_as_compact_as_the_embedded_server_does(url: str) -> None:
    store = client.connect(url, "test")
    limits = {name: store.text.config_get(name)[name] for name in COMPACT}
    store.close()
    assert limits == {name: str(limit) for name, limit in COMPACT.items()}


def test_it_wants_a_password_and_its_refusal_is_plain(url: str) -> None:
    with pytest.raises(StoreError, match="set the password"):
        client.connect(url.replace(f":{PASSWORD}@", ""), "test")
