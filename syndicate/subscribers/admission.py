"""What becomes of a sign-up: one pure decision, made where nobody can watch how long it takes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.subscribers.confirming import missing
from syndicate.subscribers.model import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Collection

    from syndicate.settings.signup import SignupRules
    from syndicate.subscribers.limits import Counts
    from syndicate.subscribers.model import Digest, Subscriber, Suppression


class Verdict(StrEnum):
    """What is done about it."""

    #: He is asked, by a letter, whether he means it.
    ASK = "ask"
    #: He was asked a while ago: this waits for his answer, and no second letter goes out.
    JOIN = "join"
    #: He gets all of it already, and a letter with the link to his preferences.
    LINK = "link"
    #: Too many letters go out in this hour.
    LATER = "later"
    #: Nothing, for good.
    NOTHING = "nothing"


def decide(
    one: Subscriber | None,
    digests: Collection[Digest],
    suppression: Suppression | None,
    counts: Counts,
    rules: SignupRules,
) -> Verdict:
    """What becomes of a sign-up for these digests by somebody who may be `one`, or may not.

    He who gets all of it already gets his link, once a day at most. By his mailbox alone it can be
    told from the question to a stranger (STANDARDS S-2), and a reader who is told nothing tries
    again, or believes that we are broken.
    """
    # Who had himself erased may change his mind; for all others an operator has to.
    if suppression and suppression.reason is not Reason.ERASED:
        return Verdict.NOTHING
    is_full = counts.domain >= rules.per_domain or counts.everybody >= rules.per_hour
    if not missing(one, digests):
        if one is None or not one.having(Status.ACTIVE) or counts.linked_at:
            return Verdict.NOTHING
        return Verdict.LATER if is_full else Verdict.LINK
    if counts.asked_at:
        # Of one who is gone since nothing is kept that a letter out there could confirm.
        return Verdict.JOIN if one else Verdict.NOTHING
    if counts.unanswered >= rules.per_address:
        return Verdict.NOTHING
    return Verdict.LATER if is_full else Verdict.ASK
