"""Errors of requests to providers."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors.tree import ReconcilerError
from reconciler.exit_codes import ExitCode


class ProviderError(ReconcilerError):
    """What a provider answered, or that it did not."""

    code = "provider"


class ReadFailed(ProviderError):
    """A read failed or was incomplete; absence may not be concluded from it."""

    code = "read-failed"


class SecretUntold(ProviderError):
    """An object was made whose secret the server tells nobody, so another would be no better."""

    code = "secret-untold"


class NotSent(ProviderError):
    """The request never left this machine; nothing was changed."""

    code = "not-sent"


class Reappeared(ProviderError):
    """Something that was called gone is listed again, right before it would be made again."""

    code = "reappeared"


class Rejected(ProviderError):
    """The provider refused the request with an answer known to mean that nothing was changed."""

    code = "rejected"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        details: Sequence[str] = (),
        provider_code: str = "",
        status: int = 0,
    ) -> None:
        """Take the provider's own error code and the HTTP status in addition to the message."""
        super().__init__(message, hint=hint, details=details)
        self.provider_code = provider_code
        self.status = status


class InReview(Rejected):
    """The provider refused it because a review is pending; it will take it once that is over."""

    code = "in-review"


class OutcomeUnknown(ProviderError):
    """The request left; whether it took effect is not known."""

    exit_code = ExitCode.UNDECIDED
    code = "outcome-unknown"
    repeatable = True
    """Whether sending the request again at once may help."""
