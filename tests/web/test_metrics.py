"""What the service counts, as Prometheus reads it: the same for all workers, and nobody's name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from syndicate.digests.model import Life
from syndicate.reports.metrics import KINDS, exposition
from syndicate.subscribers.model import Digest, Reason, Status, Subscriber, Suppression
from syndicate.subscribers.steps import Step
from syndicate.web.site import make_site
from tests.web.conftest import NO_QUEUE, Browser

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from syndicate.app import App
    from tests.conftest import Clock

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
TECH = Digest("daily", "tech")


def values(app: App) -> dict[tuple[str, ...], float]:
    """Each value by its name and its labels, in the order of their names."""
    families = text_string_to_metric_families(exposition(app).decode())
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def asked_from(client: str, app: App) -> Browser:
    """A browser at that address."""
    site = make_site(app, NO_QUEUE)

    async def at(scope: Scope, receive: Receive, send: Send) -> None:
        await site({**scope, "client": (client, 4711)}, receive, send)

    return Browser(at)


def subscribe(app: App, *names: str) -> list[int]:
    ids = [app.subscribers.add(f"{name}@mail.example", app.clock()) for name in names]
    for number in ids:
        app.subscribers.change(number, [TECH], Status.ACTIVE, app.clock(), {})
    return ids


def test_every_outcome_is_counted_once_by_its_relay_whoever_sent_it(
    app: App,
    open_app: Callable[[], App],
    write_post: Callable[..., Path],
    sink: Path,
    clock: Clock,
) -> None:
    assert sink.exists()
    _, _, left = subscribe(app, "one", "two", "left")
    app.sync()
    for slug, worker in (("first", app), ("second", open_app())):
        write_post(slug, "tech")
        app.sync()
        edition = worker.desk.cut("daily", "tech")
        assert edition
        app.desk.order(edition.id)
        found = values(app)
        assert found["syndicate_mailings", "ordered"] == 1
        assert found["syndicate_editions", Life.SCHEDULED] >= 1
        (mailing,) = worker.sweep().plan
        (chunk,) = worker.plan(mailing)
        assert values(app)["syndicate_chunks_due",] == 1
        if slug == "second":
            app.subscribers.change(left, [TECH], Status.LEFT, clock(), {})
        clock.advance(minutes=1)
        assert values(app)["syndicate_oldest_mailing_seconds",] == 60
        worker.deliver(mailing, chunk)
    found = values(open_app())
    assert found["syndicate_deliveries_total", "default", "sent"] == 5
    assert found["syndicate_deliveries_total", "", "skipped"] == 1
    assert found["syndicate_deliveries_total", "default", "failed"] == 0
    assert found["syndicate_mailings", "sending"] == 0
    assert found["syndicate_oldest_mailing_seconds",] == 0
    assert found["syndicate_relay_up", "default"] == 1


def test_people_are_counted_by_status_and_by_why_they_are_suppressed(
    app: App, clock: Clock
) -> None:
    ids = subscribe(app, "stays", "leaves", "complains", "gone")
    app.subscribers.change(ids[1], [TECH], Status.LEFT, clock(), {})
    for name, reason in (("complains", Reason.COMPLAINT), ("gone", Reason.HARD_BOUNCE)):
        app.suppressions.add(f"{name}@mail.example", Suppression(reason, "", clock()), clock(), {})
    found = values(app)
    assert found["syndicate_subscribers", "active"] == 1
    assert found["syndicate_subscribers", "left"] == 1
    assert found["syndicate_subscribers", "suppressed"] == 2
    assert found["syndicate_subscribers_suppressed", "complaint"] == 1
    assert found["syndicate_subscribers_suppressed", "hard bounce"] == 1
    assert found["syndicate_suppressions",] == 2
    app.suppressions.lift("gone@mail.example", clock(), {})
    found = values(app)
    assert found["syndicate_subscribers_suppressed", "hard bounce"] == 0
    assert found["syndicate_suppressions",] == 1


def test_newcomers_who_are_suppressed_for_several_reasons_are_counted_apart(
    app: App, clock: Clock
) -> None:
    reasons = (Reason.COMPLAINT, Reason.OPERATOR, Reason.OPERATOR)
    steps = [
        Step(
            before=None,
            after=Subscriber(
                id=number,
                address=f"n{number}@mail.example",
                created_at=clock(),
                suppression=Suppression(reason, "", clock()),
            ),
            now=clock(),
            how={},
        )
        for number, reason in enumerate(reasons, 1)
    ]
    assert set(app.subscribers.save(steps)) == {"saved"}
    found = values(app)
    assert found["syndicate_subscribers_suppressed", "complaint"] == 1
    assert found["syndicate_subscribers_suppressed", "operator"] == 2


def test_an_edition_is_in_one_step_of_its_life(app: App, write_post: Callable[..., Path]) -> None:
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    app.desk.hold(edition.id, "me", "")
    found = values(app)
    assert [found["syndicate_editions", life] for life in Life] == [0, 0, 1, 0]
    app.desk.cancel(edition.id, "me", "")
    found = values(app)
    assert [found["syndicate_editions", life] for life in Life] == [0, 0, 0, 1]


def test_the_age_of_the_last_tick_and_sweep_is_told_once_there_was_one(
    app: App, clock: Clock
) -> None:
    assert ("syndicate_last_run_seconds", "tick") not in values(app)
    app.tick()
    clock.advance(seconds=90)
    app.sweep()
    clock.advance(seconds=10)
    found = values(app)
    assert found["syndicate_last_run_seconds", "tick"] == 100
    assert found["syndicate_last_run_seconds", "sweep"] == 10


def test_tasks_that_wait_are_counted_where_celery_has_them(app: App) -> None:
    app.store.text.lpush(app.store.keys.queue("deliver"), "one", "two")
    assert values(app)["syndicate_queue_tasks", "deliver"] == 2
    assert values(app)["syndicate_queue_tasks", "post"] == 0


def test_no_metric_names_a_person(app: App) -> None:
    subscribe(app, "someone")
    assert b"@" not in exposition(app)


def test_the_document_has_every_metric_as_it_is(app: App) -> None:
    row = r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*?) \|$"
    rows = re.findall(row, DOCUMENT.read_text(), re.MULTILINE)
    told = [
        (
            kind.full_name,
            "counter" if kind.counter else "gauge",
            ", ".join(f"`{label}`" for label in kind.labels) or "–",
            kind.help,
        )
        for kind in KINDS
    ]
    assert rows == told
    types = re.findall(r"^# TYPE (\w+) (\w+)$", exposition(app).decode(), re.MULTILINE)
    assert sorted(types) == sorted((name, kind) for name, kind, _, _ in rows)


@pytest.mark.parametrize(
    ("client", "setting", "status"),
    [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("192.0.2.7", "", 403),
        ("192.0.2.7", 'metrics = ["192.0.2.0/24"]', 200),
        ("127.0.0.1", "metrics = []", 403),
    ],
)
def test_only_those_read_it_whom_the_settings_name(
    site: Path, open_app: Callable[[], App], client: str, setting: str, status: int
) -> None:
    path = site / "syndicate.toml"
    path.write_text(f"{path.read_text()}\n[web]\n{setting}\n")
    answer = asked_from(client, open_app()).get("/metrics")
    assert answer.status == status
    assert ("syndicate_deliveries_total" in answer.text) == (status == 200)


def test_a_proxy_of_ours_reads_nothing_for_somebody_else(app: App) -> None:
    answer = asked_from("127.0.0.1", app).get("/metrics", x_forwarded_for="198.51.100.7")
    assert answer.status == 403
