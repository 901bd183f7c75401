"""Signatures: a server id, and a name that is theirs alone."""

from __future__ import annotations

from typing import ClassVar

from reconciler.providers.engagelab_sms.reviewed import Reviewed
from reconciler.providers.rest import Rest
from reconciler.providers.wire import TEXT, Wire


class Signatures(Reviewed):
    """The account's signatures."""

    rest: ClassVar[Rest] = Rest(
        path="/v1/sign-configs", id="sign_id", fields={"displayName": Wire("sign_name", TEXT)}
    )
