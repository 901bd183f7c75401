"""Makes the report of what an import did or would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os.path import relpath
from pathlib import Path

from reconciler.engine.importing.prepared import Prepared
from reconciler.engine.workspace import Workspace
from reconciler.model.finding import IMPORTED_PEOPLE, Finding, Severity
from reconciler.model.imported import ImportedObject, ImportReport, TakenOver, WrittenFile
from reconciler.sinks.tracked import is_changed


def report_of(workspace: Workspace, prepared: Prepared, folder: Path) -> ImportReport:
    """Return the report of an import whose files go below `folder`."""
    inside = relpath(folder, workspace.root)

    def path(name: str) -> str:
        return name if inside == "." else f"{inside}/{name}"

    documents = Counter(prepared.filed.places.values())
    return ImportReport(
        imported=tuple(
            ImportedObject(
                address=address,
                id=draft.candidate.live.id,
                file=path(prepared.filed.places[address]),
                left_out=draft.left_out,
            )
            for address, draft in sorted(prepared.drafts.items())
        ),
        taken_over=tuple(
            TakenOver(address=address, id=prepared.selected.described[address].id)
            for address in sorted(prepared.selected.described.keys() & prepared.rows.keys())
        ),
        skipped=prepared.skipped,
        unlistable=prepared.scope.unlistable,
        files=tuple(
            WrittenFile(
                path=path(file.name),
                documents=documents[file.name],
                appended=file.before is not None,
                changed_before=file.before is not None and is_changed(folder / file.name),
            )
            for file in prepared.filed.files
        ),
        findings=tuple(_findings(prepared)),
        withheld=prepared.scope.people,
    )


def _findings(prepared: Prepared) -> Iterator[Finding]:
    """Yield a finding for each manifest that holds numbers of people or names a file of them."""
    for address, draft in sorted(prepared.drafts.items()):
        listed = bool(draft.list_file) and bool(draft.candidate.live.members)
        if draft.holds_numbers or listed:
            yield Finding(
                severity=Severity.WARNING,
                rule=IMPORTED_PEOPLE,
                message=_personal(draft.list_file),
                address=address,
            )


def _personal(list_file: str) -> str:
    if list_file:
        return (
            "its list holds phone numbers of people; it is in .gitignore, so bring it to where "
            "this project is applied by another way"
        )
    return "its manifest holds phone numbers of people: think of who can read the repository"
