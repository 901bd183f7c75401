"""Where the page contradicts itself or is silent, a reading chooses (the first is the default).

================  ==================================================================================
webhook-list      *Query Webhooks* shows one object and promises "all": `object` (one row as that
                  object, more as a list), `list`, `wrapped` (in `webhooks`), `data` (in `data`)
webhook-none      what *Query Webhooks* says when none exists: `plain` (no rows in the shape of
                  `webhook-list`), `object` `{}`, `null`, `empty` (no body), `404`
upsert-key        "specified type and url": `type` alone, or `type+url` (a new url is a second row)
webhook-url       starred in the table, not required by the schema: `required`; without it `kept` as
                  it was, or `cleared`
url-check         `http` refuses what is no http(s) address; `none` takes any string
unknown-fields    members that the request schema does not name: `tolerated` or `refused`
type-as           "number": `int`, `float` or `string`
sms-domain        *Query Webhooks* (SMS) has `domain` in its example, not in its table: `shown`,
                  `hidden`
error-key         `messages` (example) or `message` (table)
success-body      DELETE and exclusive-number examples: `valid` JSON or their `trailing-comma`
delete-status     a delete that worked: `200` or `204`
absent-delete     *Delete* lists 500 without saying when: absent things answer `500`, `200`, `204`
domain-repeat     a domain posted again: the `same` records, `400`, or `new-dkim`
domain-unknown    verifying a domain that was never created: `404`, `400`, `empty` list, `500`
domain-check      a domain's name has a dot in it (`dotted`), or has not (`none`), as
                  the `domain` of the page's own paths
domain-owner      a domain may exist in `many-accounts`, or in `one-account`
records           `spf+dkim` (the vendor's help pages), `spf` (the page's example), `growing` (DKIM
                  appears on verifying)
valid-as          `as-page` (POST "false", PUT true), `bool`, `string`
dns               the records are `published`, `missing`, or found on the `second-check`
date-suffix       *Query Exclusive Numbers* dates: `clean`, or with the example's `backtick`
numbers           exclusive numbers of a new account: `none`, or the page's two (`example`)
success-as        `success` of a message: a `list`; `as-page`, where that of an SMS to several is an
                  object if there is but one; `object` for every single success
no-recipients     starred in the table, not required by the schema: `refused`, or taken as `empty`
recipient-name    the same of a mail recipient's name: `optional` or `required`
longest-variable  "must not exceed 100" (table: `100`), "should under 100" (its error: `99`)
from-unknown      an SMS `from` that is no exclusive number of the account: `refused` or `ignored`
message-id        the id of an answer and the messageId of its events are the `same`, or, as in the
                  examples, `indexed` (`…-0-…`); both find the events
event-order       "only the first 50": `oldest-first` or `newest-first`
call-members      a webhook call has the message's members `nested` in `mail` or `sms_data`
                  (examples), or `flat` beside the event (tables)
bounce-type       of a webhook call: a `string` (examples) or a `number` (table)
================  ==================================================================================
"""

from collections.abc import Mapping
from types import MappingProxyType

SENDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "success-as": ("list", "as-page", "object"),
        "no-recipients": ("refused", "empty"),
        "recipient-name": ("optional", "required"),
        "longest-variable": ("100", "99"),
        "from-unknown": ("refused", "ignored"),
        "message-id": ("same", "indexed"),
        "event-order": ("oldest-first", "newest-first"),
        "call-members": ("nested", "flat"),
        "bounce-type": ("string", "number"),
    }
)
"""Readings that only affect messages and their events."""

ODD: Mapping[str, tuple[str, ...]] = MappingProxyType({"domain-check": ("dotted", "none")})
"""Readings that only affect requests that hardly any client sends."""

READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "webhook-list": ("object", "list", "wrapped", "data"),
        "webhook-none": ("plain", "object", "null", "empty", "404"),
        "upsert-key": ("type", "type+url"),
        "webhook-url": ("required", "kept", "cleared"),
        "url-check": ("http", "none"),
        "unknown-fields": ("tolerated", "refused"),
        "type-as": ("int", "float", "string"),
        "sms-domain": ("shown", "hidden"),
        "error-key": ("messages", "message"),
        "success-body": ("valid", "trailing-comma"),
        "delete-status": ("200", "204"),
        "absent-delete": ("500", "200", "204"),
        "domain-repeat": ("same", "400", "new-dkim"),
        "domain-unknown": ("404", "400", "empty", "500"),
        "domain-owner": ("many-accounts", "one-account"),
        "records": ("spf+dkim", "spf", "growing"),
        "valid-as": ("as-page", "bool", "string"),
        "dns": ("published", "missing", "second-check"),
        "date-suffix": ("clean", "backtick"),
        "numbers": ("none", "example"),
        **SENDING,
        **ODD,
    }
)
