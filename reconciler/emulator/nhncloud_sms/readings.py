"""Where NHN Cloud's page can be read in two ways, and what each reading makes the emulator do.

The first value is the default: what the page's examples show, else the milder behaviour.

===================  ===============================================================================
failure-status       HTTP status of a failure, for which the page gives none: `200`, `400`
failure-codes        the page names no code of a failure: `listed` in the list of error codes, or
                     `unlisted`: -1 for everything
header-only          PUT/DELETE category and POST/PUT/DELETE template answer with a header alone and
                     resultCode ""; other writes answer 0, "SUCCESS" and a null body: `blank`,
                     `zero`
category-created     POST category: object in the example, `data[]` in the table: `object`, `list`
category-one         GET one category: list of one in the example; every other single read is an
                     object: `list`, `object`
category-missing     GET one category that is not there, not stated: `error`, `empty`
category-names       two categories of one name below one parent, not stated: `repeatable`, `unique`
parent-zero          "categoryParentId": 0 in the example of POST category: the default, or a
                     placeholder: `highest`, `unknown`
put-omitted          optional texts (description, title) left out of a PUT, not stated: `clears`,
                     `keeps`
put-omitted-files    attachFileIdList left out of a PUT, not stated: `keeps`, `clears`
empty-text           how an empty or missing description or title is read back, not stated:
                     `as-sent`, `null`, `empty`
line-endings         line endings of a template's body, CR LF in all examples: `kept`, `crlf`
text-ends            white space at the ends of a text, read back, not stated: `kept`, `trimmed`
users                createUser and updateUser: echo of the request, or the console account's e-mail
                     address: `as-sent`, `e-mail`
template-page-size   largest pageSize of the template list: its table has none; a larger one is cut
                     down to it: `1000`, `100`
template-limit       templates per account: not in the page, -2112 "Max: 1000" in the list of error
                     codes: `none`, `1000`
deleted-templates    delYn "only to show current status": deleted templates stay in the list, or
                     not: `gone`, `kept`
deleted-template-id  a deleted templateId may be registered again (since 2023-08-29), or not (-2101,
                     before): `free`, `taken`
attachment-reuse     a fileId that another template uses: -2043 in the list of error codes, not in
                     the page: `refused`, `allowed`
senders              sender numbers: only registered ones (-2312), or any well-formed one, for
                     rehearsals: `registered`, `any`
unsubscribe-numbers  080 numbers: any, or only those that joined the service (-6004): `any`,
                     `joined`
short-recipients     a number of fewer than 8 digits on a block list; the page says "at most 20" and
                     no more: `refused`, `allowed`
block-again          blocking a number that is blocked, not stated: `ok`, `error`
block-bad-number     one bad number in a chunk refuses the whole chunk, or the good ones are blocked
                     before the failure is answered: `whole`, `partial`
remove-missing       unblocking a number that is not blocked, not stated ("Unregistered
                     recipientNo." is seen): `ok`, `error`
remove-batch         how many numbers one removal takes, not stated; the addition takes 10: `10`,
                     `any`
remove-parameter     the numbers to unblock: a list `recipientNoList` in the URL, one `recipientNo`
                     of at most 20 characters in the table; `both` are taken, or the latter alone
tag-names            two tags of one name, not stated: `repeatable`, `unique`
tag-delete           deleting a tag that contacts carry, not stated: `detaches`, `refused`
uid-post             POST of a uid that exists, not stated: `merge`, `refused`, `replace`
uid-required         tagIds and contacts: the table requires both, the lost caution below it either
                     one: `either`, `both`
uid-batch            how many uids one POST takes, not stated: `100`, `any`
uid-bad              one bad uid refuses the whole POST, or those before it are kept: `whole`,
                     `partial`
uids-last            `last`: at body.data.last in the example, at body.data.uids[].last in the
                     table: `data`, `rows`
phone-missing        removing a phone number that the uid has not, not stated: `error`, `ok`
bad-recipient        a recipient that cannot be: its own code in sendResultList, or the request is
                     refused: `result`, `whole`
template-parameter   a placeholder without a parameter: -2111, or sent as it stands: `refused`,
                     `literal`
characters           what EUC-KR has no place for: -2023, or "?" where the console allows
                     replacements: `refused`, `replaced`
auth-keyword         a word of authentication in what sender/auth/sms sends: -8000 is in no table of
                     the page: `required`, `free`
night-ads            advertising at night: msgStatus 6, or 7 until the morning: `failed`, `resent`
ad-blocked           advertising to a number on the 080 list: -6001 in sendResultList, or it fails
                     later: `result`, `failed`
mtpr-as              mtPr: a string in the examples, an integer in the tables: `string`, `int`
auth-send-type       sendType of an authentication message: "2" in the table, "0" in its example:
                     `2`, `0`
sent-order           the order of lists of messages, not stated: `newest`, `oldest`
results-list         message-results: `data` in the example, `data.resultUpdateList` in the table:
                     `data`, `resultUpdateList`
tag-title            the title of tag-sender/mms: required in the table, not in the example:
                     `required`, `optional`
tag-status           masterStatusCode: READY in the example, MAS01 among the filters: `word`, `code`
===================  ===============================================================================
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SENDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bad-recipient": ("result", "whole"),
        "template-parameter": ("refused", "literal"),
        "characters": ("refused", "replaced"),
        "auth-keyword": ("required", "free"),
        "night-ads": ("failed", "resent"),
        "ad-blocked": ("result", "failed"),
        "mtpr-as": ("string", "int"),
        "auth-send-type": ("2", "0"),
        "sent-order": ("newest", "oldest"),
        "results-list": ("data", "resultUpdateList"),
        "tag-title": ("required", "optional"),
        "tag-status": ("word", "code"),
    }
)
"""Readings that only affect messages."""

ODD: Mapping[str, tuple[str, ...]] = MappingProxyType({"short-recipients": ("refused", "allowed")})
"""Readings that only affect requests that hardly any client sends."""

READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "failure-status": ("200", "400"),
        "failure-codes": ("listed", "unlisted"),
        "header-only": ("blank", "zero"),
        "category-created": ("object", "list"),
        "category-one": ("list", "object"),
        "category-missing": ("error", "empty"),
        "category-names": ("repeatable", "unique"),
        "parent-zero": ("highest", "unknown"),
        "put-omitted": ("clears", "keeps"),
        "put-omitted-files": ("keeps", "clears"),
        "empty-text": ("as-sent", "null", "empty"),
        "line-endings": ("kept", "crlf"),
        "text-ends": ("kept", "trimmed"),
        "users": ("as-sent", "e-mail"),
        "template-page-size": ("1000", "100"),
        "template-limit": ("none", "1000"),
        "deleted-templates": ("gone", "kept"),
        "deleted-template-id": ("free", "taken"),
        "attachment-reuse": ("refused", "allowed"),
        "senders": ("registered", "any"),
        "unsubscribe-numbers": ("any", "joined"),
        "block-again": ("ok", "error"),
        "block-bad-number": ("whole", "partial"),
        "remove-missing": ("ok", "error"),
        "remove-batch": ("10", "any"),
        "remove-parameter": ("both", "recipientNo"),
        "tag-names": ("repeatable", "unique"),
        "tag-delete": ("detaches", "refused"),
        "uid-post": ("merge", "refused", "replace"),
        "uid-required": ("either", "both"),
        "uid-batch": ("100", "any"),
        "uid-bad": ("whole", "partial"),
        "uids-last": ("data", "rows"),
        "phone-missing": ("error", "ok"),
        **SENDING,
        **ODD,
    }
)
