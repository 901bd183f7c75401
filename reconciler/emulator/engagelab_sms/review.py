"""The review that every signature and template passes, after each change anew.

A row keeps when it will be decided and how, so that time alone moves it on: `settled` is the row as
it is now.
"""

from typing import Any

from msgspec import Struct

from reconciler.emulator.engagelab_sms.accounts import Row
from reconciler.emulator.store import Store

PENDING, APPROVED, REJECTED = 1, 2, 3
_DEFAULT_SECONDS = 60.0
_DEFAULT_REMARK = "Does not meet the rules for content."


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who decides, and what: see `readings`, "review"."""

    mode: str
    seconds: float = _DEFAULT_SECONDS
    """How long `timed` takes, on the emulator's clock."""
    remark: str = _DEFAULT_REMARK
    """What `rejecting` says."""

    def submitted(self, now: float, *, fault: str | None = None) -> Row:
        """The part of a row that waits for its review; with a `fault` it is rejected for that."""
        due = None if self.mode == "manual" else now
        if self.mode == "timed":
            due = now + self.seconds
        rejected = fault or (self.remark if self.mode == "rejecting" else None)
        return {
            "status": PENDING,
            "audit_remark": "",
            "due": due,
            "verdict": APPROVED if rejected is None else REJECTED,
            "verdict_remark": rejected or "",
        }


def settled(row: Row, now: float) -> Row:
    """The row as it is at that second."""
    if row["status"] == PENDING and row["due"] is not None and now >= row["due"]:
        return decided(row, row["verdict"], row["verdict_remark"])
    return row


def decided(row: Row, status: int, remark: str) -> Row:
    """The row after a decision."""
    return {**row, "status": status, "audit_remark": remark, "due": None}


def policy(store: Store, reading: str) -> Policy:
    """The policy that the console has set, else that of the reading."""
    chosen: dict[str, Any] = store.table("engagelab-sms-console").get("review", {})
    return Policy(**{"mode": reading, **chosen})


def set_policy(store: Store, chosen: Policy) -> None:
    """Put a policy in place of the reading's, until another one is put."""
    store.table("engagelab-sms-console")["review"] = {
        "mode": chosen.mode,
        "seconds": chosen.seconds,
        "remark": chosen.remark,
    }
