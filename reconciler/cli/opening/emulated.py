"""Providers on the built-in emulator, for `--emulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from reconciler.emulator.app import build_app
from reconciler.emulator.store import UnusableDataError
from reconciler.errors import StateError
from reconciler.model.resource import Account
from reconciler.providers.registry import in_process, provider_class, provider_types

if TYPE_CHECKING:
    from starlette.applications import Starlette


SETTLE_SECONDS = 0.0
"""Seconds until a change shows: an emulator in the same process shows it at once."""

_BASE_URL = "http://127.0.0.1/{type}"


class Emulated:
    """The emulator of one run, and how the providers reach it."""

    def __init__(self, data: Path | None) -> None:
        """Keep the emulator's objects in the file `data`, or without one until the process ends.

        Raises `StateError` where that file cannot be used.
        """
        readings = {each: provider_class(each).rehearsal.readings for each in provider_types()}
        try:
            if data is not None:
                data.touch(mode=0o600)
            self._app: Starlette = build_app(data=data, readings=readings, record=False)
        except (UnusableDataError, OSError) as error:
            raise StateError(
                f"this cannot be rehearsed: {error}",
                hint="To begin rehearsals anew, remove the folder that it is in.",
            ) from None

    def account(self, account: Account) -> Account:
        """Return the account with the emulator's URLs, and with limits and options fit for it."""
        limits = replace(account.limits, settle_seconds=SETTLE_SECONDS)
        rehearsal = provider_class(account.type).rehearsal
        hosts = dict.fromkeys(rehearsal.url_options, _BASE_URL.format(type=account.type))
        options = {**account.options, **rehearsal.options, **hosts}
        return replace(account, limits=limits, options=options)

    def connection(self, account: Account) -> dict[str, Any]:
        """Return the arguments of `registry.build` with which a provider reaches the emulator."""
        return {
            "transport": in_process(self._app),
            "base_url": _BASE_URL.format(type=account.type),
            "emulate": True,
        }

    def close(self) -> None:
        """Close the data file."""
        self._app.state.close()
