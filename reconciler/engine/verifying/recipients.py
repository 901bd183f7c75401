"""Reads where canaries go, as credentials are read, from a file that Git does not track."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.model.on_disk import followed, on_disk
from reconciler.model.secret import Secret
from reconciler.model.secret_source import SecretSource
from reconciler.providers.credentials import CredentialFault, read_credential
from reconciler.sinks.tracked import Unanswered, is_tracked


def read_recipient(source: SecretSource, *, environ: Mapping[str, str], root: Path) -> Secret:
    """Return a recipient's number or address.

    Raises:
        CredentialFault: The recipient is missing, empty or unusable, or Git tracks its file.
    """
    if source.from_file is not None:
        where = f"file {source.from_file}"
        try:
            tracked = is_tracked(followed(root / on_disk(source.from_file)))
        except Unanswered as error:
            raise CredentialFault(f"{where}: whether Git tracks it is not known: {error}") from None
        if tracked:
            raise CredentialFault(
                f"{where} is tracked by Git, where everybody would read the recipient: "
                f"`git rm --cached {source.from_file}`, and add it to .gitignore"
            )
    return read_credential(source, environ=environ, root=root)
