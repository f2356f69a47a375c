"""Several editions in one mail: a masthead, a table of contents, a section for each. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from syndicate.chrome import Chrome, chrome
from syndicate.digests import slots
from syndicate.digests.blocks import APART, Block, Key, block_of, key
from syndicate.digests.compose import PREHEADER_COLUMNS, SUBJECT_COLUMNS, corrected, one_line
from syndicate.digests.fit import Plan, Sized, fit_together, weight
from syndicate.digests.lines import cut, folded
from syndicate.digests.merge import growth, is_personal, say
from syndicate.digests.model import Composed, Masthead, Step
from syndicate.digests.overrides import OURS, Templates
from syndicate.digests.required import require
from syndicate.digests.templates import TOGETHER, html_environment, render, text_environment
from syndicate.digests.text import without_gaps
from syndicate.digests.transfer import BLANKS, Piece
from syndicate.errors import MessageError, TemplateError
from syndicate.settings.words import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syndicate.digests.bundle import Section
    from syndicate.settings.words import Words

#: So many sections have a table of contents; more would make it longer than a few screens.
CONTENTS_FROM, CONTENTS_UP_TO = 2, 30
#: Titles of posts in a subject, of which inboxes show the first or two.
_TITLES = 3
#: Where a rendered frame has its sections: no text of a post or of the settings holds a NUL.
_HERE = "\0"
_NOTHING = Plan(())


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all sections of a mail are printed on."""

    masthead: Masthead
    templates: Templates = OURS

    @property
    def words(self) -> Chrome:
        """What it says around the posts."""
        return chrome(self.masthead.language)


@dataclass(frozen=True, slots=True)
class Part:
    """A section as mails on one sheet have it, but for its posts' blocks."""

    section: Section
    #: Under which the posts' blocks are kept.
    keys: tuple[Key, ...]
    html: Piece
    text: Piece
    #: Its line in the table of contents.
    html_row: Markup
    text_row: str
    #: Bytes of its HTML without posts, if it says that more are on the web.
    frame: int


@dataclass(frozen=True, slots=True)
class _Shown:
    """A part, its posts, and how much of each is shown."""

    part: Part
    blocks: tuple[Block, ...]
    #: Places of posts that an earlier section has: here their headline is enough.
    repeated: frozenset[int]
    plan: Plan = _NOTHING

    @property
    def sized(self) -> Sized:
        sizes: list[Mapping[Step, int]] = [
            dict.fromkeys(Step, block.sizes[Step.HEADLINE]) if n in self.repeated else block.sizes
            for n, block in enumerate(self.blocks)
        ]
        return Sized(self.part.frame + BLANKS * (len(sizes) + 2), sizes)

    @property
    def steps(self) -> list[tuple[Block, Step]]:
        return [
            (block, Step.HEADLINE if n in self.repeated else step)
            for n, (block, step) in enumerate(zip(self.blocks, self.plan.steps, strict=False))
        ]


def make_part(sheet: Sheet, section: Section) -> Part:
    """A section for mails on this sheet: to be made once by whoever makes many of them.

    Raises:
        TemplateError: a template is wrong.
    """
    html = _section(sheet, section, "section.html")
    return Part(
        section=section,
        keys=tuple(
            key(post, sheet.masthead.language, sheet.masthead.zone, sheet.templates)
            for post in section.posts
        ),
        html=Piece(html),
        text=Piece(_section(sheet, section, "section.txt") + APART),
        html_row=Markup(_section(sheet, section, "row.html").strip()),  # noqa: S704 - escaped
        text_row=_section(sheet, section, "row.txt").strip(),
        frame=weight(html + _more(sheet, section, "html", len(section.posts))),
    )


def language_of(sections: Sequence[Section], otherwise: str) -> str:
    """The language of a mail: the sections', if they have one."""
    languages = {section.language for section in sections}
    return languages.pop() if len(languages) == 1 else otherwise


