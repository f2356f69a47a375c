"""The queue is a hint: how Celery is set up so that nothing depends on it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from syndicate import tasks
from syndicate.settings import load

if TYPE_CHECKING:
    from pathlib import Path


def test_a_task_is_acknowledged_when_it_is_done_and_one_at_a_time(site: Path) -> None:
    config = tasks.celery_config(load(site))
    assert config["task_acks_late"]
    assert config["task_reject_on_worker_lost"]
    assert config["worker_prefetch_multiplier"] == 1
    assert config["task_ignore_result"]


def test_nothing_but_json_is_taken_from_the_queue(site: Path) -> None:
    config = tasks.celery_config(load(site))
    assert config["accept_content"] == ["json"]
    assert config["task_serializer"] == "json"


def test_a_task_ends_before_redis_hands_it_to_another(site: Path) -> None:
    config = tasks.celery_config(load(site))
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
    routes = tasks.celery_config(load(site))["task_routes"]
    ours = {name for name in tasks.celery.tasks if name.startswith("syndicate.")}
    assert set(routes) == ours
    assert {route["queue"] for route in routes.values()} == set(tasks.QUEUES)


def test_the_queues_of_sites_on_one_server_are_apart(site: Path, prefix: str) -> None:
    options = tasks.celery_config(load(site))["broker_transport_options"]
    assert options["global_keyprefix"].startswith(f"{prefix}:")


def test_what_is_due_later_is_never_left_to_the_queue() -> None:
    source = inspect.getsource(tasks)
    assert "apply_async" not in source
    assert "countdown=" not in source
    assert "eta=" not in source
