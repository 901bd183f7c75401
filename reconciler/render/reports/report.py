"""`Report`, from which every format is made, and the problems that it lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from reconciler.render.envelope import Document

DNS = "dns"
"""The command whose document has DNS records in place of changes."""
ORDER = ("delete", "replace", "forget", "update", "adopt", "create")
"""Actions, from the most to the least harmful."""
_OK = "ok"
LOUD = ("delete", "replace", "forget")
"""Actions of which every change is named, however many."""


class Location(Struct, frozen=True, kw_only=True):
    """A place in a manifest of the repository."""

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
    """The field that the problem is about, or several with commas."""
    ignored: str = ""
    """The reason why it is ignored or overridden; "" for a problem that counts."""
    overridden: bool = False
    """Whether the command line overrides it, rather than the manifest ignoring it."""


class StateOnly(Struct, frozen=True, kw_only=True):
    """A change of which no provider is told."""

    action: str
    """`rename` or `hand over`."""
    source: str
    target: str
    part: str = ""
    """What is handed over, such as a webhook's event."""

    @property
    def what(self) -> str:
        """Return what gets another address."""
        return f"{self.source} {self.part}".rstrip()

    @property
    def why(self) -> str:
        """Return where it goes, for a table."""
        return f"to {self.target}, in state only"


class Report(Struct, frozen=True, kw_only=True):
    """One finished run."""

    command: str
    document: Document
    """The document of `--output json`; for a failed run, that of its error."""
    exit_code: int
    project: str = ""
    environment: str = ""
    prefix: str = ""
    """The project's folder in the repository, ending in a slash; "" for the repository's root."""
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
    def state_only(self) -> list[StateOnly]:
        """Return the changes in state alone: renamed resources, then parts that are handed over."""
        moves = self.document.get("moves", ())
        parts = self.document.get("handOvers", ())
        return [
            *(StateOnly(action="rename", source=m["from"], target=m["to"]) for m in moves),
            *(
                StateOnly(action="hand over", source=p["from"], target=p["to"], part=p["part"])
                for p in parts
            ),
        ]

    @property
    def has_changes(self) -> bool:
        """Tell whether there is something to do, or something was changed by hand."""
        return bool(self.changes or self.state_only or self.document.get("drift"))

    @property
    def error(self) -> Document | None:
        """Return the error that ended the run or left it incomplete."""
        return self.document.get("error")

    def error_details(self) -> list[str]:
        """Return the details of the error, without faults, which `problems` has."""
        error = self.error or {}
        return [] if "faults" in error else list(error.get("details", ()))

    def counts(self) -> dict[str, int]:
        """Return how many changes (planned, or done by an apply) there are by action."""
        summary = self.document.get("summary", {})
        return {action: int(summary.get(action, 0)) for action in ORDER}

    @property
    def records(self) -> list[Document]:
        """Return the DNS records of all zones."""
        return [record for zone in self.document.get("zones", ()) for record in zone["records"]]

    def place(self, found: Document | None) -> Location | None:
        """Return the place that a part of the document names."""
        if not found or not found.get("file"):
            return None
        name = str(found["file"]).replace("\\", "/")
        file = name if name.startswith(("/", "../", "<")) else f"{self.prefix}{name}"
        return Location(
            file=file, line=max(1, found.get("line", 1)), column=max(1, found.get("column", 1))
        )

    def problems(self) -> Iterator[Problem]:
        """Yield every problem: faults, findings, drift, DNS records and what is blocked."""
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
        words = {"changed": "differs from what was last applied", "missing": "is missing"}
        about = dict.fromkeys(one["path"] for one in each.get("fields", ()))
        what = words.get(each["status"], f"is {each['status']}")
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
    """Return a field's value as text: a text unchanged, anything else as JSON."""
    return (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )
