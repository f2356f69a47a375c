"""A form to subscribe by, as somebody filled it in: on our page, or on one of the site's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from syndicate.errors import AddressError
from syndicate.subscribers.address import parse_address
from syndicate.subscribers.confirming import MOST
from syndicate.subscribers.model import Digest
from syndicate.subscribers.policy import Refusal
from syndicate.web.forms import is_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from starlette.datastructures import FormData, QueryParams

    from syndicate.chrome import Chrome

#: Characters: of a name, of what a form calls itself, of all else but an address that is looked at.
NAME_LENGTH, _FORM_LENGTH, _LONGEST = 60, 60, 300
#: Characters of an address (RFC 5321 §4.5.3.1.3), and some blanks around it.
_ADDRESS = 320
#: What nobody sees, and programs fill in.
TRAP = "fax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was typed and ticked."""

    address: str = ""
    name: str = ""
    #: Slugs of categories.
    categories: tuple[str, ...] = ()
    cadences: tuple[str, ...] = ()
    #: What was looked for, and what was when the form was made.
    query: str = ""
    was: str = ""
    trap: str = ""
    #: What a form elsewhere calls itself.
    form: str = ""
    #: Of a form of ours, as `stamps.write` made it.
    stamp: str = ""
    #: Which button was pressed, if one of ours was.
    button: str = ""

    @classmethod
    def of(cls, said: FormData | QueryParams) -> Self:
        """What a form says, or a link that fills it in beforehand."""

        def text(name: str, most: int = _LONGEST) -> str:
            value = said.get(name, "")
            return value.strip()[:most] if isinstance(value, str) else ""

        def texts(name: str) -> tuple[str, ...]:
            values = [v for v in said.getlist(name) if isinstance(v, str) and len(v) <= _LONGEST]
            return tuple(dict.fromkeys(values))

        form, button = text("form"), text("button")
        return cls(
            address=text("address", _ADDRESS),
            name=text("name"),
            categories=texts("category"),
            cadences=texts("cadence"),
            query="" if button == "all" else text("q"),
            was=text("was"),
            trap=text(TRAP),
            form=form if is_line(form, _FORM_LENGTH) else "",
            stamp=text("stamp"),
            button=button,
        )

    @property
    def looks_for_something(self) -> bool:
        """Whether to show categories, not to subscribe.

        Who presses Enter presses no button: then it counts which field he changed.
        """
        return self.button in ("search", "all") or (not self.button and self.query != self.was)


def digests_of(filled: Filled, names: Mapping[str, str], cadences: Collection[str]) -> list[Digest]:
    """The digests that were ticked and that there are; `names` are categories by their slugs."""
    chosen = [names[slug] for slug in filled.categories if slug in names]
    rhythms = [cadence for cadence in cadences if cadence in filled.cadences]
    return [Digest(cadence, name) for cadence in rhythms for name in dict.fromkeys(chosen)]


def faults(
    filled: Filled,
    digests: Collection[Digest],
    seconds: float | None,
    words: Chrome,
    check: Callable[[str], Refusal | None],
    fill_time: float,
) -> dict[str, str]:
    """What is wrong, by the field to blame, in words for whom filled it in.

    `seconds` is how long ago the form was made, if it bears our stamp. Whoever makes a form of his
    own leaves that out, and so does a static page, which has none to give: no stamp is no fault. It
    holds off programs that fill in any form they find; the limits hold off those that know us.
    """
    found = {
        "categories": _choice_fault(filled, digests, words),
        "cadences": _rhythm_fault(filled, words),
        "address": _address_fault(filled.address, words, check),
        "name": _name_fault(filled.name, words),
        TRAP: words.gettext("Please leave this field empty.") if filled.trap else "",
    }
    if seconds is not None and seconds < fill_time:
        found["form"] = words.gettext("That was very quick. Please press the button once more.")
    return {field: line for field, line in found.items() if line}


def _choice_fault(filled: Filled, digests: Collection[Digest], words: Chrome) -> str:
    if not filled.categories:
        return words.gettext("Please choose at least one category.")
    if filled.cadences and not digests:
        return words.gettext("This isn’t there any more. Please choose again.")
    if len(digests) > MOST:
        line = words.gettext("That is too much at once: please choose %(most)s digests at most.")
        return line % {"most": MOST}
    return ""


def _rhythm_fault(filled: Filled, words: Chrome) -> str:
    return "" if filled.cadences else words.gettext("Please choose how often.")


def _name_fault(name: str, words: Chrome) -> str:
    if is_line(name, NAME_LENGTH):
        return ""
    return words.gettext("Please give a shorter name, of one line.")


def _address_fault(address: str, words: Chrome, check: Callable[[str], Refusal | None]) -> str:
    try:
        refused = check(parse_address(address))
    except AddressError:
        return words.gettext("Please give a whole e-mail address, such as name@example.com.")
    return _refusals(words)[refused] if refused else ""


def _refusals(words: Chrome) -> dict[Refusal, str]:
    return {
        Refusal.ROLE: words.gettext(
            "This address belongs to a task, not to a person. Please give your own."
        ),
        Refusal.SUB_ADDRESS: words.gettext(
            "Please give your address without the plus sign and what follows it."
        ),
        Refusal.DOMAIN: words.gettext(
            "Addresses of this provider can’t be used here. Please give another."
        ),
    }
