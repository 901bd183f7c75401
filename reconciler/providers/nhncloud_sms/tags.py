"""Tags: a server id and a name. The page does not say that names are unique."""

from __future__ import annotations

from typing import ClassVar

from reconciler.providers.nhncloud_sms.client import Api
from reconciler.providers.rest import Rest, RestHandler
from reconciler.providers.wire import TEXT, Wire


class Tags(RestHandler[Api]):
    """The account's tags. Of two with one name both are returned; the engine refuses to choose."""

    rest: ClassVar[Rest] = Rest(
        path="/tags", id="tagId", readable=False, fields={"displayName": Wire("tagName", TEXT)}
    )
