"""Tags: a server id and a name. The page does not say that names are unique."""

from __future__ import annotations

from typing import ClassVar

from reconciler.model.live import LiveObject
from reconciler.model.usage import Usage, Use
from reconciler.providers.nhncloud_sms.client import Api
from reconciler.providers.rest import Rest, RestHandler
from reconciler.providers.wire import TEXT, Wire


class Tags(RestHandler[Api]):
    """The account's tags. Two of the same name are both returned; the engine refuses to choose."""

    rest: ClassVar[Rest] = Rest(
        path="/tags", id="tagId", readable=False, fields={"displayName": Wire("tagName", TEXT)}
    )

    async def usage(self, live: LiveObject) -> Usage | None:
        """Count the contacts that have the tag, by the total of a page of one row."""
        count = await self.client.total("/uids", [("wheres", live.id), ("limit", "1")])
        return None if count is None else Usage(counts={Use.CONTACTS: count})