def compose_together(sheet: Sheet, parts: Sequence[Part]) -> Composed:
    """The mail of these editions, in their order, fitted as a whole to `fit.HTML_LIMIT`.

    A post that several of them have is shown in the first, and named in the others.

    Raises:
        MessageError: there are none, or not even one headline fits.
        TemplateError: a template is wrong, or leaves out what every mail has to have.
    """
    if not parts:
        raise MessageError("a mail of no editions can't be composed")
    subject_words, greeting = _words(sheet, parts)
    subject = cut(say(subject_words, {}), SUBJECT_COLUMNS)
    whole = list(_unfitted(parts))
    frame = _html(sheet, subject, parts, 0)
    shown = _fitted(whole, frame, greeting)
    if len(shown) < len(parts):
        # Measured anew with what it has to say of those that are left out.
        shown = _fitted(whole, _html(sheet, subject, parts, len(parts)), greeting)
        frame = _html(sheet, subject, parts, len(parts) - len(shown))
    around = _text(sheet, parts, len(parts) - len(shown))
    bare = Composed(subject, frame, around, greeting=greeting)
    require(bare, sheet.masthead, sheet.templates, TOGETHER)
    html = [piece for one in shown for piece in _html_pieces(sheet, one)]
    text = [piece for one in shown for piece in _text_pieces(sheet, one)]
    places = [sheet.templates.place(f"{TOGETHER}/body.{kind}") for kind in ("html", "txt")]
    html_pieces, text_pieces = map(_within, (frame, around), (html, text), places)
    return Composed(
        subject,
        "".join(html_pieces),
        "".join(text_pieces),
        _stepped_down(shown),
        _left_out(parts, shown),
        subject_words if is_personal(subject_words) else (),
        greeting,
        html_pieces,
        text_pieces,
    )


def _unfitted(parts: Sequence[Part]) -> Iterator[_Shown]:
    seen: set[str] = set()
    for part in parts:
        posts = part.section.posts
        repeated = frozenset(n for n, post in enumerate(posts) if post.id in seen)
        seen.update(post.id for post in posts)
        yield _Shown(part, tuple(map(block_of, part.keys)), repeated)


def _fitted(whole: Sequence[_Shown], frame: str, greeting: Words) -> list[_Shown]:
    personal = slots.growth(frame) + growth(greeting)
    plans = fit_together(weight(frame) + personal, [one.sized for one in whole])
    return [replace(one, plan=plan) for one, plan in zip(whole, plans, strict=False)]


def _within(frame: str, pieces: list[str], place: str) -> tuple[str, ...]:
    """A frame and what is in it, each piece in whole lines."""
    before, found, after = frame.partition(_HERE)
    if not found:
        raise TemplateError(f"{place}: doesn't show the posts; write {{{{ blocks }}}}")
    return (before.rstrip("\n") + "\n", *pieces, after.lstrip("\n"))


def _html_pieces(sheet: Sheet, shown: _Shown) -> Iterator[str]:
    yield shown.part.html
    for block, step in shown.steps:
        yield block.html[step]
    if shown.plan.left_out:
        yield _more(sheet, shown.part.section, "html", shown.plan.left_out)


def _text_pieces(sheet: Sheet, shown: _Shown) -> Iterator[str]:
    yield shown.part.text
    for block, step in shown.steps:
        yield block.text[step]
    if shown.plan.left_out:
        yield _more(sheet, shown.part.section, "txt", shown.plan.left_out) + APART


def _stepped_down(shown: Sequence[_Shown]) -> tuple[tuple[str, Step], ...]:
    return tuple(
        (post.source, step)
        for one in shown
        for n, (post, step) in enumerate(zip(one.part.section.posts, one.plan.steps, strict=False))
        if step is not Step.FULL and n not in one.repeated
    )


