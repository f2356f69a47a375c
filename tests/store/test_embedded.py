"""The server of a single machine: real, one to a folder, its data kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis

from syndicate.errors import BusyError, StoreError
from syndicate.store import embedded
from syndicate.store.embedded import EmbeddedServer, is_running, socket_path, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWNER = """
import signal, sys
from pathlib import Path
from syndicate.store.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])):
    print("up", flush=True)
    signal.pause()
"""


def client_of(folder: Path) -> redis.Redis:
    return redis.Redis.from_url(url_of(folder), decode_responses=True)


def fake_server(folder: Path, script: str) -> None:
    """Put a program called redis-server there."""
    folder.mkdir()
    path = folder / "redis-server"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def refusal(folder: Path) -> str:
    with pytest.raises(StoreError) as refused, EmbeddedServer(folder):
        pytest.fail("it started")
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_data_survives_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "on the way 状态"
    with EmbeddedServer(folder), client_of(folder) as client:
        client.set("kept", "澜江")
    assert not is_running(folder)
    with EmbeddedServer(folder), client_of(folder) as client:
        assert client.get("kept") == "澜江"


def test_it_keeps_all_it_is_told_and_throws_nothing_away(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path), client_of(tmp_path) as client:
        config = client.config_get("*")
        assert config["appendonly"] == "yes"
        assert config["maxmemory-policy"] == "noeviction"
        assert config["port"] == "0"
        assert socket_path(tmp_path).stat().st_mode & 0o077 == 0


def test_the_server_ends_with_the_block_also_when_it_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with client_of(tmp_path) as client:
            processes.append(int(client.info("server")["process_id"]))
        raise ZeroDivisionError

    processes: list[int] = []
    with pytest.raises(ZeroDivisionError), EmbeddedServer(tmp_path):
        fail()
    assert not is_running(tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(processes[0], 0)


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path):
        with pytest.raises(BusyError, match=r"another syndicate owns the state in .*; stop it"):
            EmbeddedServer(tmp_path).__enter__()
        assert is_running(tmp_path)
    with EmbeddedServer(tmp_path):
        pass


@pytest.fixture
def killed_owner(tmp_path: Path) -> Iterator[Path]:
    """A folder whose server goes on though its owner was killed."""
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, tmp_path], stdout=subprocess.PIPE)
    assert owner.stdout
    with owner.stdout as said:
        assert said.readline() == b"up\n"
    owner.kill()
    owner.wait()
    with client_of(tmp_path) as client:
        process = int(client.info("server")["process_id"])
    yield tmp_path
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_the_server_of_a_killed_owner_is_ended_before_another_takes_its_data(
    killed_owner: Path,
) -> None:
    with client_of(killed_owner) as client:
        client.set("kept", "yes")
        before = client.info("server")["run_id"]
        with EmbeddedServer(killed_owner):
            # A connection to the first would have lasted.
            assert client.info("server")["run_id"] != before
            assert client.get("kept") == "yes"


def test_a_deep_folder_has_a_short_socket_that_every_process_finds(tmp_path: Path) -> None:
    folder = tmp_path / "/".join(["a-rather-long-name"] * 8)
    assert len(bytes(socket_path(folder))) < 100
    assert socket_path(folder) == socket_path(Path(os.path.relpath(folder)))
    assert socket_path(folder) != socket_path(folder / "other")
    with EmbeddedServer(folder):
        assert is_running(folder)
        assert socket_path(folder).parent.stat().st_mode & 0o077 == 0
        assert (folder / "appendonlydir").is_dir() or (folder / "appendonly.aof").is_file()


def test_without_a_server_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert "apt-get install redis-server) or name a running one in [redis] url" in refusal(tmp_path)
    with pytest.raises(StoreError):  # and the folder is free again
        EmbeddedServer(tmp_path).__enter__()


def test_valkey_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_server(tmp_path / "bin", "exit 1")
    valkey = (tmp_path / "bin" / "redis-server").rename(tmp_path / "bin" / "valkey-server")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert embedded.find_server() == valkey


def test_an_older_server_than_the_one_that_wrote_the_data_is_refused(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path):
        pass
    (tmp_path / "redis.version").write_text("99")
    assert "was written by Redis 99" in refusal(tmp_path)
    assert "install Redis 99 or newer" in refusal(tmp_path)


def test_a_server_that_does_not_start_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_server(tmp_path / "bin", 'echo "v=7"; [ "$1" = --version ] || exit 1')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    state = tmp_path / "state"
    assert refusal(state) == f"Redis doesn't start; see {state / 'redis.log'}"
    assert (state / "redis.log").read_text() == "v=7\n"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file" / "state").startswith(
        f"can't write {tmp_path / 'file' / 'state'}: Not a directory; make the folder writable"
    )


def test_nobody_answers_where_nobody_serves(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    socket_path(tmp_path).touch()
    assert not is_running(tmp_path)
