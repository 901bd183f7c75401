"""The life of one object, told by a case file and checked at every turn."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

from reconciler.model.change import Cause, Change
from reconciler.model.plan import Plan
from reconciler.model.result import Drift, DriftStatus
from tests.contract.reviewers import Reviewed
from tests.support.folders import case_of
from tests.support.project import Project, actions, change_of, fields, holds, provider

CASES = Path(__file__).parent / "cases"
CONDITIONS = frozenset({"when", "unless"})
SINKS = frozenset({"deliverTo", "idTo", "signingKeyTo"})

Json = Any

ANONYMOUS = {"ApiKey", "SmtpConfig", "Webhook"}
"""Kinds that only ids tell apart: an empty list is believed on demand alone."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case file; README.md beside the suite explains its format."""

    type: str
    kind: str
    data: Json

    @classmethod
    def load(cls, provider_type: str, kind: str) -> Case:
        text = case_of(provider_type, kind).read_text(encoding="utf-8")
        return cls(type=provider_type, kind=kind, data=yaml.safe_load(text))

    @property
    def tried(self) -> set[str]:
        """The fields that updates and replacements of the subject change."""
        steps = [*self.data.get("updates", []), *self.data.get("replaces", [])]
        return {
            name
            for step in steps
            if "of" not in step
            for name in (*step.get("set", {}), *step.get("unset", []), *step.get("fields", []))
        }


