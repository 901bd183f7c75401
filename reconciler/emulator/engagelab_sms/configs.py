"""What signatures and templates share: create, list, get, update and delete, and their review."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from reconciler.emulator.engagelab_sms.accounts import Row
from reconciler.emulator.engagelab_sms.calls import DONE, Call, Endpoint, RefusedError
from reconciler.emulator.engagelab_sms.review import PENDING, reviewed
from reconciler.emulator.store import Table

Check = Callable[[Call, str], None]
"""Raises `RefusedError` if the object with this id may not be changed or deleted."""


def _nothing(_call: Call, _number: str) -> None:
    """Refuse nothing."""


class Configs(Struct, frozen=True, kw_only=True):
    """One kind, signatures or templates, in the words of the API."""

    kind: str
    word: str
    """In messages and field names: `sign`, `template`."""
    asked: Callable[[Call, str | None], Row]
    """The row that POST or PUT asks for, sent to review; given the id of what PUT changes."""
    shown: Callable[[Call, Row], Row]
    """What a read shows besides the members that both kinds have."""
    changeable: Check = _nothing
    deletable: Check = _nothing

    def endpoints(self) -> Mapping[tuple[str, str], Endpoint]:
        """Return the endpoints, by verb and path."""
        path = f"/v1/{self.word}-configs"
        one = f"{path}/{{id}}"
        return {
            ("GET", path): self._list,
            ("POST", path): self._create,
            ("GET", one): self._get,
            ("PUT", one): self._update,
            ("DELETE", one): self._delete,
        }

    @property
    def in_use(self) -> str:
        """The refusal to change one that messages still need."""
        return f"there are pending or running plans using current {self.word}, can not update"

    def _rows(self, call: Call) -> Table:
        return call.account.table(self.kind)

    def _create(self, call: Call) -> Row:
        row = {"created": call.now, **self.asked(call, None)}
        return {f"{self.word}_id": call.account.add(self.kind, row)}

    def _list(self, call: Call) -> list[Row]:
        rows = self._rows(call).visible(call.hidden_seconds)
        return call.listed([self._shown(call, row) for row in rows])

    def _get(self, call: Call) -> Row:
        return self._shown(call, self._find(call))

    def _update(self, call: Call) -> Row:
        row = self._find(call)
        if row["status"] == PENDING:
            raise RefusedError(f"can not update pending status {self.word}")
        self._check_unused(call, row["id"])
        self.changeable(call, row["id"])
        self._rows(call)[row["id"]] = {**row, **self.asked(call, row["id"])}
        return DONE

    def _delete(self, call: Call) -> Row:
        row = self._find(call)
        if row["status"] == PENDING and call.readings.has("pending-delete", "refused"):
            raise RefusedError(f"can not delete pending status {self.word}")
        self._check_unused(call, row["id"])
        self.deletable(call, row["id"])
        call.account.remove(self.kind, row["id"])
        return DONE

    def _find(self, call: Call) -> Row:
        number = call.arguments["id"]
        if not number.isdecimal():
            raise RefusedError(f"invalid {self.word}Id")
        row = self._rows(call).get(number)
        if row is None:
            named = call.readings.has("missing", "config")
            raise RefusedError(f"{self.word} " + ("config not exist" if named else "not found"))
        return reviewed(row, call.now)

    def _check_unused(self, call: Call, number: str) -> None:
        if call.account.planned(f"{self.word}_id", number, call.now):
            raise RefusedError(self.in_use)

    def _shown(self, call: Call, row: Row) -> Row:
        row = reviewed(row, call.now)
        return {
            f"{self.word}_id": row["id"],
            f"{self.word}_name": row["name"],
            "status": row["status"],
            **self.shown(call, row),
            "audit_remark": row["audit_remark"],
            "created_time": int(row["created"]),
            "updated_time": int(row["updated"]),
        }
