"""A real DNS server on 127.0.0.1 that knows what a test tells it."""

from __future__ import annotations

import socketserver
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.conftest import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Zone:
    """Its records by (name, kind); what it was asked; whether it answers, and how if it can't."""

    address: str = ""
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    silent: bool = False
    broken: bool = False

    def put(self, name: str, kind: str, *values: str) -> None:
        """Have these be all records of that kind."""
        self.records[name, kind] = list(values)

    def text(self, name: str, *values: str) -> None:
        """TXT records, in strings of 200 characters as DNS has them."""
        cut = ([v[n : n + 200] for n in range(0, len(v), 200)] for v in values)
        self.put(name, "TXT", *(" ".join(f'"{part}"' for part in parts) for parts in cut))


@contextmanager
def running() -> Iterator[Zone]:
    """A server, for as long as the block lasts."""
    zone = Zone()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            question = dns.message.from_wire(data)
            if zone.silent:
                return
            socket.sendto(_answer(zone, question).to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        zone.address = f"127.0.0.1:{server.server_address[1]}"
        with serving(server):
            yield zone


def _answer(zone: Zone, question: dns.message.Message) -> dns.message.Message:
    (asked,) = question.question
    name, kind = asked.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(asked.rdtype)
    zone.asked.append((name, kind))
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.RA
    values = zone.records.get((name, kind))
    if zone.broken:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif values:
        answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *values))
    elif not any(known == name for known, _ in zone.records):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer
