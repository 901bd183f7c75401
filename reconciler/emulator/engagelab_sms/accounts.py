"""The data of one account, and what all accounts share: ids, owners, kinds of credentials."""

from typing import Any

from msgspec import Struct

from reconciler.emulator.store import Store, Table

Row = dict[str, Any]

_FIRST_ID = 10_000_000
"""Eight digits: nine would look like a telephone number, and be masked in logs."""
SIGNATURE, TEMPLATE = "signature", "template"


class Account(Struct, frozen=True):
    """All data of one business, which is identified by its dev key."""

    store: Store
    name: str

    def table(self, kind: str) -> Table:
        """Return its rows of a kind, by id; made when missing."""
        return self.store.table(f"engagelab-sms/{self.name}/{kind}")

    @property
    def signatures(self) -> Table:
        """Return its signatures."""
        return self.table(SIGNATURE)

    @property
    def templates(self) -> Table:
        """Return its templates."""
        return self.table(TEMPLATE)

    @property
    def plans(self) -> Table:
        """Return its message plans: for each request, what was sent or will be."""
        return self.table("plan")

    def add(self, kind: str, row: Row) -> str:
        """Store a row under a new id, which no other account has, and return the id."""
        number = next_id(self.store)
        self.table(kind)[number] = {"id": number, **row}
        owners(self.store)[number] = {"account": self.name, "kind": kind}
        return number

    def remove(self, kind: str, number: str) -> None:
        """Delete a row."""
        del self.table(kind)[number]
        owners(self.store).pop(number, None)

    def planned(self, field: str, number: str, now: float) -> bool:
        """Whether a plan that is pending or running uses it; `field` is template_id or sign_id."""
        return any(plan[field] == number and plan["until"] > now for plan in self.plans.values())


def next_id(store: Store) -> str:
    """A string of digits, never used before in any account."""
    return str(_FIRST_ID + store.table("engagelab-sms-ids").next_id())


def owners(store: Store) -> Table:
    """Return the account and kind of every signature and template."""
    return store.table("engagelab-sms-owners")


def owned(store: Store, number: str) -> tuple[Account, Row] | None:
    """Find a signature or template of any account by its id."""
    owner = owners(store).get(number)
    if owner is None:
        return None
    account = Account(store, owner["account"])
    return account, account.table(owner["kind"])[number]
