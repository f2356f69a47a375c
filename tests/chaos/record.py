"""What was seen from outside the engine: the sink's mailbox, and what was done to the workers."""

from __future__ import annotations

from dataclasses import dataclass, field

#: A worker that was stopped goes on, with what it was allowed before.
WAKES = "a stalled worker wakes"
#: Leases end though their workers live.
JUMPS = "the clock jumps"


@dataclass(slots=True)
class Transaction:
    """One mail transaction as the sink saw it. Moments are of the machine's monotonic clock."""

    slot: int
    connection: int
    #: When MAIL came.
    begun: float
    sender: str
    recipient: str = ""
    message_id: str = ""
    #: SHA-256 of the message, dots unstuffed; empty before its final dot came.
    digest: str = ""
    #: When the final dot came; 0: it didn't.
    dot: float = 0.0
    #: Whether the message is in the mailbox.
    taken: bool = False
    #: Whether its 250 was sent in time.
    told: bool = False
    #: When the next thing was heard on this connection after it, its end included; 0: not yet.
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Something after which a worker may not know what it did."""

    #: -1: all of them.
    slot: int
    at: float
    what: str


@dataclass(frozen=True, slots=True)
class Named:
    """The ledger was told of a message that may have arrived."""

    mailing: int
    delivery: int
    #: The second from which it may be sent again; 0: never.
    until: float


@dataclass
class Record:
    """All of it, of one round."""

    transactions: list[Transaction] = field(default_factory=list)
    disturbances: list[Disturbance] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    #: SHA-256 → the bytes.
    messages: dict[str, bytes] = field(default_factory=dict)
    #: (recipient, reply) of those that were refused for good.
    refused: list[tuple[str, str]] = field(default_factory=list)
