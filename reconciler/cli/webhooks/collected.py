"""Reads delivery receipts from files of collected webhook calls, one call a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.engine.verifying.canaries import Receipts
from reconciler.errors import UsageError
from reconciler.model.resource import Configuration
from reconciler.model.verification import Receipt
from reconciler.providers.callbacks import Call, Callbacks, CallFault
from reconciler.providers.registry import provider_class


def collected_receipts(
    files: Sequence[str], configuration: Configuration
) -> Mapping[str, Receipts]:
    """Return for each provider a function that looks up the receipt of a message.

    It reads the files at each look, so that another process may still write them. Raises
    `UsageError` for one that cannot be read now.
    """
    for file in files:
        _read(file)
    if not files:
        return {}
    types = {name: provider_class(account.type) for name, account in configuration.accounts.items()}
    return {
        name: _Collected(files, provider.callbacks).receipt
        for name, provider in types.items()
        if provider.callbacks is not None
    }


class _Collected:
    def __init__(self, files: Sequence[str], callbacks: Callbacks) -> None:
        self._files = files
        self._callbacks = callbacks

    def receipt(self, message: str) -> Receipt | None:
        """Return the last receipt of a message; `None` if there is none yet."""
        latest = None
        for line in (line for file in self._files for line in _read(file).splitlines()):
            try:
                events = self._callbacks.events(Call(headers={}, body=line))
            except CallFault:
                continue
            for event in events:
                if event.arrival is not None and _is_about(event.message, message):
                    latest = Receipt(status=event.arrival, code=event.code or event.word)
        return latest


def _is_about(known: str, message: str) -> bool:
    """Tell whether a call is about a message; our id may end in `/` and the recipient's number."""
    return bool(known) and message.partition("/")[0] == known


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
