"""Reports of readers' providers: he called it spam, or something else (ARF, RFC 5965)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.delivery.bounces.mime import fields_of
from syndicate.delivery.bounces.model import LONGEST_REPLY, Kind, Verdict

if TYPE_CHECKING:
    from syndicate.delivery.bounces.mime import Part

_TYPE = "message/feedback-report"
#: Bytes of the report's own part.
_BYTES = 64_000
#: RFC 5965 §7.3; the last is of its drafts, and in use still.
_KINDS = {"abuse": Kind.COMPLAINT, "opt-out": Kind.UNSUBSCRIBE, "opt-out-list": Kind.UNSUBSCRIBE}


def look(mail: Part) -> Verdict | None:
    """What a feedback report says; None if the mail is none."""
    part = next((part for part in mail.walk() if part.type == _TYPE), None)
    if part is None:
        return None
    fields = fields_of(part.body[:_BYTES].lstrip(b"\n"))
    kind = fields.get("feedback-type", ("",))[0].strip().lower()
    recipients = fields.get("original-rcpt-to", ()) or fields.get("removal-recipient", ())
    return Verdict(
        kind=_KINDS.get(kind, Kind.FEEDBACK),
        recipient=recipients[0].strip().strip("<>") if recipients else "",
        diagnostic=f"Feedback-Type: {kind}"[:LONGEST_REPLY],
        # The envelope's sender of what he complains of: it names him, where it is left as it was.
        addressed=fields.get("original-mail-from", ())[:1],
    )