class Story:
    """Drives a project through a case under one set of readings."""

    def __init__(self, case: Case, readings: Mapping[str, str], root: Path) -> None:
        self.case = case
        self.readings = readings
        self.root = root
        self.project = Reviewed(root, readings={case.type: readings})
        self.provider = provider(case.type, readings=self.project.readings)
        self.name = self.provider["metadata"]["name"]
        options = case.data.get("options")
        if options:
            self.provider["spec"].setdefault("options", {}).update(options)
        self.documents: list[Json] = [
            {"apiVersion": "reconciler/v1"}
            | {name: part for name, part in deepcopy(each).items() if name not in CONDITIONS}
            for each in case.data["manifests"]
            if self.applies(each)
        ]
        self.subject = case.data["subject"]
        self.address = f"{self.name}/{case.kind}/{self.subject}"
        self.before: Json = None

    # the chapters

    def begin(self) -> None:
        """What was there before us."""
        self._write_files(self.case.data.get("files", {}))
        self._write()
        self._by_hand(self.case.data.get("bystanders", []))
        self.project.approve()
        self.before = self._stored()

    def create(self) -> None:
        plan = self.project.plan()
        wanted = {self._address_of(document): "create" for document in self.documents}
        self._same("actions", actions(plan), wanted)
        self._settle()
        self._check_stored(self.case.data.get("stored", []))

    def forget(self) -> None:
        """What a project makes of it that has the manifests and no state."""
        wanted = self.pick(self.case.data["without state"])
        if wanted is None:
            return
        newcomer = self.newcomer()
        self._same("without state", adoptable(newcomer.plan(), self.address), wanted)
        if wanted == "adopt":
            newcomer.apply()
            self._same("changes after adoption", newcomer.plan().changes, ())
            ours, theirs = (each.state[self.address] for each in (self.project, newcomer))
            self._same("remote id", theirs.remote_id, ours.remote_id)

    def tell(self) -> None:
        """Updates, drift, replacements, each as the case has it."""
        for chapter in ("updates", "drift", "replaces"):
            tell = self._drift if chapter == "drift" else self._change
            for number, step in enumerate(self.case.data.get(chapter, []), 1):
                if not self.applies(step):
                    continue
                try:
                    tell(step, chapter)
                except Exception as error:
                    error.add_note(f"in {chapter}, step {number}: {step}")
                    raise

    def destroy(self) -> None:
        self.project.destroy()
        self._same("rows of state", self.project.state, {})
        left = {each["table"] for each in self.case.data.get("leaves", []) if self.applies(each)}
        after = self._stored()
        for table in sorted(self.before.keys() | after.keys()):
            if table not in left:
                was, now = self.before.get(table), after.get(table)
                self._same(f"table {table}", now or None, was or None)
        self._check_stored(self.case.data.get("end", []))

    def newcomer(self) -> Project:
        """A project with the same manifests, the same accounts and no state."""
        return Reviewed(self.root, readings=self.project.readings, emulator=self.project.app)

    # its turns

    def rewrite(self, step: Json) -> Json:
        """Change a manifest; returns the document."""
        self._write_files(step.get("files", {}))
        document = self._document(step.get("of"))
        document["spec"].update(deepcopy(step.get("set", {})))
        for name in step.get("unset", []):
            del document["spec"][name]
        self._write()
        return document

    def _change(self, step: Json, chapter: str) -> None:
        document = self.rewrite(step)
        if self.pick(step.get("nothing", False)):
            self._settle(step)
            return
        address = self._address_of(document)
        action = "update" if chapter == "updates" else "replace"
        plan = self.project.plan()
        wanted = {address: action} | self._addresses(self.pick(step.get("also", {})))
        self._same("actions", actions(plan), wanted)
        changed = self.pick(step.get("fields", [*step.get("set", {}), *step.get("unset", [])]))
        self._same("fields", fields(change_of(plan, address)), sorted(changed))
        causes = {each.cause.value for each in change_of(plan, address).fields}
        self._same("causes", causes - {self.pick(step.get("cause", "manifest"))}, set())
        if action == "replace":
            self._replaced(change_of(plan, address), step)
        if "fails" in step:
            failures = self.project.try_apply().failures
            assert [each for each in failures if step["fails"] in each], failures
            return
        self._settle(step)
        self._check_stored(step.get("stored", []))

    def _replaced(self, change: Change, step: Json) -> None:
        reasons = {each.path.split(".", 1)[0] for each in change.fields if each.replaces}
        wanted = step.get("because", [*step.get("set", {}), *step.get("unset", [])])
        self._same("fields that replace", sorted(reasons), sorted(wanted))

    def _drift(self, step: Json, _chapter: str) -> None:
        self._by_hand(step["by hand"])
        if self.pick(step.get("unseen", False)):
            self._same("drift", self._drifted(), [])
            self._settle(step)
            return
        missing = step.get("missing", False)
        report = [each for each in self._drifted() if str(each.address) == self.address]
        assert report, "no drift was found"
        status = DriftStatus.MISSING if missing else DriftStatus.CHANGED
        self._same("drift", report[0].status, status)
        empty = {"allow_empty_remote": missing and self.case.kind in ANONYMOUS}
        plan = self.project.plan(**empty)
        action = self.pick(step.get("action", "create" if missing else "update"))
        wanted = {self.address: action} | self._addresses(self.pick(step.get("also", {})))
        self._same("actions", actions(plan), wanted)
        if not missing:
            shows = sorted(self.pick(step["shows"]))
            self._same("drifted fields", _drifted_fields(report[0]), shows)
            change = change_of(plan, self.address)
            self._same("fields", fields(change), shows)
            causes = {each.cause for each in change.fields}
            self._same("causes", causes - {Cause.DRIFT}, set())
        self._settle(step, **empty)
        self._check_stored(step.get("stored", []))

    def _settle(self, step: Mapping[str, Json] = {}, **options: bool) -> None:
        """Apply, and nothing is left: neither to do nor adrift."""
        self.project.apply(allow_deletes=step.get("allow deletes"), **options)
        plan = self.project.plan()
        if plan.refresh:  # something else that is read has changed, such as a status
            self.project.apply()
            plan = self.project.plan()
        self._quiet(plan)
        self._same("drift", [str(each.address) for each in self._drifted()], [])
        self._check_delivered()

    def _quiet(self, plan: Plan) -> None:
        rest = [(str(c.address), c.action.value, fields(c)) for c in plan.changes]
        self._same("what a second plan does", rest, [])
        self._same("what a second plan cannot do", dict(plan.blocked), {})
        self._same("rows a second plan writes again", plan.refresh, ())
        self._same("unchanged", plan.unchanged, len(self.documents))

    def _drifted(self) -> list[Drift]:
        report = self.project.drift()
        self._same("what drift cannot see", dict(report.blocked), {})
        return [each for each in report.drift if each.status is not DriftStatus.UNVERIFIABLE]

    # helpers

    def applies(self, part: Mapping[str, Json]) -> bool:
        """Tell whether a part of the case is meant for these readings."""
        return holds(part.get("when", {}), self.readings) and not (
            "unless" in part and holds(part["unless"], self.readings)
        )

    def pick(self, value: Json) -> Json:
        """Choose among `[{is: …, when: …}, …]`, the first that applies; other values are as is."""
        choices = value if isinstance(value, list) else []
        if not choices or not all(isinstance(each, dict) and "is" in each for each in choices):
            return value
        return next((each["is"] for each in choices if self.applies(each)), None)

    def _by_hand(self, calls: list[Json]) -> None:
        for call in calls:
            if self.applies(call):
                self.project.call(
                    self.name,
                    call["method"],
                    call["path"],
                    json=call.get("json"),
                    query=call.get("query"),
                )

    def _stored(self) -> dict[str, Json]:
        return deepcopy(self.project.stored(self.case.type))

    def _check_stored(self, expected: list[Json]) -> None:
        for each in expected:
            if not self.applies(each):
                continue
            rows = self.project.stored(self.case.type).get(each["table"], {})
            values = [*rows.values()] if isinstance(rows, dict) else rows
            if "numbers" in each:
                self._same(f"numbers of {each['table']}", sorted(values), sorted(each["numbers"]))
                continue
            if "key" in each:
                self._same(f"{each['key']} is in {each['table']}", each["key"] in rows, wanted=True)
                continue
            wanted = each["row"].items()
            found = [row for row in values if all(row.get(k) == v for k, v in wanted)]
            assert len(found) == 1, f"{each['table']} has no single row {each['row']}: {values}"

    def _check_delivered(self) -> None:
        """What sinks hold is what the provider has, and nobody else can read it."""
        sinks = {
            name: value for name, value in self._document(None)["spec"].items() if name in SINKS
        }
        for value in sinks.values():
            if "file" in value:
                path, found = self.root / value["file"], None
                found = [path.read_text(encoding="utf-8").strip()]
            else:
                path = self.root / value["envFile"]["path"]
                found = [*dotenv_values(path).values()]
            self._same(f"mode of {path}", oct(path.stat().st_mode & 0o777), "0o600")
            wanted = self.case.data["secret"]
            if not self.applies(wanted):
                continue
            rows = self.project.stored(self.case.type)[wanted["table"]].values()
            secrets = [row[wanted["column"]] for row in rows]
            assert any(secret in "\n".join(map(str, found)) for secret in secrets), (
                f"{path} holds no {wanted['column']} of {wanted['table']}"
            )

    def _document(self, place: str | None) -> Json:
        kind, name = (place or f"{self.case.kind}/{self.subject}").split("/", 1)
        return next(
            each
            for each in self.documents
            if (each["kind"], each["metadata"]["name"]) == (kind, name)
        )

    def _address_of(self, document: Json) -> str:
        return f"{self.name}/{document['kind']}/{document['metadata']['name']}"

    def _addresses(self, by_place: Mapping[str, str]) -> dict[str, str]:
        return {f"{self.name}/{place}": action for place, action in by_place.items()}

    def _write(self) -> None:
        self.project.write(self.provider, *self.documents)

    def _write_files(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    @staticmethod
    def _same(what: str, found: object, wanted: object) -> None:
        assert found == wanted, f"{what}: {found!r}, not {wanted!r}"


def _drifted_fields(drift: Drift) -> list[str]:
    found = [each.path.split(".", 1)[0] for each in drift.fields]
    return sorted(found + (["members"] if drift.members is not None else []))


def adoptable(plan: Plan, address: str) -> str:
    """Return what a plan does about a live object that state does not know."""
    if any(str(each) == address for each in plan.blocked):
        return "blocked"
    return actions(plan).get(address, "none")
