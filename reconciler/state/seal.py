"""Encrypts (seals) secrets until they are delivered, and digests values that are only compared."""

from __future__ import annotations

import base64
import hmac
import os

from reconciler.errors import StateError
from reconciler.model.secret import Secret

_HEADER = "reconciler-key-1 "
_NONCE = 12


class Keyring:
    """A state's key (32 bytes), and the keys derived from it."""

    __slots__ = ("_digests", "_master", "_seals", "id")

    def __init__(self, master: bytes) -> None:
        """Take the 32 bytes of the key."""
        self._master = master
        self._digests = self._derive("digest")
        self._seals = self._derive("seal")
        self.id = self._derive("id").hex()[:16]
        """Identifies the key without revealing anything about it."""

    @classmethod
    def generate(cls) -> Keyring:
        """Make a new key."""
        return cls(os.urandom(32))

    @classmethod
    def from_text(cls, text: str) -> Keyring:
        """Read the key file's text; raises `ValueError`."""
        header, _, digits = text.strip().partition(" ")
        master = bytes.fromhex(digits)
        if header + " " != _HEADER or len(master) != 32:
            raise ValueError("not a key file")
        return cls(master)

    def to_text(self) -> str:
        """Return the key file's text."""
        return f"{_HEADER}{self._master.hex()}\n"

    def _derive(self, use: str) -> bytes:
        return hmac.digest(self._master, f"reconciler/{use}".encode(), "sha256")

    def digest(self, text: str) -> str:
        """Return the HMAC-SHA-256 of a text, hex."""
        return hmac.digest(self._digests, text.encode("utf-8", "surrogatepass"), "sha256").hex()

    def seal(self, secret: Secret, context: str) -> str:
        """Encrypt (AES-256-GCM), bound to `context`."""
        text = secret.reveal().encode("utf-8", "surrogatepass")
        return base64.b64encode(self.seal_bytes(text, context)).decode()

    def unseal(self, sealed: str, context: str) -> Secret:
        """Decrypt; raises `StateError` for another key, another context or a changed text."""
        text = self.unseal_bytes(base64.b64decode(sealed), context)
        return Secret(text.decode("utf-8", "surrogatepass"))

    def seal_bytes(self, data: bytes, context: str) -> bytes:
        """Encrypt (AES-256-GCM), bound to `context`; the result is 28 bytes longer than `data`."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._seals).encrypt(nonce, data, context.encode())

    def unseal_bytes(self, sealed: bytes, context: str) -> bytes:
        """Decrypt; raises `StateError` for another key, another context or changed bytes."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._seals).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        except InvalidTag:
            raise StateError(
                "something sealed cannot be opened: it was sealed with another key file",
                hint="Put back the `key` file that was beside the state when it was written.",
            ) from None
