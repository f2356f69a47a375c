"""What a site's own templates may not leave out: the way out, and whom the mail is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from syndicate.digests import slots
from syndicate.digests.lines import folded
from syndicate.digests.merge import is_personal, say
from syndicate.errors import TemplateError

if TYPE_CHECKING:
    from syndicate.digests.model import Composed, Masthead
    from syndicate.digests.overrides import Templates


def require(composed: Composed, masthead: Masthead, templates: Templates, folder: str) -> None:
    """See that both bodies, which the folder's templates made, hold what every mail has to.

    Raises:
        TemplateError: one doesn't; it says which file, and what to write.
    """
    html, text = (templates.place(f"{folder}/body.{kind}") for kind in ("html", "txt"))
    if slots.UNSUBSCRIBE_HREF not in composed.html:
        raise TemplateError(f"{html}: has no way out; write <a {slots.UNSUBSCRIBE_HREF}>")
    if slots.UNSUBSCRIBE_URL not in composed.text.split("\n"):
        raise TemplateError(f"{text}: has no line {slots.UNSUBSCRIBE_URL}, the way out")
    if is_personal(composed.greeting):
        _require_greeting(composed, html, text)
    require_address(composed, masthead.postal_address, html, text)


def require_address(composed: Composed, address: str, html: str, text: str) -> None:
    """See that both bodies, of the templates in these places, have the postal address.

    Raises:
        TemplateError: one doesn't.
    """
    if not _has(composed.text, address):
        raise TemplateError(
            f"{text}: lacks the postal address; write {{{{ masthead.postal_address }}}}"
        )
    if str(escape(address)) not in composed.html and not _has(_seen(composed.html), address):
        raise TemplateError(
            f"{html}: lacks the postal address; write {{{{ masthead.postal_address }}}}"
        )


def _require_greeting(composed: Composed, html: str, text: str) -> None:
    """Its slot is a whole line."""
    line = say(composed.greeting, {})
    if str(escape(line)) not in composed.html.split("\n"):
        raise TemplateError(f"{html}: has no line {{{{ greeting }}}} with nothing else on it")
    if f"\n{folded(line)}\n" not in composed.text:
        raise TemplateError(f"{text}: has no line {{{{ greeting }}}} with nothing else on it")


def _seen(html: str) -> str:
    return str(Markup(html[html.find("<body") :]).striptags())  # noqa: S704 - what is left is text


def _has(said: str, words: str) -> bool:
    """Whether the words are said, however they are broken into lines."""
    return "".join(words.split()) in "".join(said.split())
