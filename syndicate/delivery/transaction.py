"""One mail transaction after another over an open SMTP session, pipelined where that is offered.

A transaction ends in one of four ways, and the error's class says which: the recipient is refused
or deferred, the relay is at fault, or nobody knows (STANDARDS 88-93).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from syndicate.delivery.dialogue import NoReplyError
from syndicate.errors import DeferredError, RefusedError, RelayError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from syndicate.delivery.dialogue import Dialogue, Reply
    from syndicate.delivery.stuffing import Data

#: Seconds that RFC 5321 §4.5.3.2 gives the final dot, and beside it MAIL and RCPT, DATA, and a
#: block of the message. Where the first is set to less, the others are as much less.
FINAL_DOT = 600.0
COMMAND = 300.0
_DATA, _BLOCK = 120.0, 180.0
#: How many final-dot time-outs the slowest transaction takes.
SLOWEST = (2 * COMMAND + _DATA + _BLOCK + FINAL_DOT) / FINAL_DOT
#: RFC 5321 §4.2: the relay closes the connection, whatever was asked.
_CLOSING = 421
#: RFC 5321 §3.3: "start mail input".
_GO_ON = 354
#: RFC 1870 §6.1: the message is larger than it will ever take, whoever sends it.
_TOO_LARGE = 552
_END = b".\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What EHLO offered, as far as transactions make use of it."""

    pipelining: bool = False
    size: bool = False
    #: Bytes of the largest message that it takes; 0: it doesn't say (RFC 1870 §4).
    largest: int = 0
    utf8: bool = False
    dsn: bool = False

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Self:
        """Those of extensions by their names in small letters."""
        size = extensions.get("size", "").strip()
        return cls(
            pipelining="pipelining" in extensions,
            size="size" in extensions,
            largest=int(size) if size.isascii() and size.isdigit() else 0,
            utf8="smtputf8" in extensions and "8bitmime" in extensions,
            dsn="dsn" in extensions,
        )


class _Step(NamedTuple):
    """A command, and how long its reply may take."""

    verb: str
    line: bytes
    limit: float


def nothing() -> None:
    """What is done meanwhile by those who have nothing to do."""


