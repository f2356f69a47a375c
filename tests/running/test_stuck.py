"""Which workers are taken for stuck: those that say nothing, or do nothing while there is work."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from syndicate.running.stuck import Watch
from syndicate.store.pulse import Sign

PATIENCE, LONGEST, EVERY = 60.0, 1800.0, 5.0


@dataclass
class Machine:
    """One worker for `deliver`, and what is seen of it every five seconds."""

    watch: Watch = field(
        default_factory=lambda: Watch({"deliver": ("deliver",)}, PATIENCE, LONGEST)
    )
    now: float = 1000.0
    started: float = 990.0

    def look(self, sign: Sign | None, waiting: int) -> str:
        signs = {"deliver": sign} if sign else {}
        depths = {"deliver": waiting, "post": 9}
        self.now += EVERY
        stuck = self.watch.look(self.now, {"deliver": self.started}, depths, signs)
        return stuck.get("deliver", "")

    def stays(self, seconds: float, task: str = "", waiting: int = 0, acts: int = 7) -> str:
        """What is said of a worker that lives, and begins and ends nothing, for so long."""
        said = [self.look(Sign(self.now, acts, task), waiting) for _ in range(int(seconds / EVERY))]
        return next(filter(None, said), "")


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_worker_with_nothing_to_do_is_not_stuck(machine: Machine) -> None:
    assert machine.stays(10_000) == ""


def test_a_worker_that_takes_none_of_the_tasks_that_wait_is_stuck(machine: Machine) -> None:
    assert machine.stays(PATIENCE - EVERY, waiting=3) == ""
    assert machine.stays(3 * EVERY, waiting=3).endswith("while 3 wait")


def test_tasks_that_come_and_go_are_no_reason(machine: Machine) -> None:
    for _ in range(20):
        assert machine.stays(PATIENCE - 2 * EVERY, waiting=3) == ""
        assert machine.stays(EVERY, waiting=0) == ""


def test_a_worker_that_takes_one_task_after_the_other_is_not_stuck(machine: Machine) -> None:
    for acts in range(20):
        task = "deliver" if acts % 2 else ""
        assert machine.stays(PATIENCE / 2, task, waiting=500, acts=acts) == ""


def test_a_long_task_is_not_stuck_however_much_waits(machine: Machine) -> None:
    assert machine.stays(LONGEST, "deliver", waiting=500) == ""


def test_a_task_that_takes_longer_than_any_may_is_stuck(machine: Machine) -> None:
    assert "deliver" in machine.stays(LONGEST + PATIENCE + 3 * EVERY, "deliver")


@pytest.mark.parametrize("task", ["", "deliver"])
def test_a_worker_that_is_silent_is_stuck_whatever_it_was_at(machine: Machine, task: str) -> None:
    said = Sign(machine.now, 7, task)
    looks = [machine.look(said, 0) for _ in range(int(PATIENCE / EVERY) + 2)]
    assert looks[-1].startswith("no sign of life")
    assert not any(looks[:-1])


def test_a_worker_that_never_said_anything_is_stuck(machine: Machine) -> None:
    looks = [machine.look(None, 0) for _ in range(int(PATIENCE / EVERY) + 2)]
    assert looks[-1].startswith("no sign of life")


def test_a_new_process_is_given_all_the_time_again(machine: Machine) -> None:
    said = Sign(machine.now, 7, "")
    for _ in range(20):
        for _ in range(int(PATIENCE / EVERY)):
            assert machine.look(said, 1) == ""
        machine.started = machine.now


def test_who_takes_anothers_place_may_take_a_minute_to_start_however_little_the_patience() -> None:
    machine = Machine(Watch({"deliver": ("deliver",)}, 2 * EVERY, LONGEST))
    last = Sign(machine.now, 7, "")
    assert any(machine.look(last, 3) for _ in range(4))
    machine.started = machine.now
    # Its predecessor's sign stands there until it speaks itself.
    assert not any(machine.look(last, 3) for _ in range(12))
    assert machine.stays(2 * EVERY, acts=0) == ""
    said = Sign(machine.now, 0, "")
    assert any(machine.look(said, 0) for _ in range(4))


def test_what_was_seen_before_redis_was_away_is_void(machine: Machine) -> None:
    said = Sign(machine.now, 7, "")
    for _ in range(20):
        for _ in range(int(PATIENCE / EVERY)):
            assert machine.look(said, 1) == ""
        machine.now += 4 * EVERY


def test_clocks_that_differ_or_jump_are_no_reason(machine: Machine) -> None:
    for n in range(100):
        assert machine.look(Sign(machine.now * (-1) ** n * 1e6, n // 50, ""), 0) == ""


def test_who_is_stuck_is_told_once(machine: Machine) -> None:
    assert machine.stays(PATIENCE + 2 * EVERY, waiting=3)
    assert machine.look(Sign(machine.now, 7, ""), 3) == ""
