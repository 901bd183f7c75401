"""The rows of one account, and how a sender domain's API key leads back to its account.

Ids are counted over all accounts, as on a shared server: an account finds no id of another one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.emulator.store import Store, Table

Row = dict[str, Any]

APPROVAL_PENDING = "Approval Pending"
ENABLED = "Enabled"
DEFAULT_OPTIONS: Mapping[str, bool] = {
    "LinkTracking": True,
    "OpenTracking": True,
    "UnsubscribeLink": False,
}
"""The switches of a new domain, as the newer page's AddDomain example shows them."""


class Account:
    """Rows of `domains`, `keys`, `smtps`, `webhooks` and `messages`, each with an integer `id`."""

    def __init__(self, store: Store, name: str, *, hidden_seconds: float = 0.0) -> None:
        self._store = store
        self._hidden_seconds = hidden_seconds
        self.name = name

    def table(self, kind: str) -> Table:
        return self._store.table(f"octeth/{self.name}/{kind}")

    def rows(self, kind: str, domain_id: int | None = None) -> list[Row]:
        """Return rows oldest first, of one domain or of all."""
        return _of_domain(self.table(kind).values(), domain_id)

    def listed(self, kind: str, domain_id: int | None = None) -> list[Row]:
        """Return rows as a list shows them: without the newest, if a fault rule hides those."""
        return _of_domain(self.table(kind).visible(self._hidden_seconds), domain_id)

    def find(self, kind: str, identifier: object) -> Row | None:
        """Find a row by its id as a request spells it, number or string."""
        return self.table(kind).get(str(identifier).strip())

    def add(self, kind: str, **fields: Any) -> Row:
        row = {"id": self._store.table(f"octeth-ids-{kind}").next_id(), **fields}
        self.put(kind, row)
        return row

    def put(self, kind: str, row: Row) -> None:
        self.table(kind)[str(row["id"])] = row

    def remove(self, kind: str, row: Row) -> None:
        del self.table(kind)[str(row["id"])]
        if kind == "smtps":
            logins(self._store).pop(row["username"], None)
        if kind == "keys":
            self._bearers().pop(row["key"], None)

    def add_domain(self, name: str, signing_key: str, options: Row) -> Row:
        return self.add(
            "domains", name=name, status=APPROVAL_PENDING, options=options, signing_key=signing_key
        )

    def add_key(self, domain_id: int, *, key: str, **fields: str) -> Row:
        """Add an API key and make it known as a bearer."""
        row = self.add("keys", domain_id=domain_id, key=key, **fields)
        self._bearers()[key] = {"account": self.name, "domain_id": domain_id}
        return row

    def add_smtp(self, domain_id: int, *, username: str, password: str) -> Row:
        """Add an SMTP configuration and make its login known."""
        row = self.add("smtps", domain_id=domain_id, username=username, password=password)
        logins(self._store)[username] = {"account": self.name, "id": row["id"]}
        return row

    def key_used(self, key: str, at: str) -> None:
        """Remember when an API key was last used."""
        for row in self.rows("keys"):
            if row["key"] == key and row.get("used") != at:
                self.put("keys", {**row, "used": at})

    @property
    def sending_refusal(self) -> int | None:
        """The code with which every mail of this account is refused; `None` if mail is accepted."""
        code: int | None = self.table("settings").get("sending_refusal", {}).get("value")
        return code

    @property
    def max_domains(self) -> int | None:
        """How many sender domains the user's group allows; `None` is unlimited."""
        limit: int | None = self.table("settings").get("max_domains", {}).get("value")
        return limit

    def _bearers(self) -> Table:
        return bearers(self._store)


def _of_domain(rows: Iterable[Row], domain_id: int | None) -> list[Row]:
    return [row for row in rows if domain_id is None or row["domain_id"] == domain_id]


def logins(store: Store) -> Table:
    """Return the account and configuration of every SMTP username."""
    return store.table("octeth-logins")


def bearers(store: Store) -> Table:
    """Return the account and domain of every sender domain API key."""
    return store.table("octeth-bearers")