class Transactions:
    """Those of one connection, for one thread at a time."""

    def __init__(
        self, dialogue: Dialogue, offers: Offers, host: str, *, final_dot: float, dsn: bool
    ) -> None:
        """`dsn`: ask for reports of failure, with the header of the message (RFC 3461)."""
        self._dialogue, self._offers, self._host = dialogue, offers, host
        self._final_dot, self._dsn = final_dot, dsn and offers.dsn
        #: Whether a transaction may be open that RSET has to end.
        self._begun = False

    def send(
        self, sender: str, recipient: str, data: Data, meanwhile: Callable[[], None] = nothing
    ) -> str:
        """One transaction; returns the relay's answer to the final dot.

        `sender` may be empty (RFC 5321 §4.5.5); the domains are in A-labels. `meanwhile`, which
        raises nothing, is called while the relay thinks over the final dot.

        Raises:
            RefusedError: a 5xx answer about this recipient or message.
            DeferredError: a 4xx answer about them.
            RelayError: the relay is at fault or gone, before the final dot was out; the connection
                is of no more use.
            UncertainError: it went away, or said nothing of sense, after that; the same.
        """
        steps = self._steps(sender, recipient, data)
        try:
            self._check(steps, self._ask(steps))
        except (OSError, NoReplyError) as error:
            raise RelayError(f"{self._host} {said(error)}") from error
        self._hand_over(data)
        meanwhile()
        return self._taken()

    # The envelope

    def _steps(self, sender: str, recipient: str, data: Data) -> list[_Step]:
        command = self._limit(COMMAND)
        mail = f"MAIL FROM:<{sender}>{self._about(sender + recipient, data)}\r\n"
        rcpt = f"RCPT TO:<{recipient}>{self._notify(recipient)}\r\n"
        steps = [
            _Step("MAIL", mail.encode(), command),
            _Step("RCPT", rcpt.encode(), command),
            _Step("DATA", b"DATA\r\n", self._limit(_DATA)),
        ]
        # What the last transaction left open ends with the first words of this one.
        return [_Step("RSET", b"RSET\r\n", command), *steps] if self._begun else steps

    def _about(self, addresses: str, data: Data) -> str:
        """What MAIL says of the message."""
        offers = self._offers
        if 0 < offers.largest < len(data):
            raise RefusedError("refused", f"552 5.3.4 {len(data)} bytes are too many for the relay")
        if not (addresses.isascii() or offers.utf8):
            raise RefusedError("refused", "553 5.6.7 the relay has no SMTPUTF8 for this address")
        size = f" SIZE={len(data)}" if offers.size else ""
        eight = "" if addresses.isascii() else " BODY=8BITMIME SMTPUTF8"
        return size + eight + (" RET=HDRS" if self._dsn else "")

    def _notify(self, recipient: str) -> str:
        """What RCPT says of reports."""
        if not self._dsn:
            return ""
        kind = "rfc822" if recipient.isascii() else "utf-8"
        return f" NOTIFY=FAILURE ORCPT={kind};{_xtext(recipient)}"

    def _ask(self, steps: Sequence[_Step]) -> list[Reply]:
        """The replies to commands: said at once where the relay pipelines, else one by one.

        One by one, nothing is said after a refusal. Nothing is heard after a goodbye.
        """
        self._stay_in_step()
        at_once = self._offers.pipelining
        if at_once:
            self._dialogue.say(b"".join([step.line for step in steps]), steps[0].limit)
        replies: list[Reply] = []
        for step in steps:
            if not at_once:
                self._dialogue.say(step.line, step.limit)
            replies.append(self._dialogue.hear(step.limit))
            if replies[-1].code == _CLOSING or (replies[-1].refuses and not at_once):
                break
        return replies

    def _check(self, steps: Sequence[_Step], replies: Sequence[Reply]) -> None:
        """See that the relay waits for the message.

        Raises:
            RefusedError, DeferredError, RelayError: it doesn't.
        """
        self._begun = True
        if replies[-1].code == _CLOSING:
            raise self._at_fault(replies[-1], steps[len(replies) - 1].verb)
        wrong = next((n for n, reply in enumerate(replies) if reply.refuses), None)
        if wrong is None:
            # Else replies and commands are out of step: what comes next would mean something else.
            if replies[-1].code != _GO_ON or any(reply.code == _GO_ON for reply in replies[:-1]):
                raise self._at_fault(replies[-1], "DATA")
            return
        self._end_data(replies)
        verb, reply = steps[wrong].verb, replies[wrong]
        if verb in ("MAIL", "RSET") and reply.code != _TOO_LARGE:
            raise self._at_fault(reply, verb)
        raise _about_recipient(reply)

    def _end_data(self, replies: Sequence[Reply]) -> None:
        """Leave the data that a relay waits for though it has refused, by a lone dot.

        RFC 2920 §3.1. Not if it took the recipient: he would get an empty mail.
        """
        if replies[-1].code != _GO_ON:
            return
        if not replies[-2].refuses:
            raise self._at_fault(replies[-1], "DATA")
        self._dialogue.say(_END, self._final_dot)
        reply = self._dialogue.hear(self._final_dot)
        if reply.code == _CLOSING:
            raise self._at_fault(reply, "DATA")

    # The message

    def _hand_over(self, data: Data) -> None:
        """Send message and final dot.

        What isn't there to its last byte is no message (RFC 5321 §4.1.1.4): until all is in the
        kernel's hands, nothing is uncertain.
        """
        whole, sent = memoryview(data.wire), 0
        limit = self._limit(_BLOCK)
        try:
            self._stay_in_step()
            while sent < len(whole):
                sent += self._dialogue.tell(whole[sent:], limit)
        except (OSError, NoReplyError) as error:
            raise RelayError(f"{self._host} {said(error)} in the message") from error

    def _taken(self) -> str:
        """The answer to the final dot."""
        try:
            reply = self._dialogue.hear(self._final_dot)
        except (OSError, NoReplyError) as error:
            raise UncertainError(f"{self._host} {said(error)} at the final dot") from error
        self._begun = False
        if reply.code == _CLOSING:
            raise self._at_fault(reply, "the final dot")
        if reply.refuses:
            raise _about_recipient(reply)
        if reply.code == _GO_ON:
            raise UncertainError(f"{self._host} says {reply} to the final dot", str(reply))
        return str(reply)

    def _stay_in_step(self) -> None:
        if not self._dialogue.is_in_step:
            raise NoReplyError("speaks unasked")

    def _limit(self, seconds: float) -> float:
        return seconds * self._final_dot / FINAL_DOT

    def _at_fault(self, reply: Reply, verb: str) -> RelayError:
        return RelayError(f"{self._host} says {reply} to {verb}", str(reply))


def said(error: Exception) -> str:
    """What a relay did that isn't there any more, or speaks no SMTP."""
    if isinstance(error, TimeoutError):
        return "doesn't answer"
    return str(error) if isinstance(error, NoReplyError) else f"went away ({error})"


def _about_recipient(reply: Reply) -> RefusedError | DeferredError:
    if reply.is_final:
        return RefusedError("refused", str(reply))
    return DeferredError("deferred", str(reply))


def _xtext(address: str) -> str:
    """RFC 3461 §4: printable ASCII but for `+` and `=`; what is beyond as RFC 6533 §3 has it."""
    return "".join(
        char if "!" <= char <= "~" and char not in "+=\\" else _escaped(char) for char in address
    )


def _escaped(char: str) -> str:
    return f"+{ord(char):02X}" if char.isascii() else f"\\x{{{ord(char):X}}}"
