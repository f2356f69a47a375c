"""What comes back, as many servers write it, and what it means."""

from __future__ import annotations

from typing import NamedTuple

from syndicate.delivery.bounces.model import Kind
from tests.delivery.bounces.shapes import (
    ORIGINAL,
    READER,
    away,
    dsn,
    failed,
    feedback,
    headers,
    in_base64,
    mail,
    report,
    status,
    whole,
    words,
)


class Case(NamedTuple):
    name: str
    message: bytes
    kind: Kind
    status: str = ""
    recipient: str = ""


HARD, SOFT, CONTENT, POLICY = Kind.HARD, Kind.SOFT, Kind.CONTENT, Kind.POLICY
QMAIL = f"""\
Hi. This is the qmail-send program at mx.mail.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{READER}>:
%s

--- Below this line is a copy of the message.

Return-Path: <bounces@news.example>
{ORIGINAL}
"""
EXIM = f"""\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {READER}
    host mx.mail.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<{READER}>:
    %s

------ This is a copy of the message, including all the headers. ------

Return-path: <bounces@news.example>
{ORIGINAL}
"""
FAILED_AT_EXIM = f"X-Failed-Recipients: {READER}\nAuto-Submitted: auto-replied\n"
EXPANDED = ("one@inner.example", "two@inner.example")

