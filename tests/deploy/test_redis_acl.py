"""The Redis user that we recommend may do all that the service does, and nothing else."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import redis

from benchmarks.servers import free_port, running
from syndicate.delivery import outbox
from syndicate.settings import SITE_VARIABLE
from syndicate.store import client
from syndicate.tasks import QUEUES
from tests.conftest import SETTINGS
from tests.delivery.conftest import FaultyRelay, relay
from tests.delivery.test_erasure import live
from tests.deploy.conftest import DEPLOY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock

pytestmark = pytest.mark.slow

PASSWORD = "only-for-this-test"
#: Who looks at what was refused; no user of ours.
ADMIN = "user admin on >admin ~* &* +@all\n"
#: What a thief of the password would like to do.
REFUSED = (
    *("FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG GET requirepass", "CONFIG SET dir /tmp"),
    *("SHUTDOWN NOSAVE", "ACL LIST", "ACL SETUSER x on", "MONITOR", "SAVE"),
    *("REPLICAOF 127.0.0.1 1", "MODULE LIST", "CLIENT LIST", "CLIENT KILL TYPE normal"),
    *("SCRIPT FLUSH", "EVAL return 0", "FUNCTION LIST", "SLOWLOG GET", "SWAPDB 0 1"),
    *("GET other", "SET other 1", "DEL other", "RENAME syndicate:x other", "PUBLISH other 1"),
)

#: A fixture of the neighbours.
__all__ = ["relay"]


@pytest.fixture
def url(tmp_path: Path, redis_7: str) -> Iterator[str]:
    """A server with our configuration and our users; the URL is that of the service's."""
    port, acl = free_port(), tmp_path / "users.acl"
    said = (DEPLOY / "redis.acl").read_text()
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    acl.write_text(said.replace("SHA256_OF_THE_PASSWORD", digest) + ADMIN)
    command = [redis_7, str(DEPLOY / "redis.conf")]
    command += ["--port", str(port), "--dir", str(tmp_path), "--aclfile", str(acl)]
    with running(command, port):
        yield f"redis://syndicate:{PASSWORD}@127.0.0.1:{port}/0"


@pytest.fixture
def refused(url: str) -> Iterator[Callable[[], list[str]]]:
    """What Redis has refused so far: `what: command or key`."""
    admin = redis.Redis.from_url(url.replace(f"syndicate:{PASSWORD}", "admin:admin"))
    yield lambda: [f"{e['reason']}: {e['object']}" for e in admin.acl_log()]
    admin.close()


@pytest.fixture
def site(tmp_path: Path, url: str, relay: FaultyRelay) -> Path:
    folder = tmp_path / "site"
    (folder / "_posts").mkdir(parents=True)
    said = SETTINGS.format(url=url, prefix="syndicate")
    said = said.replace("[mail]\n", f'[mail]\nrelay = "smtp://127.0.0.1:{relay.port}"\n')
    (folder / "syndicate.toml").write_text(said)
    return folder


@pytest.fixture
def store(url: str) -> Iterator[client.Store]:
    found = client.connect(url, "syndicate")
    yield found
    found.close()


def test_a_readers_whole_life_is_allowed(
    app: App,
    clock: Clock,
    relay: FaultyRelay,
    write_post: Callable[..., Path],
    refused: Callable[[], list[str]],
) -> None:
    """He signs up, gets mail, is refused and suppressed, is erased, and Redis forgets him."""
    with outbox.listening(app.settings.state_folder):
        wanda = live(app, clock, relay, write_post)
        assert len(relay.taken) > 2
        app.publish()
        app.erasure.erase(wanda, {"method": "preferences"})
        clock.advance(minutes=5)
        app.sweep()
    assert app.store.text.exists(app.store.keys.rewriting)
    assert refused() == []


def test_commands_and_workers_are_allowed(
    site: Path, write_post: Callable[..., Path], refused: Callable[[], list[str]]
) -> None:
    write_post("one", "tech")
    environment = os.environ | {SITE_VARIABLE: str(site)}

    def run(*argv: str) -> str:
        command = [sys.executable, "-m", *argv]
        done = subprocess.run(
            command, env=environment, cwd=site, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    ours = ("--site", str(site))
    run("syndicate", "sync", *ours)
    reader = ("reader@example.net", *ours)
    run("syndicate", "subscribers", "add", "--category", "tech", *reader)
    run("syndicate", "subscribers", "confirm", *reader)
    celery = ("celery", "--app", "syndicate.tasks", "--quiet")
    # As the systemd unit has it.
    worker = [sys.executable, "-m", *celery, "worker", "--queues", ",".join(QUEUES)]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--concurrency=1"]
    worker += ["--loglevel", "info"]
    pipe = subprocess.PIPE
    with subprocess.Popen(worker, env=environment, cwd=site, stderr=pipe, text=True) as process:
        try:
            assert process.stderr
            assert any("ready" in line for line in process.stderr)
            assert "pong" in run(*celery, "inspect", "ping", "--timeout", "5")
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert refused() == []


def test_nothing_else_is(url: str) -> None:
    with redis.Redis.from_url(url) as service:
        for command in REFUSED:
            words = command.split()
            if words[0] == "EVAL":
                words = ["EVAL", "return 0", "0"]
            with pytest.raises(redis.exceptions.NoPermissionError):
                service.execute_command(*words)


def test_nobody_gets_in_without_the_password(url: str) -> None:
    for wrong in ("", "syndicate:@", ":only-for-this-test@", "default:@", "syndicate:wrong@"):
        refusal = (redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError)
        wrong_url = url.replace(f"syndicate:{PASSWORD}@", wrong)
        with redis.Redis.from_url(wrong_url) as stranger, pytest.raises(refusal):
            stranger.ping()


def test_without_a_password_of_ones_own_redis_does_not_start(redis_7: str) -> None:
    command = [redis_7, "--port", str(free_port()), "--aclfile", str(DEPLOY / "redis.acl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert "password hash" in done.stdout
