"""The shapes that bounces and complaints have, with invented names in them."""

from __future__ import annotations

from base64 import b64encode

READER = "wanda@mail.example"
SENDER = "bounces@news.example"
#: The header of the message that came back.
ORIGINAL = f"""\
From: Lanjiang <news@news.example>
To: <{READER}>
Subject: Lanjiang: 3 posts
Message-ID: <5f1d0c0ffee0c0ffee0c0ffee0c0ffee@news.example>
Date: Mon, 23 Nov 2026 06:00:00 +0000
List-Unsubscribe: <https://news.example/u/token>
MIME-Version: 1.0
"""


def mail(
    text: str | bytes,
    *,
    sender: str = "MAILER-DAEMON@mx.mail.example (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    to: str = SENDER,
    type_: str = "text/plain; charset=utf-8",
    more: str = "",
) -> bytes:
    """A mail of one part."""
    head = (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\n{more}MIME-Version: 1.0\n"
        f"Content-Type: {type_}\n\n"
    )
    return head.encode() + (text if isinstance(text, bytes) else text.encode())


def report(
    *parts: str | bytes, kind: str = "delivery-status", more: str = "", **about: str
) -> bytes:
    """A multipart/report; each part has its header."""
    octets = [part if isinstance(part, bytes) else part.encode() for part in parts]
    body = b"".join(b"--=_edge\n" + part + b"\n" for part in octets)
    type_ = f'multipart/report; report-type={kind};\n\tboundary="=_edge"'
    return mail(body + b"--=_edge--\n", type_=type_, more=f"Auto-Submitted: auto-replied\n{more}",
                **about)  # fmt: skip


def words(text: str, charset: str = "utf-8") -> bytes:
    return f"Content-Type: text/plain; charset={charset}\n\n".encode() + text.encode(charset)


def status(
    *recipients: str | bytes,
    type_: str = "message/delivery-status",
    per_message: str = "Reporting-MTA: dns; mx.mail.example",
) -> bytes:
    """The part that is for machines; each recipient is a block of fields."""
    blocks = [r if isinstance(r, bytes) else r.encode() for r in (per_message, *recipients) if r]
    return f"Content-Type: {type_}\n\n".encode() + b"\n\n".join(blocks) + b"\n"


def failed(code: str, said: str, who: str = READER, action: str = "failed") -> str:
    return (
        f"Final-Recipient: rfc822; {who}\nAction: {action}\nStatus: {code}\n"
        f"Diagnostic-Code: smtp; {said}"
    )


def headers(original: str = ORIGINAL) -> str:
    return f"Content-Type: text/rfc822-headers\n\n{original}"


def whole(original: str = ORIGINAL) -> str:
    return f"Content-Type: message/rfc822\n\n{original}\nThree posts.\n"


def dsn(code: str, said: str, **about: str) -> bytes:
    """A report as most servers write it."""
    return report(words("It could not be delivered."), status(failed(code, said)), whole(), **about)


def in_base64(part: str) -> str:
    head, _, body = part.partition("\n\n")
    return f"{head}\nContent-Transfer-Encoding: base64\n\n{b64encode(body.encode()).decode()}\n"


def feedback(kind: str, *fields: str, original: str | None = None, about: str = "") -> bytes:
    """A feedback report (RFC 5965)."""
    lines = (f"Feedback-Type: {kind}", "User-Agent: Loop/1.0", "Version: 1", *fields)
    machine = "Content-Type: message/feedback-report\n\n" + "\n".join(lines) + "\n"
    return report(
        words("This is an abuse report."),
        machine,
        whole() if original is None else original,
        kind="feedback-report",
        sender=about or "feedback@mail.example",
        subject="Complaint about a message",
    )


def away(subject: str, text: str = "I am back on Monday.", more: str = "") -> bytes:
    return mail(text, sender=f"Wanda <{READER}>", subject=subject, more=more)
