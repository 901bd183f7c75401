"""Providers on the built-in emulator, for `--emulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from reconciler.emulator.app import build_app
from reconciler.model.resource import Account
from reconciler.model.values import JsonValue
from reconciler.providers.registry import in_process

if TYPE_CHECKING:
    from starlette.applications import Starlette


SETTLE_SECONDS = 0.0
"""Nothing of an emulator in the same process becomes visible late."""

_READINGS = {"nhncloud-sms": {"senders": "any"}}
_BASE_URL = "http://127.0.0.1/{type}"
_OPTIONS: dict[str, dict[str, JsonValue]] = {
    "nhncloud-sms": {"checkSenders": False},
    "engagelab-sms": {"sendBaseUrl": _BASE_URL.format(type="engagelab-sms")},
}
"""Rehearsals do not wait for a sender number to be registered, and reach no second host."""


class Emulated:
    """The emulator of one run, and how to reach it."""

    def __init__(self, data: Path | None) -> None:
        """Keep what is made in the file `data`, or until the end of the process."""
        if data is not None:
            data.touch(mode=0o600)
        self._app: Starlette = build_app(data=data, readings=_READINGS, record=False)

    def account(self, account: Account) -> Account:
        """Return the account with limits fit for an emulator."""
        limits = replace(account.limits, settle_seconds=SETTLE_SECONDS)
        options = {**account.options, **_OPTIONS.get(account.type, {})}
        return replace(account, limits=limits, options=options)

    def connection(self, account: Account) -> dict[str, Any]:
        """Return what `registry.build` needs to reach it."""
        return {
            "transport": in_process(self._app),
            "base_url": _BASE_URL.format(type=account.type),
            "emulate": True,
        }

    def close(self) -> None:
        """Close the data file."""
        self._app.state.close()
