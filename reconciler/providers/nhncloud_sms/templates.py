"""Templates: the client picks the id; neither it nor the category can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from reconciler.errors import ReadFailed, Rejected
from reconciler.model.finding import Finding
from reconciler.model.journal import Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.values import JsonValue, remote_id
from reconciler.providers.nhncloud_sms.attachments import (
    File,
    Upload,
    extra_of,
    listed_files,
    live_field,
    names_of,
    remembered_files,
    same_names,
    uploads,
)
from reconciler.providers.nhncloud_sms.client import new_id, segment
from reconciler.providers.nhncloud_sms.convert import (
    SEND_TYPES,
    TYPES,
    Row,
    flag,
    identifier,
    phone_digits,
    rows,
    text,
    wire_id,
    yes_no,
)
from reconciler.providers.nhncloud_sms.handler import (
    Handler,
    Seen,
    erase,
    held,
    live_id,
    owned_id,
    value_of,
)
from reconciler.providers.nhncloud_sms.senders import check_senders, sender, unchecked
from reconciler.providers.task import Applied, Reply, Scope, Step, Task, Writer

Found = LiveObject | None

INHERITS = (
    "its attachments ({}), which no manifest mentions, are attached anew by their file ids; should "
    "the server have dropped them with the old template, they are lost"
)
LOST = "its attachments ({}), which no manifest mentions, could not be attached anew"


def is_deleted(row: Row) -> bool:
    """Tell whether a row only shows that there was a template."""
    return flag(row.get("delYn"))


def live_template(row: Row, owned: Mapping[str, OwnedObject]) -> tuple[str, Found]:
    """Read one row; a deleted template counts in the list's total but is absent."""
    known = identifier(row, "templateId")
    if is_deleted(row):
        return f"{known} {row.get('createDate')} {row.get('updateDate')}", None
    files = listed_files(row)
    send_type = text(row.get("sendType"))
    fields: dict[str, JsonValue] = {
        "templateId": known,
        "displayName": text(row.get("templateName")),
        "description": text(row.get("templateDesc")),
        "category": remote_id(identifier(row, "categoryId")),
        "sender": phone_digits(text(row.get("sendNo"))),
        "type": TYPES.get(send_type, send_type),
        "title": text(row.get("title")),
        "body": text(row.get("body")),
        "enabled": flag(row.get("useYn")),
    }
    attachments = live_field(files, owned.get(known))
    if attachments is not None:
        fields["attachments"] = attachments
    extra = extra_of(files, confirmed=True) if files else {}
    return known, LiveObject(kind="Template", id=known, key=known, fields=fields, extra=extra)


