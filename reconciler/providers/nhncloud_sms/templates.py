"""Templates: the manifest chooses the id; neither id nor category can be changed later."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace

from reconciler.errors import ProviderError, ReadFailed, Rejected
from reconciler.http.aside import aside
from reconciler.model.finding import Finding
from reconciler.model.journal import Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.usage import Usage
from reconciler.model.values import JsonValue
from reconciler.model.verification import CheckKind
from reconciler.providers.examination import Proof, Subject, proof
from reconciler.providers.handler import Seen, unread
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
from reconciler.providers.nhncloud_sms.client import Api
from reconciler.providers.nhncloud_sms.convert import PHONE, TYPES
from reconciler.providers.nhncloud_sms.senders import (
    Sender,
    cannot_send,
    check_senders,
    sender,
    unchecked,
)
from reconciler.providers.nhncloud_sms.use import template_usage
from reconciler.providers.rest import Rest, RestHandler
from reconciler.providers.task import (
    Applied,
    CreateStep,
    Reply,
    Scope,
    Task,
    UpdateStep,
    Writer,
)
from reconciler.providers.wire import (
    REFERENCE,
    TEXT,
    YES_NO,
    Row,
    Wire,
    flag,
    identifier,
    rows,
    text,
    words,
)

INHERITS = (
    "its attachments ({}), which no manifest mentions, are attached anew by their file ids; should "
    "the server have dropped them with the old template, they are lost"
)
LOST = "its attachments ({}), which no manifest mentions, could not be attached anew"


def is_deleted(row: Row) -> bool:
    """Tell whether a row is only the trace of a deleted template."""
    return flag(row.get("delYn"))


class Templates(RestHandler[Api]):
    """The account's templates."""

    _senders: Sequence[Sender] | None = None
    """The sender numbers, as last read."""

    rest: ClassVar[Rest] = Rest(
        path="/templates",
        id="templateId",
        fields={
            "templateId": Wire("templateId", TEXT),
            "displayName": Wire("templateName", TEXT),
            "description": Wire("templateDesc", TEXT),
            "category": Wire("categoryId", REFERENCE),
            "sender": Wire("sendNo", PHONE),
            "type": Wire("sendType", words(TYPES)),
            "title": Wire("title", TEXT),
            "body": Wire("body", TEXT),
            "enabled": Wire("useYn", YES_NO),
        },
    )

    async def observe(self, scope: Scope) -> Seen:
        """Read all templates, and the sender numbers that desired ones send from."""
        async with asyncio.TaskGroup() as group:
            checking = group.create_task(self._check_senders(scope))
            listed = await self._listed(scope)
        return replace(listed, findings=checking.result())

    async def _listed(self, scope: Scope) -> Seen:
        owned = {row.remote_id: row for row in scope.owned.get(self.kind.name, ())}
        asked = {
            text(resource.spec["templateId"]): resource.spec["attachments"]
            for resource in scope.desired.get(self.kind.name, ())
            if resource.spec.get("attachments")
        }
        pages = self.client.pages(self.rest.path)
        try:
            found = await self.read(pages, lambda row: self._live(row, owned, asked), scope)
        except ProviderError as error:
            return unread(self.kind.name, error)
        objects = tuple(one for one in found if one is not None)
        return Seen(collection=Collection(kind=self.kind.name, objects=objects))

    def _live(
        self, row: Row, owned: Mapping[str, OwnedObject], asked: Mapping[str, JsonValue]
    ) -> tuple[str, LiveObject | None]:
        """Read one row; a deleted template counts in the list's total but is absent."""
        known = identifier(row, self.rest.id)
        if is_deleted(row):
            return f"{known} {row.get('createDate')} {row.get('updateDate')}", None
        fields, files = self.fields(row), listed_files(row)
        attachments = live_field(files, owned.get(known), asked.get(known))
        if attachments is not None:
            fields["attachments"] = attachments
        extra = extra_of(files, confirmed=True) if files else {}
        return known, LiveObject(
            kind=self.kind.name, id=known, key=known, fields=fields, extra=extra
        )

    async def _check_senders(self, scope: Scope) -> tuple[Finding, ...]:
        """Check the senders of desired templates: one list, however many templates."""
        desired = scope.desired.get(self.kind.name, ())
        if not desired or self.account.options.get("checkSenders") is False:
            return ()
        try:
            with aside():
                self._senders = await self.read(self.client.pages("/sendNos"), sender, scope)
        except (ReadFailed, Rejected) as error:
            return (unchecked(error.message),)
        return check_senders(self._senders, desired)

    def unreadable(self, live: LiveObject) -> Mapping[str, str]:
        """Count the files, whose content cannot be read back."""
        files = remembered_files(live.extra)
        return {"attachments": f"{len(files)} on the live template"} if files else {}

    async def usage(self, live: LiveObject) -> Usage | None:
        """Count the messages that were lately sent with it, or are reserved."""
        return await template_usage(self.client, live.id)

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        """Say whether it is enabled, and whether its sender number can send."""
        fields = subject.live.fields
        disabled = "" if fields.get("enabled", True) else "it is not enabled"
        looked = proof(CheckKind.TEMPLATE, disabled)
        number = fields.get("sender")
        if self._senders is None or not isinstance(number, str):
            return (looked,)
        return (looked, proof(CheckKind.SENDER, cannot_send(number, self._senders)))

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Upload its files, or take over those of the template that it replaces; create it."""
        known = text(task.desired["templateId"])
        if not _inherits(task, task.left):
            files = await self._upload(task, writer, uploads(task))
            await writer.write(self._post(task, files, uploaded=True))
            return Applied(id=known, extra=await self._confirmed(known, files) if files else {})
        inherited = remembered_files(task.left)
        try:
            await writer.write(self._post(task, inherited, uploaded=False))
        except Rejected:  # perhaps for the files: they may have gone with the old template
            await writer.write(self._post(task, (), uploaded=False))
            return Applied(id=known, notes=(LOST.format(names_of(inherited)),))
        shown = await self._files(known)
        lost = shown is not None and not same_names(shown, inherited)
        return Applied(id=known, notes=(LOST.format(names_of(inherited)),) if lost else ())

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Set all fields, but the list of files only when files are to change."""
        known = task.live_id
        if "attachments" in task.changed:
            files = await self._upload(task, writer, uploads(task))
            await writer.write(self._put(task, files))
            return Applied(id=known, extra=await self._confirmed(known, files))
        await writer.write(self._put(task, None))
        return Applied(id=known, extra=await self._files_kept(task, writer))

    async def is_there(self, known: str) -> bool:
        """Tell whether the template exists, and is not only the trace of a deleted one."""
        row = await self.row(known)
        return row is not None and not is_deleted(row)

    def cost(self, task: Task, verb: Verb) -> int:
        """Count the write, the uploads, and reading the files of the template afterwards."""
        files = len(rows(task.desired.get("attachments")))
        if verb is Verb.CREATE and task.live is not None and _inherits(task, task.live.extra):
            return 2
        if verb is Verb.CREATE:
            return 1 + (files + 1 if files else 0)
        if verb is Verb.UPDATE and "attachments" in task.changed:
            return 1 + files + 1
        return 2 if verb is Verb.UPDATE and _files_of(task) else 1

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say which files a template takes over, by their ids, from the one that it replaces."""
        if verb is not Verb.CREATE or task.live is None or not _inherits(task, task.live.extra):
            return ()
        return (INHERITS.format(names_of(remembered_files(task.live.extra))),)

    async def _upload(
        self, task: Task, writer: Writer, desired: Sequence[Upload]
    ) -> tuple[File, ...]:
        """Upload files. One that no template uses expires by itself, and no list shows it."""
        files: list[File] = []
        for upload in desired:
            body: dict[str, JsonValue] = {
                "fileName": upload.name,
                "fileBody": upload.body,
                "createUser": self.client.create_user,
            }
            step = UpdateStep(
                name=f"upload {upload.path}",
                request=self.client.request("POST", "/attachfile/binaryUpload", json=body),
                read=lambda answer: Reply(body=identifier(self.client.object_in(answer), "fileId")),
                key=text(task.value("templateId")),
                idempotent=True,
            )
            reply = await writer.write(step)
            files.append(File(id=text(reply.body), name=upload.name))
        return tuple(files)

    def _post(self, task: Task, files: Sequence[File], *, uploaded: bool) -> CreateStep:
        known = text(task.desired["templateId"])
        extra = extra_of(files, confirmed=False) if uploaded and files else {}
        body = self.body(task, Verb.CREATE)
        if files:
            body["attachFileIdList"] = [file.wire_id for file in files]
        return CreateStep(
            name="create",
            request=self.client.request("POST", self.rest.path, json=body),
            read=lambda _answer: Reply(id=known, extra=extra),
            key=known,
            applied=task.held(),
        )

    def _put(self, task: Task, files: Sequence[File] | None) -> UpdateStep:
        body, extra = self.body(task, Verb.UPDATE), dict[str, JsonValue]()
        if files is not None:
            body["attachFileIdList"] = [file.wire_id for file in files]
            extra = extra_of(files, confirmed=False)
        return UpdateStep(
            name="update" if files is None else "update with attachments",
            request=self.client.request("PUT", self.at(task.live_id), json=body),
            read=lambda _answer: Reply(extra=extra),
            applied=task.held(),
            idempotent=True,
        )

    async def _files_kept(self, task: Task, writer: Writer) -> Mapping[str, JsonValue]:
        """Attach a template's files again if an update that did not mention them dropped them."""
        remembered = task.owned.extra if task.owned is not None else {}
        before = _files_of(task)
        if not before:
            return remembered
        now = await self._files(task.live_id)
        if now is None or same_names(now, before):
            return remembered
        managed = "attachments" in task.managed
        files = await self._upload(task, writer, uploads(task)) if managed else before
        await writer.write(self._put(task, files))
        return await self._confirmed(task.live_id, files)

    async def _confirmed(self, known: str, files: Sequence[File]) -> dict[str, JsonValue]:
        """Return what to remember of the files, with the ids that the template shows, if any."""
        shown = await self._files(known)
        if shown is not None and same_names(shown, files):
            return extra_of(shown, confirmed=True)
        return extra_of(files, confirmed=False)

    async def _files(self, known: str) -> tuple[File, ...] | None:
        try:
            row = await self.client.one(self.at(known))
        except (ReadFailed, Rejected):
            return None
        return None if row is None else listed_files(row)


def _files_of(task: Task) -> tuple[File, ...]:
    """Return the files that the live template was just seen with."""
    return remembered_files(task.live.extra) if task.live is not None else ()


def _inherits(task: Task, extra: Mapping[str, JsonValue]) -> bool:
    """Tell whether a template takes over the files in the `extra` of the one that it replaces."""
    return "attachments" not in task.desired and bool(remembered_files(extra))
