"""`syndicate up` with every part real: what dies is started anew, what is stuck is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.running.machine import (
    PATIENCE,
    Up,
    environment,
    free_port,
    make_site,
    until,
    up,
    write_post,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Path:
    more = f"\n[web]\nport = {free_port()}\n\n[workers]\npatience = 4\n"
    return make_site(tmp_path / "site", more)


@pytest.fixture
def machine(site: Path) -> Iterator[Up]:
    with up(site) as found:
        yield found


def lives(pid: int) -> bool:
    """Whether it runs: one that nobody has waited for yet is dead all the same."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def are_dead(pids: Iterable[int]) -> bool:
    return not any(map(lives, pids))


def feed(site: Path) -> str:
    path = site / "public" / "rss.xml"
    return path.read_text() if path.exists() else ""


def answers(site: Path) -> bool:
    port = (site / "syndicate.toml").read_text().partition("port = ")[2].split()[0]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_whatever_is_killed_is_started_anew_and_the_work_goes_on(site: Path, machine: Up) -> None:
    until(lambda: answers(site), "the web app is ready")
    for name in ("syndicate web", "redis-server", "--queues ingest", "--quiet beat"):
        pid = machine.pid(name)
        os.kill(pid, signal.SIGKILL)
        until(partial(machine.has_other, pid, name), f"{name} is started anew")
    assert machine.said("web ended by SIGKILL; starting it anew in 0.5 s; it said last: ")
    write_post(site, "after-the-deaths")
    until(lambda: "after-the-deaths" in feed(site), "the post is in its feed")
    until(lambda: answers(site), "the web app is ready again")


def test_a_worker_that_is_stopped_while_tasks_wait_is_replaced_and_the_work_gets_done(
    site: Path, machine: Up
) -> None:
    until(lambda: feed(site), "the first sync")
    pid = machine.pid("--queues ingest")
    os.kill(pid, signal.SIGSTOP)
    write_post(site, "while-it-was-stuck")
    until(lambda: "while-it-was-stuck" in feed(site), "the post is in its feed")
    assert machine.said("worker is stuck: ")
    assert not lives(pid)
    # Nobody else was.
    assert machine.log.read_text().count("is stuck: ") == 1


def test_kill_9_leaves_no_children_and_the_next_start_is_as_the_first(site: Path) -> None:
    for _ in range(2):
        with up(site) as machine:
            pids = machine.pids()
            assert len(pids) == 9
            machine.process.kill()
            until(partial(are_dead, pids), "no child lives", 15)


def test_ctrl_c_ends_all_at_once(site: Path, machine: Up) -> None:
    until(lambda: feed(site), "the first sync")
    pids, begun = machine.pids(), time.monotonic()
    machine.process.send_signal(signal.SIGINT)
    assert machine.process.wait(PATIENCE) == 0
    assert time.monotonic() - begun < 15
    assert are_dead(pids)


def test_a_redis_of_ones_own_is_used_and_none_is_started(
    site: Path, redis_url: str, prefix: str
) -> None:
    settings = site / "syndicate.toml"
    own = f'\n[redis]\nurl = "{redis_url}"\nprefix = "{prefix}"\n'
    settings.write_text(settings.read_text() + own)
    with up(site) as machine:
        until(lambda: feed(site), "the first sync")
        assert "redis-server" not in " ".join(machine.pids().values())
    assert not (site / ".syndicate" / "redis.sock").exists()


def test_what_dies_right_after_each_start_ends_all_with_one_clear_line(site: Path) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(f'{settings.read_text()}\n[bounces]\naddress = "b@blog.example"\n')
    settings.write_text(f'{settings.read_text()}listen = "unix:{site}/nowhere/at/all"\n')
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", "up", "--site", str(site)],
        env=environment(site),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "bounces ended with exit code" in line
    assert "4 times right after its start; it said last: " in line
    assert str(site) in line
    assert "Traceback" not in done.stdout + done.stderr