def _left_out(parts: Sequence[Part], shown: Sequence[_Shown]) -> tuple[str, ...]:
    counts = [len(one.plan.steps) for one in shown] + [0] * (len(parts) - len(shown))
    pairs = zip(parts, counts, strict=True)
    return tuple(post.source for part, many in pairs for post in part.section.posts[many:])


def _words(sheet: Sheet, parts: Sequence[Part]) -> tuple[Words, Words]:
    """Subject and greeting, with their merge fields."""
    masthead = sheet.masthead
    titles = list(dict.fromkeys(part.section.posts[0].title for part in parts))
    values = {
        "masthead": masthead,
        "rhythm": sheet.words.rhythm(masthead.cadence),
        "titles": " · ".join(titles[:_TITLES]),
    }
    subject = cut(one_line(_render(sheet, "subject.txt", values)), SUBJECT_COLUMNS)
    return parse(masthead.subject, subject=subject), parse(masthead.greeting)


def _section(sheet: Sheet, section: Section, name: str) -> str:
    issue = sheet.words.gettext("No. %(number)s") % {"number": section.number}
    values = {"section": section, "issue": issue, "count": _count(sheet, len(section.posts))}
    return _render(sheet, name, values).strip("\n") + "\n"


def _more(sheet: Sheet, section: Section, kind: str, many: int) -> str:
    """What says that a section has so many more posts on the web."""
    more = sheet.words.ngettext(
        "and %(num)s more post on the web", "and %(num)s more posts on the web", many
    )
    values = {"section": section, "more": more % {"num": many}}
    return _render(sheet, f"more.{kind}", values).strip("\n") + "\n"


def _html(sheet: Sheet, subject: str, parts: Sequence[Part], beyond: int) -> str:
    titles = " · ".join(part.section.title for part in parts)
    values = _values(sheet, parts, beyond) | {
        "subject": subject,
        "preheader": cut(titles, PREHEADER_COLUMNS),
        "contents": [part.html_row for part in parts] if _has_contents(parts) else (),
        "blocks": Markup(_HERE),  # noqa: S704 - a constant
    }
    return _render(sheet, "body.html", values)


def _text(sheet: Sheet, parts: Sequence[Part], beyond: int) -> str:
    rows = [part.text_row for part in parts] if _has_contents(parts) else ()
    values = _values(sheet, parts, beyond) | {"blocks": _HERE, "contents": rows}
    values["greeting"] = folded(values["greeting"])
    return without_gaps(_render(sheet, "body.txt", values))


def _has_contents(parts: Sequence[Part]) -> bool:
    return CONTENTS_FROM <= len(parts) <= CONTENTS_UP_TO


def _render(sheet: Sheet, name: str, values: dict[str, Any]) -> str:
    of = html_environment if name.endswith(".html") else text_environment
    environment = of(sheet.masthead.language, sheet.templates)
    return render(environment, f"{TOGETHER}/{name}", values)


def _values(sheet: Sheet, parts: Sequence[Part], beyond: int) -> dict[str, Any]:
    masthead, words = sheet.masthead, sheet.words
    corrections = {post.id: post for part in parts for post in part.section.corrections}
    why = words.gettext(
        "You get this because you subscribed to these categories (%(cadence)s), all in one mail."
    )
    more = words.ngettext(
        "and %(num)s more category on the web", "and %(num)s more categories on the web", beyond
    )
    rhythm = words.rhythm(masthead.cadence)
    return {
        "masthead": masthead,
        "greeting": say(parse(masthead.greeting), {}),
        "language": words.language,
        "direction": words.direction,
        "rhythm": rhythm,
        "day": words.day(masthead.date, masthead.zone),
        "count": _count(sheet, sum(len(part.keys) for part in parts)),
        "why": why % {"cadence": rhythm},
        "more": more % {"num": beyond} if beyond else "",
        "corrections": [corrected(post, masthead) for post in corrections.values()],
    }


def _count(sheet: Sheet, posts: int) -> str:
    words = sheet.words
    return words.ngettext("%(num)s post", "%(num)s posts", posts) % {"num": posts}
