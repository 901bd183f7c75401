"""A request as provider code describes it, before any secret is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from msgspec import Struct, field

from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue


class NoBody:
    """The type of `NO_BODY`."""


NO_BODY = NoBody()
"""The request has no JSON body, which is not the same as the JSON value null."""


class Request(Struct, frozen=True, kw_only=True):
    """One request to a provider. Holds no secret text: secrets are put in when it is sent."""

    method: str
    path: str
    """Below the account's `baseUrl`, starting with `/`, percent-encoded by the caller. `{name}`
    stands for the value of that name in `secret_path` or `personal_path`."""
    json: JsonValue | NoBody = NO_BODY
    form: Mapping[str, str] | None = None
    query: Sequence[tuple[str, str]] = ()
    secret_json: Mapping[str, Secret] = field(default_factory=dict)
    """Merged into the JSON object or form when the request is sent."""
    secret_path: Mapping[str, Secret] = field(default_factory=dict)
    secret_headers: Mapping[str, Secret] = field(default_factory=dict)
    """Headers of this request alone, by lower-case name; they override the account's."""
    personal_path: Mapping[str, str] = field(default_factory=dict)
    """Phone numbers and the like, which must not appear in logs or messages either."""

    @property
    def label(self) -> str:
        """Return what messages call it: method and path, nothing secret or personal in it."""
        return f"{self.method} {self.path}"

    def target(self) -> str:
        """Return path and query, with secret and personal values put in and percent-encoded."""
        path = self.path
        secrets = {name: secret.reveal() for name, secret in self.secret_path.items()}
        for name, text in (secrets | dict(self.personal_path)).items():
            path = path.replace(f"{{{name}}}", quote(text, safe=""))
        return f"{path}?{urlencode(list(self.query))}" if self.query else path

    def content(self) -> tuple[bytes | None, str]:
        """Return the body with the secrets in place, and its content type.

        Raises:
            TypeError: There are secrets to merge, and the body is not a JSON object.
        """
        secrets = {name: secret.reveal() for name, secret in self.secret_json.items()}
        if self.form is not None:
            form = {**self.form, **secrets}
            return urlencode(form).encode(), "application/x-www-form-urlencoded"
        body = self.json
        if secrets:
            if isinstance(body, NoBody):
                body = {}
            if not isinstance(body, dict):
                raise TypeError("only a JSON object can take secret fields")
            body = {**body, **secrets}
        if isinstance(body, NoBody):
            return None, ""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode(), "application/json"
