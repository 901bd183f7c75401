"""The data of one appKey, and what every account has from the start."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING
from zlib import crc32

from reconciler.emulator.nhncloud_sms.rows import (
    Row,
    now,
    stamp,
)
from reconciler.emulator.sent import Sent

if TYPE_CHECKING:
    from reconciler.emulator.store import NumberSet, Store

REGISTERED_SENDERS = (
    "15446859",
    "15771234",
    "0212345678",
    "01012345678",
    "01012341234",
)
REFUSED: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "": (-1000, "Invalid appkey"),
        "invalid": (-1000, "Invalid appkey"),
        "unavailable": (-1001, "Unavailable appkey"),
        "closed": (-1002, "Closed appkey"),
        "stranger": (-1003, "Member not included in the project"),
        "elsewhere": (-1004, "Not allowed IP"),
        "blocked": (-1008, "Blocked project"),
    }
)
"""appKeys that are refused, whatever is asked for."""

BLOCKED_SENDER = "0215880000"
UNUSED_SENDER = "15990000"
UNSUBSCRIBE_NUMBERS = ("0800000000", "0808888888", "0801234567", "08012345678")


_NO_SEPARATORS = str.maketrans("", "", "-: ")


class Account:
    """All objects of one appKey. Ids differ between accounts, so that mixing accounts up shows."""

    def __init__(self, store: Store, app_key: str) -> None:
        self._store = store
        self._prefix = f"nhncloud-sms/{app_key}"
        self.owner = "test@nhn.com"
        self.categories = store.table(f"{self._prefix}/categories")
        self.templates = store.table(f"{self._prefix}/templates")
        self.attachments = store.table(f"{self._prefix}/attachments")
        self.senders = store.table(f"{self._prefix}/senders")
        self.unsubscribe_numbers = store.table(f"{self._prefix}/unsubscribe-numbers")
        self.tags = store.table(f"{self._prefix}/tags")
        self.uids = store.table(f"{self._prefix}/uids")
        self.messages = store.table(f"{self._prefix}/messages")
        self.downloads = store.table(f"{self._prefix}/downloads")
        self.tag_sends = store.table(f"{self._prefix}/tag-sends")
        self.sent = Sent(store)
        digest = crc32(app_key.encode())
        self.service_id = 10_000 + digest % 90_000
        self._first_id = 100_000 + digest % 800_000
        if not self.categories:
            self._seed()

    @property
    def root_id(self) -> int:
        """The highest category, which every account has and nobody can delete."""
        return self._first_id + 1

    def next_category_id(self) -> int:
        """A categoryId, never used before."""
        return self._first_id + self.categories.next_id()

    def next_file_id(self) -> int:
        """A fileId, never used before."""
        return self._first_id + self.attachments.next_id()

    def next_tag_id(self) -> str:
        """A tagId like "ABCD1234", never used before."""
        number = self.tags.next_id() - 1
        letters = self._first_id + number // 10_000
        head = ""
        for _ in range(4):
            letters, letter = divmod(letters, 26)
            head = chr(ord("A") + letter) + head
        return f"{head}{number % 10_000:04d}"

    def next_request_id(self, at: float) -> str:
        """A requestId like "20180810100630ReZQ6KZzAH0", never used before."""
        digits = stamp(at).translate(_NO_SEPARATORS)
        return f"{digits}{self._first_id % 100_000:05d}{self.messages.next_id():05X}0"

    def blocked(self, unsubscribe_no: str) -> NumberSet:
        """The recipients who refuse messages of one 080 number."""
        return self._store.numbers(f"{self._prefix}/blocked/{unsubscribe_no}")

    def add_sender(
        self, number: str, *, use: str = "Y", block: str = "N", reason: str | None = None
    ) -> None:
        """Register a sender number, as the console does; replaces one of that number."""
        moment = now()
        self.senders[number] = {
            "sendNo": number,
            "useYn": use,
            "blockYn": block,
            "blockReason": reason,
            "createDate": moment,
            "createUser": self.owner,
            "updateDate": moment,
            "updateUser": self.owner,
        }

    def add_unsubscribe_number(self, number: str) -> None:
        """Join the 080 service with a number, as the console does."""
        self.unsubscribe_numbers[number] = {"unsubscribeNo": number}

    def _seed(self) -> None:
        with self._store.batch():
            if self.categories:
                return
            root = self.next_category_id()
            moment = f"{now()}.0"
            category: Row = {
                "categoryId": root,
                "categoryParentId": 0,
                "depth": 0,
                "sort": 0,
                "categoryName": "Category",
                "categoryDesc": "Highest category",
                "useYn": "Y",
                "createDate": moment,
                "createUser": self.owner,
                "updateDate": moment,
                "updateUser": self.owner,
            }
            self.categories[str(root)] = category
            for number in REGISTERED_SENDERS:
                self.add_sender(number)
            self.add_sender(BLOCKED_SENDER, block="Y", reason="number theft reported")
            self.add_sender(UNUSED_SENDER, use="N")
            for number in UNSUBSCRIBE_NUMBERS:
                self.add_unsubscribe_number(number)
