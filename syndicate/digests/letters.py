"""A letter: the mail to one person because of something he did. Pure: the same input, same bytes.

It never calls him by his name: whoever types another's address into a form could have us mail him
any words as "name" (STANDARDS S-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from babel.dates import get_timezone_gmt
from markupsafe import escape

from syndicate.chrome import chrome
from syndicate.digests import headers
from syndicate.digests.compose import SUBJECT_COLUMNS, one_line
from syndicate.digests.lines import cut
from syndicate.digests.message import assemble
from syndicate.digests.model import Composed
from syndicate.digests.overrides import MAILS, OURS, Templates
from syndicate.digests.required import require_address
from syndicate.digests.slots import Slot
from syndicate.digests.templates import DIGEST, html_environment, render, text_environment
from syndicate.digests.text import without_gaps
from syndicate.digests.transfer import Piece
from syndicate.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.digests.template import MessageTemplate
    from syndicate.settings.key import Key

#: Digests that a letter names; of more, how many.
MOST = 20
#: Hex digits of a Message-ID: 128 bits.
_ID_DIGITS = 32
_HOUR = timedelta(hours=1)
#: The look of digests, and what letters have beside.
_SHEETS = (f"{DIGEST}/style.css", f"{MAILS}/letter/style.css")


class Kind(StrEnum):
    """What it is about. Its templates stand in `templates/email/`, in the folder of that name."""

    #: He asked for digests: does he mean it? Nothing else is in it (STANDARDS 82).
    CONFIRM = "confirm"
    #: He confirmed: what he gets from now on.
    WELCOME = "welcome"
    #: He left everything: a way back.
    GOODBYE = "goodbye"
    #: He wants his mail at this address: is it his?
    MOVE = "move"
    #: He asked for the link to his preferences.
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose letters they are."""

    site_title: str
    site_url: str
    postal_address: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A digest, as readers call it."""

    title: str
    #: Its cadence's name.
    cadence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a letter says."""

    kind: Kind
    masthead: Letterhead
    #: BCP 47: the reader's, or the site's.
    language: str
    #: In which he is told when he asked.
    zone: ZoneInfo
    #: When he did what it is about.
    asked_at: datetime
    #: Where its button leads.
    link: str
    #: From when on that leads nowhere; None: it has no end that is worth a word.
    until: datetime | None = None
    #: Of a welcome: leaves all that it is about; its POST takes one click (RFC 8058).
    leave_url: str = ""
    #: Of a welcome: the newest edition on the web; empty for none.
    web_url: str = ""
    #: What he asked for, gets or has left.
    digests: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a letter's header says beside its subject."""

    #: `user@host` or `Name <user@host>`.
    sender: str
    reply_to: str = ""
    #: When it was written, aware.
    date: datetime
    #: With its angle brackets.
    message_id: str
    #: Names all of the site's digests as one list.
    list_id: str
    #: Page that explains how to leave.
    help_url: str
    #: Names the letter; the boundary is derived from it.
    seed: str


def message_id(key: Key, letter: int, domain: str) -> str:
    """The Message-ID of a letter, always the same, and no hint at whose it is."""
    return f"<{key.mac(f'message-id:letter:{letter}'.encode()).hex()[:_ID_DIGITS]}@{domain}>"


def compose(letter: Letter, templates: Templates = OURS) -> Composed:
    """The letter as he reads it, in his language.

    Raises:
        TemplateError: a template is wrong, or leaves out what the letter has to have.
    """
    folder, language = f"{MAILS}/{letter.kind}", letter.language
    values = _values(letter)
    plain = text_environment(language, templates)
    subject = cut(one_line(render(plain, f"{folder}/subject.txt", values)), SUBJECT_COLUMNS)
    values |= {"subject": subject}
    html = render(html_environment(language, templates, _SHEETS), f"{folder}/body.html", values)
    text = without_gaps(render(plain, f"{folder}/body.txt", values))
    composed = Composed(subject, html, text)
    _require(composed, letter, templates, folder)
    return composed


def build(composed: Composed, letter: Letter, envelope: Envelope) -> MessageTemplate:
    """The letter's message, but for whom it goes to.

    Raises:
        MessageError: a header is unsafe or malformed.
    """
    header = _header(composed, letter, envelope)
    return assemble(header, envelope.seed, [Piece(composed.text)], [Piece(composed.html)])


def _header(composed: Composed, letter: Letter, envelope: Envelope) -> Iterator[bytes | Slot]:
    """Its fields, MIME's apart.

    Those of RFC 2369, RFC 2919 and RFC 8058 are a list's, and for who is on it. Before he has
    confirmed there is nothing to leave, and a mail client's own button for it would promise what no
    press of it can do; who has left has left, and who asked for his link has it. Only the welcome
    has them: it comes to a subscriber, and its list is all that he gets.
    """
    yield headers.raw("Date", format_datetime(envelope.date))
    yield headers.mailbox("From", envelope.sender)
    yield from (b"To: <", Slot.TO, b">\r\n")
    if envelope.reply_to:
        yield headers.mailbox("Reply-To", envelope.reply_to)
    yield headers.unstructured("Subject", composed.subject)
    yield headers.raw("Message-ID", envelope.message_id)
    if letter.leave_url:
        yield headers.phrase("List-Id", letter.masthead.site_title, envelope.list_id)
        yield headers.raw("List-Unsubscribe", f"<{letter.leave_url}>")
        yield headers.raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
        yield headers.raw("List-Help", f"<{envelope.help_url}>")
    # No answering machine is to answer it (RFC 3834 §2).
    yield headers.raw("Auto-Submitted", "auto-generated")
    yield headers.raw("Feedback-ID", f"{letter.kind}:letter:syndicate")


def _values(letter: Letter) -> dict[str, Any]:
    words = chrome(letter.language)
    more = len(letter.digests) - MOST
    beyond = words.ngettext("and %(num)s more", "and %(num)s more", more)
    return {
        "masthead": letter.masthead,
        "language": words.language,
        "direction": words.direction,
        "moment": _moment(letter, letter.asked_at),
        "until": _moment(letter, letter.until) if letter.until else "",
        "hours": round((letter.until - letter.asked_at) / _HOUR) if letter.until else 0,
        "digests": [
            {"title": one_line(one.title), "rhythm": words.rhythm(one.cadence)}
            for one in letter.digests[:MOST]
        ],
        "more": beyond % {"num": more} if more > 0 else "",
        "link": letter.link,
        "leave_url": letter.leave_url,
        "web_url": letter.web_url,
    }


def _moment(letter: Letter, moment: datetime) -> str:
    """A moment in his zone, with its offset: he may have told us none."""
    words = chrome(letter.language)
    local = moment.astimezone(letter.zone)
    return f"{words.moment(moment, letter.zone)} {get_timezone_gmt(local, locale=words.locale)}"


def _require(composed: Composed, letter: Letter, templates: Templates, folder: str) -> None:
    """See that both bodies have the letter's links, without which it is of no use.

    Raises:
        TemplateError: one doesn't.
    """
    html, text = (templates.place(f"{folder}/body.{kind}") for kind in ("html", "txt"))
    for name in filter(lambda name: getattr(letter, name), ("link", "leave_url")):
        url = getattr(letter, name)
        if f'href="{escape(url)}"' not in composed.html:
            raise TemplateError(f'{html}: has no link; write <a href="{{{{ {name} }}}}">')
        if url not in composed.text.split("\n"):
            raise TemplateError(f"{text}: has no line {{{{ {name} }}}} with nothing else on it")
    require_address(composed, letter.masthead.postal_address, html, text)
