"""How a digest is cut and begins: what each cadence, category or both of them may say otherwise."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from syndicate.settings.checks import one_line
from syndicate.settings.section import Section
from syndicate.settings.words import parse

#: Posts in one edition: more than anybody reads at one go.
MOST_POSTS = 100
#: Folders of `templates/` that hold something else, or all mails.
_TAKEN = frozenset({"email", "feeds", "web"})


class Rules(Section):
    """What holds for a digest; what is left out here is as the next broader section has it."""

    #: Posts. Fewer wait for company.
    minimum: int | None = Field(default=None, ge=1, le=MOST_POSTS)
    #: Posts. What is over waits for the next edition.
    maximum: int | None = Field(default=None, ge=1, le=MOST_POSTS)
    #: Days. A post waits no longer for company than this.
    wait: float | None = Field(default=None, gt=0)
    #: Days. What was published longer ago when it is cut is not mailed.
    oldest: float | None = Field(default=None, gt=0)
    #: Days. What no relay took so long after it was ordered is given up; left out: `[delivery]
    #: expiry`.
    expiry: float | None = Field(default=None, gt=0)
    #: What becomes of a message that a relay may have taken or not, for the connection broke at
    #: that moment: it is sent again (`retry`: each reader gets it, one may get it twice), or it
    #: isn't unless a person says so (`park`: nobody gets it twice, one may not get it).
    uncertain: Literal["retry", "park"] | None = None
    #: Whether a person has to say yes to each edition before it goes out.
    approval: bool | None = None
    #: The folder below the site's `templates/` in which its mail templates are looked for before
    #: those of `templates/email`; empty for none.
    template: str | None = Field(default=None, pattern=r"^([a-z0-9][a-z0-9-]*)?$")
    #: The subject of its mails: `{name|reader}` is a reader's name, or "reader" if it isn't known;
    #: any other name is one of his own fields, and `{subject}` what the edition would have as such.
    subject: str | None = Field(default=None, min_length=1)
    #: A line of the same kind before the posts; empty for none.
    greeting: str | None = None

    @field_validator("subject")
    @classmethod
    def _check_subject(cls, value: str | None) -> str | None:
        parse(one_line(value or ""), subject="")
        return value

    @field_validator("template")
    @classmethod
    def _check_template(cls, value: str | None) -> str | None:
        if value in _TAKEN:
            raise ValueError(f"can't be {value!r}: that is a folder of its own; name another")
        return value

    @field_validator("greeting")
    @classmethod
    def _check_greeting(cls, value: str | None) -> str | None:
        parse(one_line(value or ""))
        return value

    @model_validator(mode="after")
    def _minimum_fits(self) -> Self:
        if self.minimum and self.maximum and self.minimum > self.maximum:
            raise ValueError(f"minimum ({self.minimum}) is more than maximum ({self.maximum})")
        return self

    def over(self, other: Rules) -> Rules:
        """These, and where they are silent the other's."""
        rest = {name: getattr(other, name) for name in Rules.model_fields}
        said = self.model_dump(include=set(rest), exclude_none=True)
        # Each was checked by itself: a minimum from one may be over the other's maximum.
        return Rules.model_construct(**rest | said)


class DigestRules(Rules):
    """A `[[digests]]` section: rules for some digests."""

    #: Empty: of every category.
    category: str = ""
    #: Empty: of every cadence.
    cadence: str = ""

    def fits(self, cadence: str, category: str) -> bool:
        """Whether it speaks of that digest."""
        return self.cadence in ("", cadence) and self.category in ("", category)

    @property
    def rank(self) -> tuple[bool, bool]:
        """The higher, the more it is about: a category weighs more than a cadence."""
        return bool(self.category), bool(self.cadence)


#: What holds where nobody says anything.
USUAL = Rules(
    minimum=1,
    maximum=MOST_POSTS,
    uncertain="retry",
    approval=False,
    subject="{subject}",
    greeting="",
    template="",
)
