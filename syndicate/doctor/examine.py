"""The whole examination: which groups of checks there are, and what each is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate import __version__
from syndicate.delivery.relays.store import RelayStore
from syndicate.doctor import clock, demands, disk, names, relays, server, state, templates
from syndicate.doctor import store as redis_server
from syndicate.doctor.model import fail, warn
from syndicate.net.client import Client
from syndicate.store import client, embedded
from syndicate.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from syndicate.doctor.model import Finding
    from syndicate.doctor.resolver import Resolver
    from syndicate.settings import Settings
    from syndicate.store.client import Store

#: Seconds for the site's web server to say what time it is.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Patient:
    """A site, and the ways to what is around it."""

    settings: Settings
    #: None: Redis is `away`, and this says why.
    store: Store | None
    away: str
    resolver: Resolver
    clock: Callable[[], datetime]
    #: Told how many of how many records were looked at.
    progress: Callable[[int, int], object] = lambda _done, _all: None


def examine(patient: Patient, only: Collection[str] = ()) -> Iterator[tuple[str, Finding]]:
    """Every finding with its group, in order; of all groups, or of these."""
    for name, look in GROUPS.items():
        if not only or name in only:
            for finding in look(patient):
                yield name, finding


def _settings(patient: Patient) -> Iterator[Finding]:
    return demands.judge(patient.settings)


def _redis(patient: Patient) -> Iterator[Finding]:
    if patient.store is None:
        yield fail("connection", patient.away, "start it, or mend [redis] url")
        return
    yield from server.judge(_server(patient, patient.store), patient.settings.redis.url)


def _server(patient: Patient, store: Store) -> redis_server.Server:
    url = patient.settings.redis.url or embedded.url_of(patient.settings.state_folder)
    with client.speaking_plainly(url):
        return redis_server.look(store, url, patient.clock)


def _clock(patient: Patient) -> Iterator[Finding]:
    if patient.store is not None:
        yield clock.against_redis(_server(patient, patient.store).ahead)
    web = Client(agent=f"syndicate/{__version__}", seconds=_PATIENCE)
    if found := clock.against_web(patient.settings.site.url, web, patient.clock):
        yield found


def _disk(patient: Patient) -> Iterator[Finding]:
    yield disk.look("state", patient.settings.state_folder)
    yield disk.look("output", patient.settings.output)


def _templates(patient: Patient) -> Iterator[Finding]:
    return templates.look(patient.settings)


def _relays(patient: Patient) -> Iterator[Finding]:
    for relay in patient.settings.roads:
        if patient.store is not None:
            standing = RelayStore(patient.store).standing(
                relay.name, (), patient.clock().timestamp()
            )
            if found := relays.standing(relay.name, standing):
                yield found
        yield from relays.look(patient.settings, relay, patient.clock())


def _dns(patient: Patient) -> Iterator[Finding]:
    return names.look(patient.settings, patient.resolver)


def _state(patient: Patient) -> Iterator[Finding]:
    if patient.store is None:
        yield warn("state", f"can't ask: {patient.away}", "look again when Redis is there")
        return
    stores = Stores.of(patient.settings, patient.store)
    yield from state.look(
        patient.settings, patient.store, stores, patient.clock(), patient.progress
    )


#: By what a person calls them, in the order in which they are looked at.
GROUPS: dict[str, Callable[[Patient], Iterator[Finding]]] = {
    "settings": _settings,
    "redis": _redis,
    "clock": _clock,
    "disk": _disk,
    "templates": _templates,
    "relays": _relays,
    "dns": _dns,
    "state": _state,
}
