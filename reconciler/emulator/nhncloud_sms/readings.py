"""Where NHN Cloud's page can be read in two ways, and what each reading makes the emulator do.

The first value is the default: what the page's examples show, else the milder behaviour.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SENDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # A recipient that cannot be: its own code in sendResultList, or the request is refused.
        "bad-recipient": ("result", "whole"),
        # A placeholder without a parameter: -2111, or sent as it stands.
        "template-parameter": ("refused", "literal"),
        # What EUC-KR has no place for: -2023, or "?" where the console allows replacements.
        "characters": ("refused", "replaced"),
        # A word of authentication in what sender/auth/sms sends: -8000 is in no table of the page.
        "auth-keyword": ("required", "free"),
        # Advertising at night: msgStatus 6, or 7 until the morning.
        "night-ads": ("failed", "resent"),
        # Advertising to a number on the 080 list: -6001 in sendResultList, or it fails later.
        "ad-blocked": ("result", "failed"),
        # mtPr: a string in the examples, an integer in the tables.
        "mtpr-as": ("string", "int"),
        # sendType of an authentication message: "2" in the table, "0" in its example.
        "auth-send-type": ("2", "0"),
        # The order of lists of messages: not stated.
        "sent-order": ("newest", "oldest"),
        # message-results: `data` in the example, `data.resultUpdateList` in the table.
        "results-list": ("data", "resultUpdateList"),
        # The title of tag-sender/mms: required in the table, not in the example.
        "tag-title": ("required", "optional"),
        # masterStatusCode: READY in the example, MAS01 among the filters.
        "tag-status": ("word", "code"),
    }
)
"""Those that concern messages alone."""

READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # HTTP status of a failure: the page gives none.
        "failure-status": ("200", "400"),
        # PUT/DELETE category and POST/PUT/DELETE template answer with a header alone and
        # resultCode ""; other writes answer 0, "SUCCESS" and a null body.
        "header-only": ("blank", "zero"),
        # POST category: object in the example, `data[]` in the table.
        "category-created": ("object", "list"),
        # GET one category: list of one in the example; every other single read is an object.
        "category-one": ("list", "object"),
        # GET one category that is not there: not stated.
        "category-missing": ("error", "empty"),
        # Two categories of one name below one parent: not stated.
        "category-names": ("repeatable", "unique"),
        # "categoryParentId": 0 in the example of POST category: the default, or a placeholder.
        "parent-zero": ("highest", "unknown"),
        # Optional texts (description, title) left out of a PUT: not stated.
        "put-omitted": ("clears", "keeps"),
        # attachFileIdList left out of a PUT: not stated.
        "put-omitted-files": ("keeps", "clears"),
        # How an empty or missing description or title is read back: not stated.
        "empty-text": ("as-sent", "null", "empty"),
        # Line endings of a template's body: "\r\n" in all examples.
        "line-endings": ("kept", "crlf"),
        # White space at the ends of a text, read back: not stated.
        "text-ends": ("kept", "trimmed"),
        # createUser and updateUser: echo of the request, or the console account's e-mail address.
        "users": ("as-sent", "e-mail"),
        # Largest pageSize of the template list: its table has none; a larger one is cut down to it.
        "template-page-size": ("1000", "100"),
        # Templates per account: not in the page, -2112 "Max: 1000" in the list of error codes.
        "template-limit": ("none", "1000"),
        # delYn "only to show current status": deleted templates stay in the list, or not.
        "deleted-templates": ("gone", "kept"),
        # A deleted templateId may be registered again (since 2023-08-29), or not (-2101, before).
        "deleted-template-id": ("free", "taken"),
        # A fileId that another template uses: -2043 in the list of error codes, not in the page.
        "attachment-reuse": ("refused", "allowed"),
        # Sender numbers: only registered ones (-2312), or any well-formed one, for rehearsals.
        "senders": ("registered", "any"),
        # 080 numbers: any, or only those that joined the service (-6004).
        "unsubscribe-numbers": ("any", "joined"),
        # Blocking a number that is blocked: not stated.
        "block-again": ("ok", "error"),
        # One bad number in a chunk refuses the whole chunk, or the good ones are blocked before the
        # failure is answered.
        "block-bad-number": ("whole", "partial"),
        # Unblocking a number that is not blocked: not stated ("Unregistered recipientNo." is seen).
        "remove-missing": ("ok", "error"),
        # How many numbers one removal takes: not stated; the addition takes 10.
        "remove-batch": ("10", "any"),
        # Two tags of one name: not stated.
        "tag-names": ("repeatable", "unique"),
        # Deleting a tag that contacts carry: not stated.
        "tag-delete": ("detaches", "refused"),
        # POST of a uid that exists: not stated.
        "uid-post": ("merge", "replace"),
        # tagIds and contacts: the table requires both, the lost caution below it either one.
        "uid-required": ("either", "both"),
        # How many uids one POST takes: not stated.
        "uid-batch": ("100", "any"),
        # One bad uid refuses the whole POST, or those before it are kept.
        "uid-bad": ("whole", "partial"),
        # `last`: at body.data.last in the example, at body.data.uids[].last in the table.
        "uids-last": ("data", "rows"),
        # Removing a phone number that the uid has not: not stated.
        "phone-missing": ("error", "ok"),
        **SENDING,
    }
)
