"""Readers with the link of their preferences in hand, and what a browser does with a form."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from syndicate.delivery import outbox
from syndicate.posts.categories import Category
from syndicate.subscribers.model import Digest, Status, Subscriber
from syndicate.subscribers.tokens import Claim, Purpose, sign
from tests.web.conftest import FORM

if TYPE_CHECKING:
    from email.message import EmailMessage

    from lxml.html import HtmlElement

    from syndicate.app import App
    from tests.web.conftest import Answer, Browser

TECH, MONEY, WEEKLY = Digest("daily", "tech"), Digest("daily", "money"), Digest("weekly", "tech")


@dataclass(frozen=True)
class Reader:
    """A subscriber with the link of his preferences, and a browser."""

    app: App
    id: int
    path: str
    browser: Browser

    @classmethod
    def of(cls, app: App, browser: Browser, address: str, *digests: Digest) -> Reader:
        """A new one, who gets these."""
        number = app.subscribers.add(address, app.clock())
        app.subscribers.change(number, digests, Status.ACTIVE, app.clock(), {})
        return cls(app, number, path_of(app, number), browser)

    @property
    def one(self) -> Subscriber:
        """As he is now."""
        return self.app.subscribers.get([self.id])[0]

    @property
    def consents(self) -> list[dict[str, Any]]:
        return self.app.subscribers.consents(self.id)

    @property
    def page(self) -> Answer:
        return self.browser.get(self.path)

    def post(self, *fields: tuple[str, str], **sent: str) -> Answer:
        """Post a form made by hand."""
        body = urlencode(fields).encode()
        return self.browser("POST", self.path, (body,), **{"content_type": FORM, **sent})

    def press(
        self,
        do: str,
        page: Answer | None = None,
        /,
        *,
        tick: str = "",
        untick: str = "",
        **typed: str,
    ) -> Answer:
        """Fill in the form that a button is in, as a page has it, and press the button."""
        names = {name.replace("_", "-"): value for name, value in typed.items()}
        return self.post(*filled(page or self.page, do, tick, untick, names), ("do", do))


def filled(
    page: Answer, do: str, tick: str, untick: str, typed: dict[str, str]
) -> list[tuple[str, str]]:
    """What a browser would send of the form with that button."""
    (form,) = page.find(f"//form[.//button[@value='{do}']]")
    typed = dict(typed)
    fields: list[tuple[str, str]] = []
    for field in elements(form, ".//input[@name] | .//select[@name]"):
        name, kind, value = field.get("name", ""), field.get("type"), field.get("value", "")
        is_on = field.get("checked") is not None
        if kind == "checkbox":
            fields += [(name, value)] if (is_on or value == tick) and value != untick else []
        elif kind == "radio":
            is_on = value == typed[name] if name in typed else is_on
            fields += [(name, value)] if is_on else []
        elif field.tag == "select":
            (value,) = [o.get("value", "") for o in elements(field, "./option[@selected]")] or [""]
            # Of several of one name the first is meant.
            fields.append((name, typed.pop(name, value)))
        else:
            fields.append((name, typed.get(name, value)))
    return fields


def elements(below: object, path: str) -> list[HtmlElement]:
    """The elements at a path."""
    return cast("list[HtmlElement]", cast("Any", below).xpath(path))


def add_categories(app: App, *names: str) -> None:
    """Have the site publish these."""
    now = app.clock()
    app.categories.add(
        Category(name=name, slug=f"c{place}", title="", feed_id=f"tag:{name}", since=now)
        for place, name in enumerate(names)
    )


def path_of(app: App, number: int) -> str:
    """The link of a subscriber's preferences."""
    return f"/preferences/{sign(app.key, Claim.at(Purpose.PREFERENCES, number, app.clock()))}"


def ticked(page: Answer) -> set[str]:
    """The digests that are ticked on a page."""
    return {str(box.get("value")) for box in page.find("//input[@type='checkbox'][@checked]")}


def shown(page: Answer) -> list[str]:
    """The categories on a page."""
    return [str(name.text) for name in page.find("//*[@class='name']")]


def errors(page: Answer) -> list[str]:
    """What a page says of fields."""
    return [str(line.text) for line in page.find("//*[@class='error']")]


def mails(app: App) -> list[EmailMessage]:
    """What was sent, the newest first."""
    return [
        email.message_from_bytes(data, policy=email.policy.default)
        for data in outbox.messages(app.settings.state_folder)
    ]


def text_of(mail: EmailMessage) -> str:
    """The text of a mail."""
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content())
