"""What an answer of SMTP means for whom it is about: the codes of RFC 3463, and the words beside.

A bare 550 says little: it stands before "no such user" and before "your network is on a list". So a
box is only taken for gone where an enhanced code, or words that can mean nothing else, say so.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from syndicate.delivery.bounces.model import Kind

#: Characters of an answer that are looked at.
_LOOKED_AT = 2_000
_ENHANCED = r"([245])\.(\d{1,3})\.(\d{1,3})"
#: Where an enhanced code stands: after a reply's code, at the beginning, or in brackets. Elsewhere
#: it may be a program's version.
_BESIDE = re.compile(
    rf"(?:^|(?<![\d.])[245]\d\d[ -] {{0,3}}#?|[#(\[]) {{0,3}}{_ENHANCED}(?![\d-]|\.\d)"
)
_REPLY = re.compile(r"(?<![\w.-])([245][0-5]\d)(?=[ -]|$)")

#: The box doesn't exist, is closed, moved away without an address, or its domain takes no mail.
_HARD = frozenset(("1.1", "1.2", "1.3", "1.6", "1.10", "2.1"))
#: The message is too large, or can't be taken as it is made.
_CONTENT = frozenset(("2.3", "3.4"))
#: It is our own address that they don't like.
_POLICY = frozenset(("1.7", "1.8"))
#: Subjects that decide alone: what we said of the message (RFC 3463 §3.7), and security.
_BY_SUBJECT = {"6": Kind.CONTENT, "7": Kind.POLICY}
_PROTOCOL = "5"

#: Replies that say enough by themselves: RFC 5321 §4.2.3, RFC 4954 §6, RFC 7504.
_BY_REPLY = {
    **dict.fromkeys(("500", "501", "502", "503", "504", "530", "534", "535", "538"), Kind.POLICY),
    "555": Kind.POLICY,
    "556": Kind.HARD,
}
#: Words that decide where no code does, what can't harm a reader first. Chinese providers say them
#: in Chinese.
_BY_WORDS = (
    (
        Kind.POLICY,
        (
            *("spam", "blocked", "blacklist", "black list", "blocklist", "block list", "denylist"),
            *(
                "banned",
                "reputation",
                "policy",
                "dmarc",
                "spf ",
                "dkim",
                "not authori",
                "unauthori",
            ),
            *(
                "access denied",
                "relaying",
                "relay access",
                "to relay",
                "rate limit",
                "too many",
                "unsolicited",
                "abuse",
                "virus",
            ),
            *(
                "spamhaus",
                "rbl",
                "listed at",
                "is listed",
                "complaint",
                "suspicious",
                "authenticat",
            ),
            *("垃圾", "拒收", "黑名单", "过于频繁", "信誉"),
        ),
    ),
    (
        Kind.CONTENT,
        (
            *("message too large", "message too big", "message size", "size limit", "too large"),
            *("message is too", "maximum size", "exceeds the max", "attachment", "邮件过大"),
        ),
    ),
    (
        Kind.SOFT,
        (
            *("mailbox full", "mailbox is full", "quota", "insufficient", "storage", "no space"),
            *("try again", "try later", "temporar", "timed out", "timeout", "邮箱已满", "空间不足"),
        ),
    ),
    (
        Kind.HARD,
        (
            *(
                "user unknown",
                "unknown user",
                "no such user",
                "no such recipient",
                "no such mailbox",
            ),
            *("no such account", "no such address", "no mailbox here by that name"),
            *("no mailbox by that name", "mailbox not found", "recipient not found"),
            *("user not found", "account not found", "address not found", "recipientnotfound"),
            *("mailbox does not exist", "mailbox doesn't exist", "user does not exist"),
            *("user doesn't exist", "address does not exist", "address doesn't exist"),
            *("account does not exist", "account doesn't exist", "recipient does not exist"),
            *("account that you tried to reach does not exist", "unknown recipient"),
            *("recipient unknown", "unknown address", "no longer in use", "account is disabled"),
            *("account has been disabled", "account disabled", "mailbox disabled", "null mx"),
            *("mailbox is disabled", "domain does not accept mail", "user is unknown"),
            *("用户不存在", "收件人不存在", "邮箱不存在", "帐号不存在", "账号不存在", "地址不存在"),
        ),
    ),
)
#: Words that are a notice of somebody who is trying still.
_DELAYED = (
    *("will be retried", "will continue to try", "will keep trying", "keep trying to deliver"),
    *(
        "is only a warning",
        "warning message only",
        "do not need to resend",
        "not yet been delivered",
    ),
    *("has been delayed", "delivery attempts will continue", "继续尝试"),
)


class Judged(NamedTuple):
    """What became of a message, and the code that says so; empty if none does."""

    kind: Kind
    status: str


def classify_reply(reply: str) -> Kind:
    """What a relay's answer to a message (`"550 5.1.1 no such user"`) means for its recipient.

    One that isn't a refusal is `UNKNOWN`. `POLICY` is the sender's fault (STANDARDS 93).
    """
    return judge("", reply).kind if has_answer(reply) else Kind.UNKNOWN


def judge(status: str, said: str) -> Judged:
    """What a failure means: by its status, the more telling one beside its reply, or its words.

    Many reports say `5.0.0`, and the true code stands in the reply alone.
    """
    codes = [code for code in (status_in(status), status_in(said)) if code and code[0] != "2"]
    best = max(codes, key=_tells, default="")
    kind = _by_code(best) or _by_words(said[:_LOOKED_AT]) or Kind.SOFT
    return Judged(kind, best)


def status_in(text: str) -> str:
    """The enhanced code that a text gives as its own; empty if it gives none."""
    found = _BESIDE.search(text[:_LOOKED_AT])
    return ".".join(str(int(number)) for number in found.groups()) if found else ""


def has_answer(line: str) -> bool:
    """Whether a line looks like an answer of SMTP that refuses."""
    found = _REPLY.search(line[:_LOOKED_AT])
    codes = (found[1] if found else "", status_in(line))
    return any(code.startswith(("4", "5")) for code in codes)


def is_warning(text: str) -> bool:
    """Whether a text in plain words says that somebody is trying still."""
    small = text.lower()
    return any(words in small for words in _DELAYED)


def _tells(code: str) -> tuple[bool, bool]:
    """The more, the more it says: a detail of 0 is "other", a subject of 0 too."""
    _, subject, detail = code.split(".")
    return detail != "0", subject != "0"


def _by_code(code: str) -> Kind | None:
    """What an enhanced code means; None if it means too little."""
    if not code:
        return None
    family, subject, detail = code.split(".")
    if family == "4":
        return Kind.SOFT
    rest = f"{subject}.{detail}"
    for kind, rests in ((Kind.HARD, _HARD), (Kind.CONTENT, _CONTENT), (Kind.POLICY, _POLICY)):
        if rest in rests:
            return kind
    if subject in _BY_SUBJECT:
        return _BY_SUBJECT[subject]
    if detail == "0":
        return None
    return Kind.POLICY if subject == _PROTOCOL else Kind.SOFT


def _by_words(said: str) -> Kind | None:
    """What a reply means that has no telling code; None if it says too little, too."""
    found = _REPLY.search(said)
    reply, small = found[1] if found else "", said.lower()
    if reply.startswith("4"):
        return Kind.SOFT
    if reply in _BY_REPLY:
        return _BY_REPLY[reply]
    return next((kind for kind, words in _BY_WORDS if any(each in small for each in words)), None)