#: Reports with all their parts (RFC 3464).
REPORTS = (
    Case("postfix", dsn("5.1.1", f"550 5.1.1 <{READER}>: Recipient address rejected: User unknown"),
         HARD, "5.1.1", READER),
    Case("postfix, no such domain", report(
        words("Host or domain name not found."),
        status(f"Final-Recipient: rfc822; {READER}\nOriginal-Recipient: rfc822;{READER}\n"
               "Action: failed\nStatus: 5.4.4\nDiagnostic-Code: X-Postfix; Host or domain name\n"
               "    not found. Name service error for name=mail.example type=A: Host not found"),
        headers()), SOFT, "5.4.4", READER),
    Case("postfix, null MX", dsn("5.1.10", "Domain mail.example does not accept mail (nullMX)"),
         HARD, "5.1.10", READER),
    Case("postfix, its own box is full", dsn("5.2.2", "x-unix; input/output error: quota"),
         SOFT, "5.2.2", READER),
    Case("exim says 5.0.0 of everything", dsn(
        "5.0.0", f"550 5.1.1 <{READER}> User doesn't exist", more=FAILED_AT_EXIM),
        HARD, "5.1.1", READER),
    Case("5.0.0, and a reply in raw UTF-8", dsn("5.0.0", "550 5.2.2 邮箱空间不足 (mailbox full)"),
         SOFT, "5.2.2", READER),
    Case("5.0.0, and words alone", dsn("5.0.0", "550 No such user here"), HARD, "5.0.0", READER),
    Case("5.0.0, and a bare 550", dsn("5.0.0", "550 Requested action not taken"),
         SOFT, "5.0.0", READER),
    Case("5.0.0, and nothing", report(
        status(f"Final-Recipient: rfc822; {READER}\nAction: failed\nStatus: 5.0.0")),
        SOFT, "5.0.0", READER),
    Case("5.0.0, and a blocked network", dsn(
        "5.0.0", "554 Your IP 192.0.2.1 is blocked; no such user policy applies"),
        POLICY, "5.0.0", READER),
    Case("sendmail", dsn("5.1.1", f"550 5.1.1 <{READER}>... User unknown",
                         subject="Returned mail: see transcript for details"),
         HARD, "5.1.1", READER),
    Case("sendmail, disabled", dsn("5.2.1", f"550 5.2.1 <{READER}>... Mailbox disabled"),
         HARD, "5.2.1", READER),
    Case("sendmail, moved", dsn("5.1.6", "551 5.1.6 User has moved, no forwarding address"),
         HARD, "5.1.6", READER),
    Case("microsoft 365, nobody", dsn(
        "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP lookup",
        sender="Microsoft Outlook <postmaster@mail.example>", subject="Undeliverable: Lanjiang"),
        HARD, "5.1.10", READER),
    Case("microsoft 365, full", dsn(
        "5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"),
        SOFT, "5.2.2", READER),
    Case("microsoft 365, too large", dsn("5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
         CONTENT, "5.3.4", READER),
    Case("microsoft 365, not from us", dsn(
        "5.7.1", "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. S3150"),
        POLICY, "5.7.1", READER),
    Case("microsoft, what it says of our domain", dsn(
        "5.7.515", "550 5.7.515 Access denied, sending domain doesn't meet the required level"),
        POLICY, "5.7.515", READER),
    Case("exchange of one's own, in base64", report(
        words("Delivery has failed to these recipients or groups"),
        in_base64(status(failed("5.1.1", "550 5.1.1 User unknown")).decode()), in_base64(whole()),
        sender="<>"), HARD, "5.1.1", READER),
    Case("gmail", dsn(
        "5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
        " 550-5.1.1 double-checking the address. 550 5.1.1 NoSuchUser - gsmtp",
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
        subject="Delivery Status Notification (Failure)"), HARD, "5.1.1", READER),
    Case("gmail, disabled", dsn(
        "5.2.1", "550-5.2.1 The email account that you tried to reach is inactive."),
        HARD, "5.2.1", READER),
    Case("gmail, unauthenticated", dsn(
        "5.7.26", "550-5.7.26 This mail has been blocked because the sender is unauthenticated."),
        POLICY, "5.7.26", READER),
    Case("gmail, out of space", dsn(
        "4.2.2", "452-4.2.2 The recipient's inbox is out of storage space."),
        SOFT, "4.2.2", READER),
    Case("gmail, too fast, given up", dsn(
        "4.7.28", "421-4.7.28 Gmail has detected an unusual rate of mail"), SOFT, "4.7.28", READER),
    Case("yahoo", dsn("5.0.0", "554 delivery error: dd This user doesn't have an account; "
                      "no such mailbox"), HARD, "5.0.0", READER),
    Case("yahoo, deferred to the end", dsn(
        "4.4.7", "421 4.7.0 [TSS04] Messages temporarily deferred"), SOFT, "4.4.7", READER),
    Case("ses", dsn(
        "5.1.1", "550 5.1.1 user unknown", sender="MAILER-DAEMON@eu.ses.example",
        more="X-SES-Outgoing: 2026.11.23\n"), HARD, "5.1.1", READER),
    Case("a sending service, for us", report(
        words("We could not deliver it."),
        status(f"Final-Recipient: rfc822; {READER}\nX-Actual-Recipient: rfc822; {READER}\n"
               "Action: failed\nStatus: 5.1.1 (bad destination mailbox address)\nRemote-MTA: dns;\n"
               " mx.mail.example\nDiagnostic-Code: smtp; 550-Requested action not taken"),
        headers(), sender="postmaster@sending.example"), HARD, "5.1.1", READER),
    Case("a provider in china, in GB18030", report(
        words("抱歉，您的邮件被退回。收件人不存在。", "gb18030"),
        status(b"Final-Recipient: rfc822; " + READER.encode() + b"\nAction: failed\n"
               b"Status: 5.0.0\nDiagnostic-Code: smtp; 550 " + "用户不存在".encode("gb18030")),
        headers(), sender="PostMaster@box.example", subject="=?gb2312?B?z7XNs83L0MU=?="),
        HARD, "5.0.0", READER),
    Case("a provider in china takes it for spam", dsn("5.0.0", "554 被判定为垃圾邮件"),
         POLICY, "5.0.0", READER),
    Case("content", dsn("5.6.0", "554 5.6.0 Message content could not be converted"),
         CONTENT, "5.6.0", READER),
    Case("8 bits", dsn("5.6.3", "554 5.6.3 Conversion required but not supported"),
         CONTENT, "5.6.3", READER),
    Case("greylisted to the end", dsn("4.2.0", "450 4.2.0 Greylisted, see our page"),
         SOFT, "4.2.0", READER),
    Case("no route for five days", dsn("4.4.1", "connect to mx.mail.example: Connection timed out"),
         SOFT, "4.4.1", READER),
    Case("forwarded: the address that we know comes first", report(
        status(f"Original-Recipient: rfc822;{READER}\n"
               + failed("5.1.1", "550 5.1.1 unknown", "w.forward@elsewhere.example"))),
        HARD, "5.1.1", READER),
    Case("an address in UTF-8", report(
        words("退信"),
        status(b"Final-Recipient: utf-8; " + "小明@邮件.example".encode() + b"\nAction: failed\n"
               b"Status: 5.1.1", type_="message/global-delivery-status"),
        "Content-Type: message/global-headers\n\n" + ORIGINAL), HARD, "5.1.1", "小明@邮件.example"),
    Case("an address in UTF-8, written in ASCII", report(
        status(r"Final-Recipient: utf-8;\x{5C0F}\x{660E}@mail.example" + "\nAction: failed\n"
               "Status: 5.1.1")), HARD, "5.1.1", "小明@mail.example"),
    Case("all of what it was expanded to", report(status(
        *(failed("5.1.1", "550 5.1.1 unknown", who) for who in EXPANDED))),
        HARD, "5.1.1", EXPANDED[0]),
    Case("one of what it was expanded to is full", report(status(
        failed("5.1.1", "550 5.1.1 unknown", EXPANDED[0]),
        failed("5.2.2", "552 5.2.2 full", EXPANDED[1]))), SOFT, "5.2.2", EXPANDED[1]),
    Case("one of what it was expanded to has it", report(status(
        failed("5.1.1", "550 5.1.1 unknown", EXPANDED[0]),
        failed("2.1.5", "250 2.1.5 fine", EXPANDED[1], "relayed"))),
        Kind.DELIVERED, "2.1.5", EXPANDED[1]),
)  # fmt: skip

#: Reports that aren't as they should be.
ODD = (
    Case("no blank line before the next address", report(status(
        failed("5.1.1", "550 5.1.1 unknown", EXPANDED[0]) + "\n"
        + failed("5.2.2", "552 5.2.2 full", EXPANDED[1]), per_message="")),
        SOFT, "5.2.2", EXPANDED[1]),
    Case("no part for people, none of the message", report(status(failed("5.1.2", "no such host"))),
         HARD, "5.1.2", READER),
    Case("it calls itself text", report(
        words("It failed."), status(failed("5.1.1", "550 5.1.1 unknown"), type_="text/plain")),
        HARD, "5.1.1", READER),
    Case("it calls itself octets, in base64", report(
        words("It failed."), in_base64(status(failed("5.1.1", "550 5.1.1 unknown"),
                                              type_="application/octet-stream").decode())),
        HARD, "5.1.1", READER),
    Case("it isn't a multipart at all", mail(
        "Reporting-MTA: dns; mx\n\n" + failed("5.1.1", "550 5.1.1 unknown")),
        HARD, "5.1.1", READER),
    Case("a report within a report", report(
        words("Forwarded by your postmaster."),
        b"Content-Type: message/rfc822\n\n" + dsn("5.1.1", "550 5.1.1 unknown"),
        sender="postmaster@news.example"), HARD, "5.1.1", READER),
    Case("within a mixed one", mail(
        b"--x\n\nhello\n--x\nContent-Type: multipart/report; boundary=y\n\n--y\n"
        + status(failed("5.1.1", "550 5.1.1 unknown")) + b"\n--y--\n--x--\n",
        type_="multipart/mixed; boundary=x"), HARD, "5.1.1", READER),
    Case("its end is missing", dsn("5.1.1", f"550 5.1.1 <{READER}> unknown")
         .partition(b"--=_edge--")[0][:-200], HARD, "5.1.1", READER),
    Case("cut off within its second part", dsn("5.1.1", "550 5.1.1 unknown")
         .partition(b"Diagnostic")[0], HARD, "5.1.1", READER),
    Case("no Action, Status 5", report(
        status(f"Final-Recipient: rfc822; {READER}\nStatus: 5.1.1")), HARD, "5.1.1", READER),
    Case("no Action, Status 4", report(
        status(f"Final-Recipient: rfc822; {READER}\nStatus: 4.4.1")),
        Kind.DELAYED, "4.4.1", READER),
    Case("no Action, no Status", report(
        status(f"Final-Recipient: rfc822; {READER}\nDiagnostic-Code: smtp; 550 User unknown")),
        HARD, "", READER),
    Case("an action that nobody knows", report(
        status(failed("5.1.1", "550 5.1.1 unknown", action="rejected"))), HARD, "5.1.1", READER),
    Case("its lines end as at sea", dsn("5.1.1", "550 5.1.1 unknown").replace(b"\n", b"\r\n"),
         HARD, "5.1.1", READER),
    Case("an address in brackets", report(
        status(failed("5.1.1", "550 5.1.1 unknown", f"<{READER}>"))), HARD, "5.1.1", READER),
    Case("an IP address that looks like a code", dsn(
        "5.0.0", "550 Blocked by the list at 5.1.1.10 (see [5.1.2.3])"), POLICY, "5.0.0", READER),
    Case("a code without a dot too many", dsn("5.0.0", "550 #5.1.0 Address rejected. (#5.1.1)"),
         SOFT, "5.1.0", READER),
)  # fmt: skip

#: Reports that are of no failure (STANDARDS 94).
NO_FAILURES = tuple(
    Case(action, report(words("For your information."),
                        status(failed(code, "451 4.4.1 still trying", action=action)), headers()),
         kind, code, READER)
    for action, code, kind in (
        ("delayed", "4.4.1", Kind.DELAYED),
        ("Delayed", "4.4.1", Kind.DELAYED),
        ("relayed", "2.0.0", Kind.DELIVERED),
        ("expanded", "2.0.0", Kind.DELIVERED),
        ("delivered", "2.0.0", Kind.DELIVERED),
        ("delayed", "5.1.1", Kind.DELAYED),
    )
)  # fmt: skip

#: Bounces in plain words.
PLAIN = (
    Case("qmail", mail(QMAIL % "Sorry, no mailbox here by that name. (#5.1.1)",
                       subject="failure notice"), HARD, "5.1.1", READER),
    Case("qmail, quoting", mail(
        QMAIL % "192.0.2.7 does not like recipient.\nRemote host said: 550 5.7.1 Not from you\n"
        "Giving up on 192.0.2.7.", subject="failure notice"), POLICY, "5.7.1", READER),
    Case("qmail, full", mail(QMAIL % "The user's mailbox is full. (#5.2.2)",
                             subject="failure notice"), SOFT, "5.2.2", READER),
    Case("exim", mail(EXIM % "550 5.1.1 User unknown", more=FAILED_AT_EXIM,
                      subject="Mail delivery failed: returning message to sender"),
         HARD, "5.1.1", READER),
    Case("exim, a bare 550", mail(EXIM % "550 Administrative prohibition", more=FAILED_AT_EXIM,
                                  subject="Mail delivery failed"), SOFT, "", READER),
    Case("exim, cut off", mail((EXIM % "550 No such user")[:420], more=FAILED_AT_EXIM), HARD, "",
         READER),
    Case("exim's warning", mail(
        "This message was created automatically by mail delivery software.\nA message that you sent"
        f" has not yet been delivered to one or more of its recipients:\n\n  {READER}\n"
        "    Delay reason: 451 4.3.0 try later\nNo action is required on your part. Delivery "
        "attempts will continue for some time.\n", more="Auto-Submitted: auto-replied\n",
        subject="Warning: message delayed 24 hours"), Kind.DELAYED, "4.3.0", READER),
    Case("sendmail's warning", mail(
        "    **********************************************\n    **      THIS IS A WARNING MESSAGE "
        "ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n\nThe original message "
        f"was received at Mon\n   ----- The following addresses had transient errors -----\n"
        f"<{READER}>\n   ----- Transcript -----\n451 4.4.1 reply: read error\n",
        subject="Warning: could not send message for past 4 hours"), Kind.DELAYED, "4.4.1", READER),
    Case("an old gateway", mail(
        f"The following addresses had permanent fatal errors\n<{READER}>\n\n"
        "   ----- Transcript of session follows -----\n550 User unknown\n"), HARD, "", READER),
    Case("html alone", mail(
        f"<html><body><p>Delivery failed for &lt;{READER}&gt;</p><p>550 5.1.1 no such user</p>"
        "</body></html>", type_="text/html"), HARD, "5.1.1", READER),
    Case("a provider in china, in plain GB18030", mail(
        f"您的邮件未能送达 {READER}\n550 5.1.1 用户不存在\n原始邮件\n".encode("gb18030"),
        sender="postmaster@box.example", type_="text/plain; charset=gb2312"),
        HARD, "5.1.1", READER),
    Case("a provider in china, without saying in which charset", mail(
        f"收件人 {READER}\n550 邮箱已满\n".encode("gb18030"), sender="postmaster@box.example",
        type_="text/plain"), SOFT, "", READER),
)  # fmt: skip

#: Complaints and other reports of readers' providers.
FEEDBACK = (
    Case("abuse", feedback("abuse", f"Original-Rcpt-To: <{READER}>"),
         Kind.COMPLAINT, "", READER),
    Case("abuse, as yahoo has it", feedback(
        "abuse", f"Original-Rcpt-To: {READER}", "Original-Mail-From: bounces@news.example",
        "Received-Date: Mon, 23 Nov 2026 06:10:00 GMT", "Reported-Domain: news.example",
        about="Feedback Loop <fbl@loop.example>"), Kind.COMPLAINT, "", READER),
    Case("abuse, without whom", feedback("abuse", "Source-IP: 192.0.2.1"), Kind.COMPLAINT),
    Case("abuse, as microsoft has it: the message and nothing else", report(
        words("This is an email abuse report."),
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1", whole(),
        kind="feedback-report", sender="staff@hot.example"), Kind.COMPLAINT),
    Case("abuse, headers alone", feedback("Abuse", original=headers()), Kind.COMPLAINT),
    Case("not spam", feedback("not-spam"), Kind.FEEDBACK),
    Case("fraud", feedback("fraud"), Kind.FEEDBACK),
    Case("auth-failure", feedback("auth-failure", "Auth-Failure: dmarc"), Kind.FEEDBACK),
    Case("opt-out", feedback("opt-out", f"Removal-Recipient: {READER}"),
         Kind.UNSUBSCRIBE, "", READER),
)  # fmt: skip

#: Machines that answer (RFC 3834).
ANSWERS = (
    *(
        Case(subject, away(subject), Kind.AUTORESPONSE)
        for subject in (
            "Out of Office: Lanjiang: 3 posts",
            "Automatic reply: Lanjiang",
            "Abwesenheitsnotiz: Lanjiang",
            "Réponse automatique : Lanjiang",
            "Respuesta automática: Lanjiang",
            "Resposta automática: Lanjiang",
            "自动回复: 兰江",
            "自動応答: 蘭江",
            "Автоматический ответ: Lanjiang",
            "رد تلقائي: Lanjiang",
            "=?utf-8?B?6Ieq5Yqo5Zue5aSNOiBMYW5qaWFuZw==?=",
            "Please confirm your message to wanda",
        )
    ),
    Case("vacation", away("Re: Lanjiang", more="Auto-Submitted: auto-replied (vacation)\n"),
         Kind.AUTORESPONSE),
    Case("an old program", away("Re: Lanjiang", more="Precedence: auto_reply\n"),
         Kind.AUTORESPONSE),
    Case("another", away("Re: Lanjiang", more="X-Autoreply: yes\n"), Kind.AUTORESPONSE),
    Case("a challenge", away("Re: Lanjiang", more="X-Spamarrest-noauth: 1\n"), Kind.AUTORESPONSE),
    Case("he has read it", report(
        words("It was displayed."),
        f"Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;{READER}\n"
        "Disposition: manual-action/MDN-sent-manually; displayed",
        kind="disposition-notification", sender=READER, subject="Read: Lanjiang"),
        Kind.AUTORESPONSE),
)  # fmt: skip

#: What is none of all this.
OTHERS = (
    Case("a person's answer", away("Re: Lanjiang", "Thank you, 550 times!"), Kind.UNKNOWN),
    Case("a person's answer with our mail in it", mail(
        b"--x\n\nI liked that.\n--x\n" + whole().encode() + b"\n--x--\n", sender=READER,
        subject="Fwd: Lanjiang", type_="multipart/mixed; boundary=x"), Kind.UNKNOWN),
    Case("nothing", b"", Kind.UNKNOWN),
    Case("a header alone", b"Subject: hello", Kind.UNKNOWN),
    Case("a postmaster who says nothing", mail("Good morning."), Kind.UNKNOWN),
)  # fmt: skip

CASES = (*REPORTS, *ODD, *NO_FAILURES, *PLAIN, *FEEDBACK, *ANSWERS, *OTHERS)
