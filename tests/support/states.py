"""Small values to fill a state with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.address import Address
from reconciler.model.journal import CreationClass, Intent, Response, Verb
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.secret import Secret
from reconciler.state.base import Put, StateStore
from reconciler.state.open import open_store
from tests.support import intents

IN_FILE = pytest.mark.parametrize("new_state", ["file"], indirect=True)
"""For tests that look at what lies on the disk."""
IN_FILE_OR_POSTGRES = pytest.mark.parametrize(
    "new_state", ["file", "postgres16", "postgres18"], indirect=True
)
"""For tests that open one state twice, or want works of the same moment in one commit."""

CANARY = "canary-4f1d9c0b7a"


def address(name: str = "welcome", kind: str = "Template") -> Address:
    return Address("nhn", kind, name)


def intent(op_id: str, name: str = "welcome", **others: Any) -> Intent:
    given: dict[str, Any] = {
        "address": address(name),
        "verb": Verb.CREATE,
        "step": "create",
        "creation": CreationClass.NATURAL_KEY,
        "account": "fingerprint",
    }
    return intents.intent(op_id=op_id, **(given | others))


def owned(name: str = "welcome", remote_id: str = "1", **others: Any) -> OwnedObject:
    given: dict[str, Any] = {"applied": {"body": "Hello"}}
    return OwnedObject(address=address(name), remote_id=remote_id, **(given | others))


def secret_response(server_id: str = "7") -> Response:
    return Response(server_id=server_id, secrets={"key": Secret(CANARY)})


def do(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def fill(root: Path, count: int = 3) -> None:
    """Make a state with some of everything, closed in good order."""
    store = open_store(None, root=root)
    fill_store(store, count)
    store.close()


def fill_store(store: StateStore, count: int = 3) -> None:
    """Let a run put some of everything into a state."""
    with store.begin("apply") as run:
        run.set_account("nhn", "fingerprint")
        for number in range(count):
            op_id, name = f"op-{number}", f"t{number}"
            do(run.intend(intent(op_id, name)))
            do(run.respond(op_id, Response(server_id=str(number))))
            put = owned(name, str(number), applied={"body": f"Hello {name} " * 20})
            do(run.settle(Put(row=put), closes={op_id: "done"}))
        run.finish("done", {"create done": count})


def scenario(root: Path, failpoints: Callable[[str], None], promised: list[str]) -> None:
    """A whole run on a state in a file; see `whole_run`."""
    whole_run(partial(open_store, None, root=root), failpoints, promised)


def whole_run(
    open_it: Callable[..., StateStore], failpoints: Callable[[str], None], promised: list[str]
) -> None:
    """A whole run with every effect; notes in `promised` what the store said is durable."""
    store = open_it(failpoints=failpoints)
    try:
        with store.begin("apply") as run:
            run.set_account("nhn", "fingerprint")
            promised.append("account")
            do(run.intend(intent("op")))
            promised.append("intent")
            do(run.respond("op", secret_response()))
            promised.append("response")
            do(run.acknowledge("op", address("list"), ["0101"]))
            promised.append("acknowledged")
            put = Put(row=owned(), members=NumberSet(["0102"]))
            do(run.settle(put, closes={"op": "done"}))
            promised.append("settled")
            run.finish("done", {})
            promised.append("finished")
    finally:
        store.close()


def check_promises(store: StateStore, promised: list[str]) -> None:
    """Find in a store, opened after a crash of `whole_run`, all that was promised; and go on."""
    store.verify()
    entries = store.open_entries()
    if "account" in promised:
        assert store.accounts() == {"nhn": "fingerprint"}
    if "settled" in promised:
        assert entries == []
        assert store.objects() == {address(): owned()}
        assert set(store.members(address())) == {"0102"}
    elif not entries and "response" in promised:  # settled, and died before it could say so
        assert store.objects() == {address(): owned()}
    elif "response" in promised:
        [entry] = entries
        assert entry.response == secret_response()
    elif "intent" in promised:
        assert [entry.intent.op_id for entry in entries] == ["op"]
    if "acknowledged" in promised:
        assert set(store.members(address("list"))) == {"0101"}
    with store.begin("apply") as run:
        do(run.intend(intent("later")))


def everything(store: StateStore) -> dict[str, Any]:
    """Read all that a store can tell."""
    objects = store.objects()
    return {
        "lineage": store.lineage,
        "serial": store.serial,
        "objects": objects,
        "members": {each: list(store.members(each)) for each in objects},
        "accounts": store.accounts(),
        "open": store.open_entries(),
        "watches": store.watches(),
        "history": store.history(1000),
        "journal": store.journal(1000),
    }
