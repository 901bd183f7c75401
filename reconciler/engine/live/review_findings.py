"""Findings about live objects whose review is pending or has rejected them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.reviews import is_reviewed
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.finding import REVIEW_PENDING, REVIEW_REJECTED, Finding, Severity
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.review import Review, ReviewStatus


def review_findings(
    workspace: Workspace,
    rows: Mapping[Address, OwnedObject],
    index: LiveIndex,
    found: Iterable[tuple[Address, LiveObject]] = (),
) -> Iterator[Finding]:
    """Yield findings on owned objects, and on those just `found` that will be owned."""
    seen = dict(found)
    for address, row in rows.items():
        if is_reviewed(workspace, address) and (live := index.owned(address, row.remote_id)):
            seen[address] = live
    for address, live in sorted(seen.items()):
        if live.review is not None and live.review.status is not ReviewStatus.APPROVED:
            yield _finding(workspace, address, live.review, rows.get(address))


def _finding(
    workspace: Workspace, address: Address, review: Review, row: OwnedObject | None
) -> Finding:
    pending = review.status is ReviewStatus.PENDING
    said = "its review is pending" if pending else rejection(review)
    service = "it is out of service until then" if pending else "it is out of service"
    if row is not None and row.deposed:
        service = f"the one before it (id {', '.join(row.deposed)}) stays in service"
    way_out = "" if pending else "; change what its manifest says and apply"
    resource = workspace.configuration.resources.get(address)
    return Finding(
        severity=Severity.INFO if pending else Severity.WARNING,
        rule=REVIEW_PENDING if pending else REVIEW_REJECTED,
        message=f"{said}; {service}{way_out}",
        address=address,
        origin=None if resource is None else resource.origin,
    )


def rejected(live: LiveObject) -> str:
    """Say that and why a live object was rejected; empty if it was not."""
    bad = live.review is not None and live.review.status is ReviewStatus.REJECTED
    return rejection(live.review) if live.review is not None and bad else ""


def rejection(review: Review) -> str:
    """Say that and why a review rejected an object."""
    why = f": {review.remark.rstrip('.')}" if review.remark else ", without a remark"
    return f"its review rejected it{why}"
