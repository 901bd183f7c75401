"""Block lists: for each 080 number of the account, the phone numbers that get no messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from reconciler.errors import ReadFailed, Rejected
from reconciler.http.request import Request
from reconciler.model.values import JsonValue
from reconciler.providers.listing import Fetch
from reconciler.providers.nhncloud_sms.client import Api, concerns_account
from reconciler.providers.nhncloud_sms.convert import phone_digits
from reconciler.providers.sets import Numbers, SetHandler
from reconciler.providers.wire import text

PATH = "/blockservice/recipients"


class BlockLists(SetHandler[Api]):
    """The block lists that manifests or state name; the console registers their 080 numbers."""

    named_by: ClassVar[str] = "unsubscribeNumber"
    batch: ClassVar[int] = 10
    taken_off: ClassVar[str] = (
        "numbers taken off a block list get messages again, "
        "and who called the 080 number must stay on it by law"
    )

    def called(self, name: str) -> str:
        """Return what messages call the list."""
        return f"block list of {name}"

    def pages(self, name: str) -> Fetch:
        """Return the reader of the list's pages."""
        return self.client.pages(PATH, [("unsubscribeNo", name)])

    def numbers(self) -> Numbers:
        """Return an empty collector for the list's rows."""
        return Numbers("recipientNo", phone_digits)

    def adding(self, name: str, numbers: Sequence[str]) -> Request:
        """Return the request that adds numbers."""
        body: dict[str, JsonValue] = {"unsubscribeNo": name, "recipientNoList": [*numbers]}
        return self.client.request("POST", PATH, json=body)

    def removing(self, name: str, numbers: Sequence[str]) -> Request:
        """Return the request that removes numbers."""
        query = [("unsubscribeNo", name), ("updateUser", self.client.update_user)]
        # The page has the first name in its URL and the second in its table: both are sent.
        query += [(each, ",".join(numbers)) for each in ("recipientNoList", "recipientNo")]
        return self.client.request("DELETE", f"{PATH}/removes", query=query)

    def concerns_all(self, refusal: Rejected) -> bool:
        """Tell by the result code."""
        return concerns_account(refusal)

    async def lists(self, name: str, number: str) -> bool | None:
        """Ask the server whether the list has one number."""
        query = [("unsubscribeNo", name), ("recipientNo", number)]
        try:
            page = await self.client.pages(PATH, query)(1, 0)
        except (ReadFailed, Rejected):
            return None
        there = {phone_digits(text(row.get("recipientNo"))) for row in page.rows}
        # With other numbers in the answer, the filter was ignored, so absence proves nothing.
        return True if number in there else None if there else False
