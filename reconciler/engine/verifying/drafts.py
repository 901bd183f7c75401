"""Composes messages from canaries, manifests and state, and the record that is kept of each."""

from __future__ import annotations

import json
from collections.abc import Callable

from reconciler.engine.verifying.objects import secrets_of
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.canary import Canary
from reconciler.model.ids import new_op_id
from reconciler.model.secret import Secret
from reconciler.model.values import Fields
from reconciler.model.verification import CanarySend
from reconciler.providers.messenger import Message


class Drafts:
    """Composes the messages of one project."""

    def __init__(self, workspace: Workspace) -> None:
        """Compose messages about the resources of `workspace`."""
        self._workspace = workspace

    def message(self, canary: Canary, recipient: Secret) -> Message:
        """Return the message of a canary, with a new operation id."""
        if canary.of is None:
            return Message(op_id=new_op_id(), canary=canary, to=recipient)
        owned = self._workspace.store.objects().get(canary.of)
        resource = self._workspace.configuration.resources[canary.of]
        return Message(
            op_id=new_op_id(),
            canary=canary,
            to=recipient,
            fields=self._fields(canary.of),
            owned=owned,
            related={each.field: self._fields(each.target) for each in resource.references},
            delivered=secrets_of(self._workspace, owned) if owned else _nothing_delivered,
            referring=self._referring(canary.of),
        )

    def _referring(self, target: Address) -> dict[Address, Callable[[str], Secret | None]]:
        """Return, for each object that refers to `target`, a function that reads its secrets."""
        rows = self._workspace.store.objects()
        return {
            address: secrets_of(self._workspace, rows[address])
            for address, resource in self._workspace.configuration.resources.items()
            if address in rows and any(each.target == target for each in resource.references)
        }

    def _fields(self, address: Address) -> Fields:
        resource = self._workspace.configuration.resources.get(address)
        if resource is None:
            return {}
        return self._workspace.kind(address).canonical(resource.spec, address.name)

    def sending(self, message: Message, now: float) -> CanarySend:
        """Return the record of a message that leaves `now` (wall clock, seconds)."""
        digest = self._workspace.store.digest
        proved = [message.fields, message.owned.remote_id if message.owned else None]
        proved += [message.canary.content, dict(message.canary.parameters)]
        return CanarySend(
            op_id=message.op_id,
            canary=message.canary.address,
            object_digest=digest(json.dumps(proved, sort_keys=True, default=str)),
            recipient_digest=digest(f"recipient {message.to.reveal()}"),
            sent_at=now,
        )


def _nothing_delivered(_name: str) -> Secret | None:
    return None
