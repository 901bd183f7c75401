"""What a provider's reviewers say of an object: it is read and shown, but never compared."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from reconciler.model.values import JsonValue

REVIEW = "review"
"""The key, in the `extra` of a row, of the review as last read."""


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
        """Return the review in the `extra` of a row; `None` if there is none."""
        value = extra.get(REVIEW)
        if not isinstance(value, dict) or value.get("status") not in set(ReviewStatus):
            return None
        return cls(status=ReviewStatus(str(value["status"])), remark=str(value.get("remark") or ""))

    def on(self, extra: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return the `extra` of a row with this review in it."""
        value: dict[str, JsonValue] = {"status": self.status.value}
        if self.remark:
            value["remark"] = self.remark
        return {**extra, REVIEW: value}

    def __str__(self) -> str:
        """Return the review in words: `rejected: no brand named`."""
        return f"{self.status.value}: {self.remark}" if self.remark else self.status.value
