"""A masthead and posts → an edition as a reader sees it. Pure: the same input, the same bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from syndicate.chrome import chrome
from syndicate.digests import slots
from syndicate.digests.blocks import block
from syndicate.digests.fit import Plan, fit, weight
from syndicate.digests.lines import cut, folded
from syndicate.digests.merge import growth, is_personal, say
from syndicate.digests.model import Composed, Masthead, Step
from syndicate.digests.overrides import OURS, Templates
from syndicate.digests.required import require
from syndicate.digests.templates import DIGEST, html_environment, render, text_environment
from syndicate.digests.text import without_gaps
from syndicate.errors import MessageError
from syndicate.settings.words import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.posts.model import Post
    from syndicate.settings.words import Words

#: Columns. What inboxes show of a subject, and what fits a line (RFC 5322 §2.1.1).
SUBJECT_COLUMNS = 78
#: Columns of the line that inboxes show after the subject.
PREHEADER_COLUMNS = 100
#: So many posts need a table of contents; a longer list is one itself, for it shows headlines.
CONTENTS_FROM, CONTENTS_UP_TO = 4, 40

#: What XML lets through and a header doesn't (STANDARDS S-3); blanks do instead.
_CONTROL = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What an edition is made of."""

    masthead: Masthead
    posts: Sequence[Post]
    corrections: Sequence[Post]
    templates: Templates


def compose(
    masthead: Masthead,
    posts: Sequence[Post],
    corrections: Sequence[Post] = (),
    templates: Templates = OURS,
) -> Composed:
    """The edition of these posts, in their order, fitted to `fit.HTML_LIMIT`.

    `corrections` are posts of earlier editions, of which it says what was put right in them; that
    is never left out.

    Raises:
        MessageError: there are no posts, or not even one headline fits.
        TemplateError: a template is wrong, or leaves out what every mail has to have.
    """
    if not posts:
        raise MessageError("an edition without posts can't be composed; cut it when there are some")
    sheet = _Sheet(masthead, posts, corrections, templates)
    blocks = [block(post, masthead.language, masthead.zone, templates) for post in posts]
    subject_words, greeting = _words(sheet)
    subject = cut(say(subject_words, {}), SUBJECT_COLUMNS)
    # The frame is measured with its "and … more", so that what is shown fits in any case.
    frame = _html(sheet, subject, "", len(posts))
    sizes = [one.sizes for one in blocks]
    personal = slots.growth(frame) + growth(greeting)
    plan = fit(weight(frame) + personal, sizes)
    shown = list(zip(blocks, plan.steps, strict=False))
    html = "".join(one.html[step] for one, step in shown)
    text = "\n\n\n".join(one.text[step].strip("\n") for one, step in shown)
    composed = Composed(
        subject,
        _html(sheet, subject, html, plan.left_out),
        _text(sheet, text, plan.left_out),
        _stepped_down(posts, plan),
        tuple(post.source for post in posts[len(plan.steps) :]),
        subject_words if is_personal(subject_words) else (),
        greeting,
    )
    require(composed, masthead, templates, DIGEST)
    return composed


def _stepped_down(posts: Sequence[Post], plan: Plan) -> tuple[tuple[str, Step], ...]:
    pairs = zip(posts, plan.steps, strict=False)
    return tuple((post.source, step) for post, step in pairs if step is not Step.FULL)


def _words(sheet: _Sheet) -> tuple[Words, Words]:
    """Subject and greeting, with their merge fields."""
    masthead = sheet.masthead
    values = {"masthead": masthead, "first": sheet.posts[0]}
    environment = text_environment(masthead.language, sheet.templates)
    subject = render(environment, f"{DIGEST}/subject.txt", values)
    subject = cut(one_line(subject), SUBJECT_COLUMNS)
    return parse(masthead.subject, subject=subject), parse(masthead.greeting)


def _html(sheet: _Sheet, subject: str, blocks: str, more: int) -> str:
    values = _values(sheet, more) | {
        "subject": subject,
        "preheader": _preheader(sheet.posts),
        "blocks": Markup(blocks),  # noqa: S704 - markup that `blocks` escaped or sanitised
    }
    environment = html_environment(sheet.masthead.language, sheet.templates)
    return render(environment, f"{DIGEST}/body.html", values)


def _text(sheet: _Sheet, blocks: str, more: int) -> str:
    values = _values(sheet, more) | {"blocks": blocks}
    values["greeting"] = folded(values["greeting"])
    environment = text_environment(sheet.masthead.language, sheet.templates)
    return without_gaps(render(environment, f"{DIGEST}/body.txt", values))


def one_line(text: str) -> str:
    """A text that a template made, fit for a header."""
    return _CONTROL.sub(" ", text).strip()


def _values(sheet: _Sheet, more: int) -> dict[str, Any]:
    masthead, posts = sheet.masthead, sheet.posts
    words, many = chrome(masthead.language), len(posts)
    why = words.gettext("You get this because you subscribed to “%(category)s” (%(cadence)s).")
    subscribed = {
        "category": words.isolated(masthead.category_title),
        "cadence": words.rhythm(masthead.cadence),
    }
    beyond = words.ngettext(
        "and %(num)s more post on the web", "and %(num)s more posts on the web", more
    )
    return {
        "masthead": masthead,
        "greeting": say(parse(masthead.greeting), {}),
        "language": words.language,
        "direction": words.direction,
        "issue": words.gettext("No. %(number)s") % {"number": masthead.number},
        "day": words.day(masthead.date, masthead.zone),
        "count": words.ngettext("%(num)s post", "%(num)s posts", many) % {"num": many},
        "contents": posts if CONTENTS_FROM <= len(posts) <= CONTENTS_UP_TO else (),
        "why": why % subscribed,
        "more": beyond % {"num": more} if more else "",
        "corrections": [corrected(post, masthead) for post in sheet.corrections],
    }


def corrected(post: Post, masthead: Masthead) -> dict[str, Any]:
    """What templates say of a post in which something was put right."""
    words, direction = chrome(masthead.language), chrome(post.language).direction
    on_day = words.gettext("Corrected on %(day)s")
    line = on_day % {"day": words.moment(post.updated, masthead.zone)}
    return {"post": post, "direction": direction, "line": words.within(line, direction)}


def _preheader(posts: Sequence[Post]) -> str:
    """What the inbox shows after the subject: the other titles, or how the only post begins."""
    first, *others = posts
    said = " · ".join(post.title for post in others[:3]) or first.summary
    return cut(said, PREHEADER_COLUMNS)
