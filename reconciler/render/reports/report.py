"""What all reports of a run are made from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from reconciler.render.envelope import Document

DNS = "dns"
"""The command whose document has records in place of changes."""
ORDER = ("delete", "replace", "forget", "update", "adopt", "create")
"""Actions, the most harmful first."""
_OK = "ok"
LOUD = ("delete", "replace", "forget")
"""Actions of which every single one is named."""


class Location(Struct, frozen=True, kw_only=True):
    """Where something stands: a manifest of the repository."""

    file: str
    """Relative to the repository, with forward slashes."""
    line: int = 1
    column: int = 1


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that a report lists: a fault of a manifest, a finding, drift, what is blocked."""

    rule: str
    severity: str
    """`error`, `warning` or `info`."""
    message: str
    address: str = ""
    place: Location | None = None
    path: str = ""
    """The field that it is about."""
    ignored: str = ""
    """Why its manifest says that it is meant so, or somebody passed over it: no obstacle."""
    overridden: bool = False
    """The command line, not the manifest, says so."""


class Report(Struct, frozen=True, kw_only=True):
    """One run, when it is over."""

    command: str
    document: Document
    """The document of `--output json`; of a run that failed, its error."""
    exit_code: int
    project: str = ""
    environment: str = ""
    prefix: str = ""
    """The project's folder below the repository, with a slash at its end; empty at its root."""
    url: str = ""
    """Where the full report, or the CI run, can be seen."""

    @property
    def title(self) -> str:
        """Return `Plan for production`."""
        name = self.command.upper() if self.command == DNS else self.command.capitalize()
        return f"{name} for {self.environment}" if self.environment else name

    @property
    def changes(self) -> list[Document]:
        """Return a plan's changes, the most harmful first."""
        changes = list(self.document.get("changes", ()))
        return sorted(changes, key=lambda change: ORDER.index(change["action"]))

    @property
    def error(self) -> Document | None:
        """Return what ended the run, or kept it from being complete."""
        return self.document.get("error")

    def error_details(self) -> list[str]:
        """Return what the error says besides its message; not what `problems` tell as well."""
        error = self.error or {}
        return [] if "faults" in error else list(error.get("details", ()))

    def counts(self) -> dict[str, int]:
        """Return how many changes, or results that were done, there are by action."""
        summary = self.document.get("summary", {})
        return {action: int(summary.get(action, 0)) for action in ORDER}

    @property
    def records(self) -> list[Document]:
        """Return the DNS records of all zones."""
        return [record for zone in self.document.get("zones", ()) for record in zone["records"]]

    def place(self, found: Document | None) -> Location | None:
        """Return the place that a document names."""
        if not found or not found.get("file"):
            return None
        name = str(found["file"]).replace("\\", "/")
        file = name if name.startswith(("/", "../", "<")) else f"{self.prefix}{name}"
        return Location(
            file=file, line=max(1, found.get("line", 1)), column=max(1, found.get("column", 1))
        )

    def problems(self) -> Iterator[Problem]:
        """Yield everything that somebody should look at."""
        yield from self._faults()
        for finding in self.document.get("findings", ()):
            yield Problem(
                rule=finding["rule"],
                severity=finding["severity"],
                message=_message(finding),
                address=finding.get("address") or "",
                place=self.place(finding),
                ignored=_why_ignored(finding),
                overridden=bool(finding.get("ignored", {}).get("override")),
            )
        for each in self.document.get("drift", ()):
            yield from self._drift(each)
        for record in self.records:
            if record.get("status", _OK) != _OK:
                yield _of_record(record)
        for each in self.document.get("blocked", ()):
            yield Problem(
                rule="decision-needed" if each.get("decision") else "blocked",
                severity="error",
                message=each["message"],
                address=each["address"],
                place=self.place(each.get("source")),
            )

    def _faults(self) -> Iterator[Problem]:
        for fault in (*self.document.get("faults", ()), *(self.error or {}).get("faults", ())):
            hint = fault.get("hint", "")
            yield Problem(
                rule="manifest",
                severity="error",
                message=f"{fault['message']}; {hint}" if hint else fault["message"],
                address=fault.get("address", ""),
                place=self.place(fault),
            )

    def _drift(self, each: Document) -> Iterator[Problem]:
        said = {"changed": "differs from what was last applied", "missing": "is missing"}
        about = dict.fromkeys(one["path"] for one in each.get("fields", ()))
        what = said.get(each["status"], f"is {each['status']}")
        message = f"{what}: {', '.join(about)}" if about else what
        reason = each.get("reason", "")
        yield Problem(
            rule="drift",
            severity="info" if each["status"] in {"unmanaged", "unverifiable"} else "warning",
            message=f"{message} ({reason})" if reason else message,
            address=each["address"],
            place=self.place(each.get("source")),
            path=",".join(about),
        )


def _message(finding: Document) -> str:
    fix = finding.get("fix", "")
    return f"{finding['message']}. {fix}" if fix else str(finding["message"])


def _why_ignored(finding: Document) -> str:
    ignored = finding.get("ignored")
    if not ignored:
        return ""
    until = f", until {ignored['until']}" if "until" in ignored else ""
    lead = "overridden: " if ignored.get("override") else ""
    return f"{lead}{ignored['reason'].rstrip('.')}{until}"


def _of_record(record: Document) -> Problem:
    values = "; ".join(record["values"])
    return Problem(
        rule="dns-record",
        severity="error",
        message=f"{record['fqdn']} {record['type']} is {record['status']}; wanted: {values}",
        address=record["for"][0],
    )


def shown(value: Any) -> str:
    """Return a field's value as text: texts as they are, anything else as JSON."""
    return (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )
