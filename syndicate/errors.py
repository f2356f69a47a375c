"""The whole vocabulary of failure. Each error says whether trying again can help."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class SyndicateError(Exception):
    """Something that the caller can act on.

    The message is one line: what, where, and what would be right. It reaches users as it is.
    """

    retry: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1


class SettingsError(SyndicateError):
    """A setting is missing, wrong or at odds with another."""

    exit_code = 2


class PostError(SyndicateError):
    """A post's file can't be made into a post; `line` counts from 1, or is None."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class DraftError(SyndicateError):
    """What was handed in is no post.

    `faults` has for each the name of the field to blame, or nothing, and a line about it.
    """

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(line for _, line in faults))
        self.faults = tuple(faults)


class ConflictError(SyndicateError):
    """What it is to be called is the name of something else."""


class PullError(SyndicateError):
    """`git pull` failed in the site's folder."""

    retry = True


class PublishError(SyndicateError):
    """A feed's new documents break their standards; those on disk stay as they are."""


class TemplateError(SyndicateError):
    """A template can't be rendered."""


class MessageError(SyndicateError):
    """A message can't be built as the standards want it; nothing was sent."""


class AddressError(SyndicateError):
    """Not an address that mail can be sent to."""


class ImportFileError(SyndicateError):
    """A file of subscribers can't be read, or it isn't clear what it says."""


class TokenError(SyndicateError):
    """A link's token is forged, cut short or expired."""


class NotFoundError(SyndicateError):
    """No such category, edition, mailing or subscriber."""


class StateError(SyndicateError):
    """What is asked for doesn't go with what has become of it so far."""


class LockedError(StateError):
    """Nothing is sent by this state before an operator has said so."""


class BackupError(SyndicateError):
    """A backup can't be read, isn't whole, or isn't one."""


class StoreError(SyndicateError):
    """Redis can't be reached, or can't do what is asked."""

    retry = True


class BusyError(SyndicateError):
    """Somebody else is doing this very thing just now."""

    retry = True


class FetchError(SyndicateError):
    """What a URL names can't be had, may not be asked for, or isn't what it should be."""

    retry = True


class HubError(SyndicateError):
    """The WebSub hub didn't take a ping."""

    retry = True


class DeliveryError(SyndicateError):
    """The relay said no, or nothing. `reply` is what it said, as ``"code text"``."""

    def __init__(self, reason: str, reply: str = "") -> None:
        super().__init__(reason)
        self.reply = reply


class RelayError(DeliveryError):
    """The relay or the way to it failed: the recipient isn't to blame (STANDARDS 93)."""

    retry = True


class DeferredError(DeliveryError):
    """This recipient later: a 4xx answer."""

    retry = True


class RefusedError(DeliveryError):
    """This recipient never: a 5xx answer."""


class UncertainError(DeliveryError):
    """The connection broke after the final dot was begun: sent or not, nobody knows (RFC 1047)."""

    retry = True
