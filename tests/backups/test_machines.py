"""Many machines on one Redis, and one machine's state twice."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syndicate.app import App
from syndicate.errors import LockedError
from syndicate.settings import load
from syndicate.store import client, embedded
from tests.backups.outage import READERS, Server, empty, outage
from tests.running.machine import PATIENCE, environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_any_number_of_machines_share_a_redis_and_one_of_them_vouches_for_its_restart(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    with Server(tmp_path_factory.mktemp("r")) as server, outage(tmp_path, server.url) as scene:
        machines = [scene.machine(f"machine{n}") for n in range(10)]
        mailing = scene.order(machines[0])
        for n, machine in enumerate(machines, 1):
            scene.clock.advance(seconds=20)
            machine.tick()
            scene.send(machine, mailing, n)
        server.stop()
        with server:
            newcomer = scene.machine("new")
            with pytest.raises(LockedError, match="no note that it ever sent by it"):
                newcomer.tick()
            machines[-1].tick()
            # From then on all go on, with and without a note.
            for machine in (*machines, newcomer):
                machine.tick()
            after = scene.rest(newcomer)
    assert (len(after), after.total()) == (READERS, READERS)


def test_of_a_site_and_its_copy_that_both_run_the_site_alone_sends(
    tmp_path: Path,
) -> None:
    with outage(tmp_path, "") as scene, Server(scene.site / ".syndicate"):
        app = scene.machine(url=embedded.url_of(scene.site / ".syndicate"))
        mailing = scene.order(app)
        scene.send(app, mailing, 8)
        copy = tmp_path / "copy"
        subprocess.run(["cp", "-a", scene.site, copy], check=True)
        with Server(copy / ".syndicate") as second:
            store = client.connect(second.url, "syndicate")
            twin = App(load(copy), store, scene.clock)
            with pytest.raises(LockedError, match="the state folder is another machine's, or a co"):
                twin.tick()
            before = scene.rest(twin)
            assert before.total() < READERS
            app.tick()
            after = scene.rest(app)
            assert scene.rest(twin) == after
            said = say("status", copy)
            assert "nothing is sent: Redis was restarted or copied, and the state folder" in said
            assert "sending: Redis was restarted or copied" in say(
                "doctor", copy, "--only", "state"
            )
            shown = say("unlock", copy)
            assert "Locked: Redis was restarted or copied, and the state folder is an" in shown
            assert f"mailing {mailing}: sending, {before.total()} sent" in shown
            # To look is not to unlock.
            with pytest.raises(LockedError):
                twin.tick()
            say("unlock", copy, "--since-snapshot", "pause", "--why", "it moves here")
            assert scene.rest(twin) == after
            twin.tick()
            twin.close()
            store.close()
        assert "nothing is sent" not in say("status", scene.site)
    assert (len(after), after.total()) == (READERS, READERS)


def test_a_redis_that_lost_its_data_is_told_by_every_command_that_an_operator_asks(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    with Server(tmp_path_factory.mktemp("r")) as server, outage(tmp_path, server.url) as scene:
        scene.send(app := scene.machine(), scene.order(app), 8)
        server.stop()
        empty(server.folder)
        with server:
            for command in (["status"], ["doctor", "--only", "state"], ["unlock"]):
                said = say(command[0], scene.site, *command[1:])
                assert (
                    "Redis is empty, though this machine has sent by it: put its data back" in said
                )
            answer = say("unlock", scene.site, "--since-snapshot", "nothing")
            assert "Unlocked." in answer
            assert "nothing is sent" not in say("status", scene.site)


def say(command: str, site: Path, *more: str) -> str:
    """What a command prints, in a process of its own; its lines joined."""
    found = subprocess.run(
        [sys.executable, "-m", "syndicate", command, "--site", str(site), *more],
        env=environment(site),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "Traceback" not in found.stderr
    return " ".join(found.stdout.split())
