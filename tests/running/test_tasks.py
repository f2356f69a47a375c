"""The queue is a hint: how Celery is set up so that nothing depends on it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from syndicate import tasks
from syndicate.running.queues import celery_config
from syndicate.running.vitals import Vitals
from syndicate.settings import load
from syndicate.store.pulse import Sign

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock


def test_a_task_is_acknowledged_when_it_is_done_and_one_at_a_time(site: Path) -> None:
    config = celery_config(load(site))
    assert config["task_acks_late"]
    assert config["task_reject_on_worker_lost"]
    assert config["worker_prefetch_multiplier"] == 1
    assert config["task_ignore_result"]


def test_nothing_but_json_is_taken_from_the_queue(site: Path) -> None:
    config = celery_config(load(site))
    assert config["accept_content"] == ["json"]
    assert config["task_serializer"] == "json"


def test_a_task_ends_before_redis_hands_it_to_another(site: Path) -> None:
    config = celery_config(load(site))
    hidden = config["broker_transport_options"]["visibility_timeout"]
    assert config["task_time_limit"] < hidden


def test_tasks_carry_ids_and_nothing_of_a_person() -> None:
    ours = {
        name: task for name, task in tasks.celery.tasks.items() if name.startswith("syndicate.")
    }
    assert set(ours) == {
        f"syndicate.{verb}"
        for verb in (
            *("sync", "pull", "fetch", "bounces", "publish", "tell_hub"),
            *("tick", "plan", "deliver", "sweep", "post", "admit"),
        )
    }
    for task in ours.values():
        for parameter in inspect.signature(task.run).parameters.values():
            assert parameter.annotation in ("int", "bool | None", "list[str] | None")


def test_every_task_goes_to_a_queue_that_workers_serve(site: Path) -> None:
    routes = celery_config(load(site))["task_routes"]
    ours = {name for name in tasks.celery.tasks if name.startswith("syndicate.")}
    assert set(routes) == ours
    assert {route["queue"] for route in routes.values()} == set(tasks.QUEUES)


def test_the_queues_of_sites_on_one_server_are_apart(site: Path, prefix: str) -> None:
    options = celery_config(load(site))["broker_transport_options"]
    assert options["global_keyprefix"].startswith(f"{prefix}:")


def test_what_is_due_later_is_never_left_to_the_queue() -> None:
    source = inspect.getsource(tasks)
    assert "countdown=" not in source
    assert "eta=" not in source


def test_a_worker_leaves_its_marks_when_a_task_begins_and_ends_however_it_ends(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tick() -> list[int]:
        during.append(app.pulse.signs()["worker@here"])
        raise ZeroDivisionError

    during: list[Sign] = []
    now = app.clock().timestamp()
    monkeypatch.setattr(tasks, "current", lambda: app)
    monkeypatch.setattr(tasks, "_vitals", [Vitals(app.pulse, "worker@here", app.clock)])
    monkeypatch.setattr(app, "tick", tick)
    with pytest.raises(ZeroDivisionError):
        tasks.tick()
    assert during == [Sign(now, 1, "syndicate.tick")]
    assert app.pulse.signs()["worker@here"] == Sign(now, 2, "")
    assert app.pulse.last()["queue:digest"] == app.clock()


def test_a_worker_that_was_silent_for_a_day_is_forgotten(app: App, clock: Clock) -> None:
    with Vitals(app.pulse, "old", clock).busy("x"):
        clock.advance(hours=1)
    clock.advance(hours=24)
    app.pulse.forget_old(clock())
    assert set(app.pulse.signs()) == {"old"}
    clock.advance(seconds=1)
    app.pulse.forget_old(clock())
    assert app.pulse.signs() == {}