class Templates(Handler):
    """The account's templates."""

    kind: ClassVar[str] = "Template"

    async def observe(self, scope: Scope) -> Seen:
        """Read all templates, and the sender numbers that desired ones send from."""
        owned = {row.remote_id: row for row in scope.owned.get(self.kind, ())}
        found = await self.rows(
            self.api.pages("/templates"), lambda row: live_template(row, owned), scope
        )
        return Seen(
            collection=Collection(
                kind=self.kind, objects=tuple(one for one in found if one is not None)
            )
        )

    async def sender_findings(self, scope: Scope) -> tuple[Finding, ...]:
        """Check the senders of desired templates: one list, however many templates."""
        desired = scope.desired.get(self.kind, ())
        if not desired:
            return ()
        try:
            senders = await self.rows(self.api.pages("/sendNos"), sender, scope)
        except (ReadFailed, Rejected) as error:
            return (unchecked(error.message),)
        return check_senders(senders, desired)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Upload its files, then create it; with the files of the one whose place it takes."""
        known = text(task.desired["templateId"])
        if not _inherits(task, task.left):
            files = await self._upload(task, writer, uploads(task))
            await writer.write(self._post(task, files, extra_of(files, confirmed=False)))
            return Applied(id=known, extra=await self._confirmed(known, files) if files else {})
        inherited = remembered_files(task.left)
        try:
            await writer.write(self._post(task, inherited, {}))
        except Rejected:  # perhaps for the files: they may have gone with the old template
            await writer.write(self._post(task, (), {}))
            return Applied(id=known, notes=(LOST.format(names_of(inherited)),))
        shown = await self._files(known)
        lost = shown is not None and not same_names(shown, inherited)
        return Applied(id=known, notes=(LOST.format(names_of(inherited)),) if lost else ())

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Set all that can be set; the list of files only when the files are to change."""
        known = live_id(task)
        if "attachments" in task.changed:
            files = await self._upload(task, writer, uploads(task))
            await writer.write(self._put(task, files))
            return Applied(id=known, extra=await self._confirmed(known, files))
        await writer.write(self._put(task, None))
        return Applied(id=known, extra=await self._files_kept(task, writer))

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete it."""
        path = f"/templates/{segment(owned_id(task))}"
        request = self.api.request("DELETE", path)
        step = Step(name="delete", verb=Verb.DELETE, request=request, idempotent=True)

        async def still_there() -> bool:
            row = await self.api.one(path)
            return row is not None and not is_deleted(row)

        await erase(writer, step, still_there)

    def cost(self, task: Task, verb: Verb) -> int:
        """Count uploads and the reading of what became of the files."""
        files = len(rows(task.desired.get("attachments")))
        if verb is Verb.CREATE and task.live is not None and _inherits(task, task.live.extra):
            return 2
        if verb is Verb.CREATE:
            return 1 + (files + 1 if files else 0)
        if verb is Verb.UPDATE and "attachments" in task.changed:
            return 1 + files + 1
        return 2 if verb is Verb.UPDATE and _files_of(task) else 1

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say which files pass to another template by their ids alone."""
        if verb is not Verb.CREATE or task.live is None or not _inherits(task, task.live.extra):
            return ()
        return (INHERITS.format(names_of(remembered_files(task.live.extra))),)

    async def _upload(
        self, task: Task, writer: Writer, desired: Sequence[Upload]
    ) -> tuple[File, ...]:
        """Upload files. One that no template takes expires by itself and is seen nowhere."""
        files: list[File] = []
        for upload in desired:
            body: dict[str, JsonValue] = {
                "fileName": upload.name,
                "fileBody": upload.body,
                "createUser": self.tools.create_user,
            }
            step = Step(
                name=f"upload {upload.path}",
                verb=Verb.UPDATE,
                request=self.api.request("POST", "/attachfile/binaryUpload", json=body),
                read=lambda answer: Reply(body=new_id(answer, "fileId")),
                key=text(value_of(task, "templateId")),
                idempotent=True,
            )
            reply = await writer.write(step)
            files.append(File(id=text(reply.body), name=upload.name))
        return tuple(files)

    def _post(self, task: Task, files: Sequence[File], extra: dict[str, JsonValue]) -> Step:
        known = text(task.desired["templateId"])
        body = {
            "categoryId": wire_id(task.desired.get("category")),
            "templateId": known,
            **self._content(task),
        }
        if files:
            body["attachFileIdList"] = [file.wire_id for file in files]
        return Step(
            name="create",
            verb=Verb.CREATE,
            request=self.api.request("POST", "/templates", json=body),
            read=lambda _answer: Reply(id=known, extra=extra if files else {}),
            key=known,
            applied=held(task),
        )

    def _put(self, task: Task, files: Sequence[File] | None) -> Step:
        body = self._content(task)
        extra: dict[str, JsonValue] = {}
        if files is not None:
            body["attachFileIdList"] = [file.wire_id for file in files]
            extra = extra_of(files, confirmed=False)
        return Step(
            name="update" if files is None else "update with attachments",
            verb=Verb.UPDATE,
            request=self.api.request("PUT", f"/templates/{segment(live_id(task))}", json=body),
            read=lambda _answer: Reply(extra=extra),
            applied=held(task),
            idempotent=True,
        )

    async def _files_kept(self, task: Task, writer: Writer) -> dict[str, JsonValue]:
        """Give a template its files back should an update that did not mention them drop them."""
        remembered = dict(task.owned.extra) if task.owned is not None else {}
        before = _files_of(task)
        if not before:
            return remembered
        now = await self._files(live_id(task))
        if now is None or same_names(now, before):
            return remembered
        managed = "attachments" in task.managed
        files = await self._upload(task, writer, uploads(task)) if managed else before
        await writer.write(self._put(task, files))
        return await self._confirmed(live_id(task), files)

    async def _confirmed(self, known: str, files: Sequence[File]) -> dict[str, JsonValue]:
        """Return what to remember of the files: as the template shows them, if it does."""
        shown = await self._files(known)
        if shown is not None and same_names(shown, files):
            return extra_of(shown, confirmed=True)
        return extra_of(files, confirmed=False)

    async def _files(self, known: str) -> tuple[File, ...] | None:
        try:
            row = await self.api.one(f"/templates/{segment(known)}")
        except (ReadFailed, Rejected):
            return None
        return None if row is None else listed_files(row)

    @staticmethod
    def _content(task: Task) -> dict[str, JsonValue]:
        kind = text(value_of(task, "type"))
        return {
            "templateName": text(value_of(task, "displayName")),
            "templateDesc": text(value_of(task, "description")),
            "sendNo": text(value_of(task, "sender")),
            "sendType": SEND_TYPES.get(kind, kind),
            "title": text(value_of(task, "title")),
            "body": text(value_of(task, "body")),
            "useYn": yes_no(value_of(task, "enabled")),
        }


def _files_of(task: Task) -> tuple[File, ...]:
    """Return the files that the live template was just seen with."""
    return remembered_files(task.live.extra) if task.live is not None else ()


def _inherits(task: Task, extra: Mapping[str, JsonValue]) -> bool:
    """Tell whether a template gets the files of the one whose place it takes, of this `extra`."""
    return "attachments" not in task.desired and bool(remembered_files(extra))
