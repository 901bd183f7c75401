"""What a provider's reviewers say of an object: read, shown and waited for, never compared."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from reconciler.model.values import JsonValue

REVIEW = "review"
"""In a row's `extra`: what was last read of the review."""


class ReviewStatus(StrEnum):
    """How far a review has come."""

    PENDING = "pending"
    """Out of service, and the provider refuses to change it."""
    APPROVED = "approved"
    REJECTED = "rejected"
    """Out of service until somebody changes it."""


class Review(Struct, frozen=True, kw_only=True):
    """One review, as last read."""

    status: ReviewStatus
    remark: str = ""
    """The reviewer's own words."""

    @classmethod
    def remembered(cls, extra: Mapping[str, JsonValue]) -> Review | None:
        """Return what a row's `extra` tells, `None` where no review is known."""
        value = extra.get(REVIEW)
        if not isinstance(value, dict) or value.get("status") not in set(ReviewStatus):
            return None
        return cls(status=ReviewStatus(str(value["status"])), remark=str(value.get("remark") or ""))

    def on(self, extra: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return a row's `extra` that tells of this review."""
        told: dict[str, JsonValue] = {"status": self.status.value}
        if self.remark:
            told["remark"] = self.remark
        return {**extra, REVIEW: told}

    def __str__(self) -> str:
        """Say it in words: `rejected: no brand named`."""
        return f"{self.status.value}: {self.remark}" if self.remark else self.status.value
