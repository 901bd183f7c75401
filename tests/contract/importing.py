"""What the manifests of a case made, taken up by a project that has neither manifests nor state."""

from __future__ import annotations

from typing import Any

import yaml

from reconciler.engine.importing.options import Delivery
from reconciler.model.result import DriftStatus
from reconciler.providers.kind import Capability
from reconciler.providers.registry import provider_class
from tests.contract.reviewers import Reviewed
from tests.contract.story import Story

EVERYTHING: dict[str, Any] = {
    "recipients": True,
    "people": True,
    "probe": True,
    "delivery": Delivery(file="imported/{name}"),
}


class Importing(Story):
    """Imports all that there is, and what nothing lists one by one."""

    def import_all(self) -> None:
        heir = self._heir()
        reports = [heir.import_(**EVERYTHING)]
        kinds = provider_class(self.case.type).kinds
        for document in self.documents:
            row = self.project.state[self._address_of(document)]
            if Capability.LIST not in kinds[document["kind"]].capabilities:
                one = {"kinds": frozenset({document["kind"]}), "object": row.key}
                reports.append(heir.import_(**EVERYTHING, **one))
        imported = {(str(each.address), each.id) for report in reports for each in report.imported}
        self._all_there(imported, [each for report in reports for each in report.skipped])
        self._quiet_now(heir)
        self._nothing_secret(heir)
        again = heir.import_(**EVERYTHING)
        self._same("what a second import finds", (again.imported, again.files), ((), ()))

    def _heir(self) -> Reviewed:
        root = self.root / "heir"
        root.mkdir()
        heir = Reviewed(root, readings=self.project.readings, emulator=self.project.app)
        heir.write(self.provider)
        return heir

    def _all_there(self, imported: set[tuple[str, str]], skipped: list[Any]) -> None:
        """Each object of the case is among what was imported, whatever it is called now."""
        kinds = {address.split("/")[1] for address, _ in imported}
        missing = {document["kind"] for document in self.documents} - kinds
        expected = self.pick(self.case.data.get("import leaves", []))
        self._same(f"kinds that were not imported ({skipped})", sorted(missing), sorted(expected))

    def _quiet_now(self, heir: Reviewed) -> None:
        plan = heir.plan()
        rest = [(str(c.address), c.action.value, [f.path for f in c.fields]) for c in plan.changes]
        self._same("what a plan does after the import", rest, [])
        self._same("what a plan cannot do", dict(plan.blocked), {})
        self._same("rows that a plan writes again", plan.refresh, ())
        drift = [d for d in heir.drift().drift if d.status is DriftStatus.CHANGED]
        self._same("drift", drift, [])

    def _nothing_secret(self, heir: Reviewed) -> None:
        texts = [path.read_text(encoding="utf-8") for path in heir.root.rglob("*.yaml")]
        for text in texts:
            list(yaml.safe_load_all(text))
        if "secret" not in self.case.data or not self.applies(self.case.data["secret"]):
            return
        wanted = self.case.data["secret"]
        rows = self.project.stored(self.case.type)[wanted["table"]].values()
        secrets = [str(row[wanted["column"]]) for row in rows]
        if self.case.data["secret"].get("id"):
            return
        assert not [s for s in secrets for text in texts if s in text]
