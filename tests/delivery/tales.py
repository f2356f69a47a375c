"""What tests of explaining share: a mailing to some readers, and its workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App

TECH = Digest("daily", "tech")


def subscribe(app: App, *names: str, digest: Digest = TECH) -> list[int]:
    """Readers of a digest."""
    ids = [app.subscribers.add(f"{name}@y.example", app.clock()) for name in names]
    for number in ids:
        move(app, number, Status.ACTIVE, digest)
    return ids


def move(app: App, number: int, to: Status, digest: Digest = TECH, method: str = "test") -> None:
    app.subscribers.change(number, [digest], to, app.clock(), {"method": method})


def order(app: App, write_post: Callable[..., Path], slug: str = "one") -> int:
    """Cuts and orders an edition of one new post; its mailing."""
    app.sync()
    write_post(slug, "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    return app.desk.order(edition.id)


def run(app: App, mailing: int) -> None:
    """What the workers do about a mailing until nothing of it is due."""
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)
    for work in app.sweep().deliver:
        app.deliver(*work)
