"""Bounces in plain words, of servers that write no report: the last resort, and guesswork.

Whom they are about is found by flufl.bounce, which knows dozens of their forms. Its patterns are
slow on long lines, so it is given short ones, and few.
"""

from __future__ import annotations

import re
from email.message import Message
from typing import TYPE_CHECKING

from syndicate.delivery.bounces.codes import has_answer, is_warning, judge
from syndicate.delivery.bounces.model import LONGEST_REPLY, Kind, Verdict

if TYPE_CHECKING:
    from syndicate.delivery.bounces.mime import Part

#: Lines of a text and characters of each: what it has to say stands before what it quotes.
_LINES, _COLUMNS = 120, 300
#: Characters among which an address is looked for.
_LOOKED_AT = 5_000
#: Where the message begins that it quotes.
_QUOTED = re.compile(
    r"^(?:return-path|received|dkim-signature|message-id|mime-version):"
    r"|below this line is a copy|this is a copy of|message headers? follow"
    r"|^[ >-]{0,40}original message[ :.-]{0,40}$"
    r"|returned mail follows|原始邮件|原邮件",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@]{1,64}@[^\s<>()\[\],;:\"'@]{1,253}")
#: Who writes bounces. His name may be in another language; this one isn't.
_SENDERS = ("mailer-daemon@", "postmaster@", "mail-daemon@", "maildaemon@", "mailerdaemon@")
#: Fields by which servers name whom they couldn't reach; the first is Exim's.
_FAILED = ("x-failed-recipients", "x-failed-recipient")
#: Fields that flufl.bounce looks at, beside From.
_KEPT = ("subject", "x-failed-recipients", "x-mailer")
_NOBODY = "nobody@mail.invalid"


def look(mail: Part) -> Verdict | None:
    """What a bounce in plain words says; None if the mail doesn't look like one."""
    lines = _lines(mail)
    delayed, failed = _recipients(mail, lines)
    text = "\n".join(lines)
    is_bounce = bool(delayed or failed) or (_is_from_server(mail) and any(map(has_answer, lines)))
    if not is_bounce:
        return None
    said = next(filter(has_answer, lines), "")
    kind, status = judge("", " ".join([said, *lines]))
    if is_warning(text) or (delayed and not failed):
        kind = Kind.DELAYED
    recipient = next(iter([*failed, *delayed]), "") or _first_address(text)
    return Verdict(
        kind=kind, recipient=recipient, status=status, diagnostic=said.strip()[:LONGEST_REPLY]
    )


def _lines(mail: Part) -> list[str]:
    """What it says itself: the first text's lines, up to the message that they quote."""
    texts = (part for part in mail.leaves() if part.type in ("text/plain", "text/html"))
    first = next(texts, None)
    found: list[str] = []
    for line in (first.text if first else "").split("\n")[:_LINES]:
        if _QUOTED.search(line[:_COLUMNS]):
            break
        found.append(line[:_COLUMNS])
    return found


def _recipients(mail: Part, lines: list[str]) -> tuple[list[str], list[str]]:
    """Whom it hasn't reached so far, and whom it never will."""
    from flufl.bounce import all_failures  # noqa: PLC0415 - takes 20 ms, which most do without

    short = Message()
    # Without an address there, flufl.bounce 6.0 raises IndexError.
    short["From"] = _first_address(mail.get("from")) or _NOBODY
    for name in _KEPT:
        if value := mail.get(name):
            short[name] = _ascii(value[:_COLUMNS])
    # A text's end may be what a pattern wants to see.
    text = "\n".join([*lines, "--- Below this line is a copy of the message.", ""])
    short.set_payload(_ascii(text))
    try:
        delayed, failed = all_failures(short)
    except Exception:  # noqa: BLE001 - whatever it stumbles over, which it logs, is no bounce it knows
        return [], []
    return [_text(one) for one in sorted(delayed)], [_text(one) for one in sorted(failed)]


def _is_from_server(mail: Part) -> bool:
    sender = mail.get("from").lower()
    return any(name in sender for name in _SENDERS) or any(name in mail.fields for name in _FAILED)


def _first_address(text: str) -> str:
    found = _ADDRESS.search(text[:_LOOKED_AT])
    return found[0].rstrip(".") if found else ""


def _ascii(text: str) -> str:
    """What a library is given that takes addresses for ASCII."""
    return text.encode("ascii", "replace").decode()


def _text(address: bytes) -> str:
    return address.decode("utf-8", "replace")
