"""What a mail that came back says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Characters of a reply that are kept: what matters stands at its beginning.
LONGEST_REPLY = 300


class Kind(StrEnum):
    """What a mail that came back is about (STANDARDS 94, 96, 97)."""

    #: There is no such box, and there won't be: its address gets nothing more.
    HARD = "hard"
    #: It didn't arrive this time, or nobody says for what reason.
    SOFT = "soft"
    #: That message wasn't wanted as it is; the next may be.
    CONTENT = "content"
    #: They don't want it from us: the sender is to blame, never the reader.
    POLICY = "policy"
    #: He called it spam.
    COMPLAINT = "complaint"
    #: Another report of a reader's provider, such as "not spam" or "fraud".
    FEEDBACK = "feedback"
    #: Somebody is trying still.
    DELAYED = "delayed"
    #: It went well, or on to where nobody reports.
    DELIVERED = "delivered"
    #: A machine answered: he is away, or asks us to prove that we are people.
    AUTORESPONSE = "autoresponse"
    #: He wants to leave.
    UNSUBSCRIBE = "unsubscribe"
    #: Nobody knows; a person's answer, most often.
    UNKNOWN = "unknown"


#: What didn't reach somebody, the mildest first: what bars nobody comes before what may.
FAILURES = (Kind.POLICY, Kind.CONTENT, Kind.SOFT, Kind.HARD)


@dataclass(frozen=True, slots=True)
class Original:
    """What is known of the message that a mail is about."""

    #: With its angle brackets; empty if it isn't there.
    message_id: str = ""
    #: The List-Unsubscribe field.
    unsubscribe: str = ""
    #: The Feedback-ID field.
    feedback_id: str = ""
    #: Whom it went to.
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a mail says, and of what. Whether it is true, its reader has to find out."""

    kind: Kind
    #: Whom it didn't reach, as the mail has it; empty if it doesn't say.
    recipient: str = ""
    #: The enhanced code of RFC 3463; empty if none is given.
    status: str = ""
    #: What was said about it, on one line; it may quote addresses.
    diagnostic: str = ""
    #: Addresses that it came to, and that its original was sent as: any may be one of ours.
    addressed: tuple[str, ...] = ()
    original: Original = Original()
