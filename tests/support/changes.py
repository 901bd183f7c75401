"""Changes for tests, by the word of their action; what a case is silent about is filled in."""

from __future__ import annotations

from typing import Any, get_args

from msgspec.structs import fields

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Desired, Making
from reconciler.model.live import LiveObject
from reconciler.model.origin import Origin
from reconciler.model.owned import OwnedObject

OF_ACTION = {each.action: each for each in (*get_args(Making), *get_args(Change))}


def change(
    address: Address, action: Action, *, origin: Origin | None = None, **more: Any
) -> Change:
    """Return a change of an object without an id, unless `live` says otherwise."""
    made = OF_ACTION[action]
    known = {each.name for each in fields(made)}
    needed = {each.name for each in fields(made) if each.required}
    filled = {
        "live": LiveObject(kind=address.kind, id="", key=None, fields={}),
        "owned": OwnedObject(address=address, remote_id=""),
    }
    values = {name: value for name, value in filled.items() if name in needed}
    if "desired" in known:
        values["desired"] = Desired(origin=origin)
    return made(address=address, **values | more)
