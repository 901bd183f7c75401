"""Findings about what earlier runs left behind: duplicates, waiting secrets, exposed keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.engine.live.index import LiveIndex
from reconciler.engine.settling.watches import back_again, late_twins
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.finding import (
    POSSIBLE_DUPLICATE,
    STATE_KEY_IN_STORE,
    STATE_REKEY_DUE,
    Finding,
    Severity,
)
from reconciler.model.journal import Watch
from reconciler.model.owned import OwnedObject


def undelivered(workspace: Workspace) -> Iterator[Finding]:
    """Yield a finding for every intent whose secret waits in the journal to be delivered."""
    for entry in workspace.store.open_entries():
        if entry.response is not None and entry.response.secrets:
            yield Finding(
                severity=Severity.WARNING,
                rule="secret-not-delivered",
                address=entry.intent.address,
                message=(
                    "its secret is sealed in the journal and not delivered yet: the next "
                    "`reconciler apply` delivers it"
                ),
            )


def key_beside_secrets(workspace: Workspace) -> Iterator[Finding]:
    """Yield a finding if the state's key is in the store, beside the secrets that it seals."""
    if workspace.store.key_in_store:
        yield Finding(
            severity=Severity.WARNING,
            rule=STATE_KEY_IN_STORE,
            message=(
                "the state's key lies in the store itself, so that whoever can read the store can "
                "open the secrets that are sealed in it"
            ),
            fix="Name recipients in spec.stateEncryption, or set RECONCILER_STATE_KEY, the same on "
            "every machine, before the state is made.",
        )


def encrypted_otherwise(workspace: Workspace) -> Iterator[Finding]:
    """Yield a finding if the state is not encrypted to the recipients that the project names."""
    if why := workspace.store.rekey_due:
        yield Finding(
            severity=Severity.WARNING,
            rule=STATE_REKEY_DUE,
            message=why,
            fix="Run `reconciler state rekey`.",
        )


def returned(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex
) -> Iterator[Finding]:
    """Yield a finding for every address with an object that counted as gone and is listed again."""
    for watch in workspace.store.watches():
        back = back_again(rows, index, watch)
        if back:
            ids = ", ".join(back)
            way = (
                "delete it by hand"
                if watch.address in rows
                else f"take it back: reconciler state resolve {watch.address} --adopt {back[0]}"
            )
            yield _possible_duplicate(
                watch,
                f": id {ids} was missing from two listings and counted as gone, but is listed "
                f"again; {way}, or say that it does not matter",
            )


def duplicates(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex
) -> Iterator[Finding]:
    """Yield a finding for every address whose create in doubt may have made a second object."""
    for watch in workspace.store.watches():
        extra = late_twins(workspace, rows, index, watch)
        if extra:
            ids = ", ".join(live.id for live in extra)
            yield _possible_duplicate(
                watch,
                f" of operation {watch.op_id}: id {ids}; if it is one, delete it by hand, if not",
            )


def _possible_duplicate(watch: Watch, what: str) -> Finding:
    way = f"reconciler state resolve {watch.address} --forget"
    return Finding(
        severity=Severity.WARNING,
        rule=POSSIBLE_DUPLICATE,
        address=watch.address,
        message=f"possible duplicate{what}: {way}",
    )
