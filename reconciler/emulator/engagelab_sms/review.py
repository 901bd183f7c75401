"""The review that every signature and template passes, again after each change.

A row has the time and the result of its coming decision, so that nothing needs to run meanwhile:
`reviewed` returns the row as it is now.
"""

from typing import Any

from msgspec import Struct

from reconciler.emulator.engagelab_sms.accounts import Row
from reconciler.emulator.store import Store

PENDING, APPROVED, REJECTED = 1, 2, 3
_DEFAULT_SECONDS = 60.0
_DEFAULT_REMARK = "Does not meet the rules for content."


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How submissions are decided: see `readings`, "review"."""

    mode: str
    seconds: float = _DEFAULT_SECONDS
    """How long `timed` takes, on the emulator's clock."""
    remark: str = _DEFAULT_REMARK
    """The remark of `rejecting`."""

    def submitted(self, now: float, *, fault: str | None = None) -> Row:
        """The members of a row under review; with a `fault`, it will be rejected for that."""
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


def reviewed(row: Row, now: float) -> Row:
    """The row as it is at `now`, in seconds since the epoch."""
    if row["status"] == PENDING and row["due"] is not None and now >= row["due"]:
        return decided(row, row["verdict"], row["verdict_remark"])
    return row


def decided(row: Row, status: int, remark: str) -> Row:
    """The row after a decision."""
    return {**row, "status": status, "audit_remark": remark, "due": None}


def policy(store: Store, reading: str) -> Policy:
    """The policy set in the console, or else that of the reading."""
    chosen: dict[str, Any] = store.table("engagelab-sms-console").get("review", {})
    return Policy(**{"mode": reading, **chosen})


def set_policy(store: Store, chosen: Policy) -> None:
    """Use a policy instead of the reading's, until another one is set."""
    store.table("engagelab-sms-console")["review"] = {
        "mode": chosen.mode,
        "seconds": chosen.seconds,
        "remark": chosen.remark,
    }
