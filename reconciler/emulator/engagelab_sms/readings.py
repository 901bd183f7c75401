"""Where the pages contradict each other or are silent, a reading chooses: the first by default.

==================  ================================================================================
review              who decides: `instant` approval, `manual` (the console's calls decide, see
                    `console`), `rejecting`, or `timed`: approved some seconds later
missing             what is said of an object that does not exist: "template `config` not exist" is
                    shown once, of a signature nothing is; or that it is not `found`
template-names      nothing says that they differ: `repeatable`, or `unique` as those of signatures
banned-words        "cannot contain: test": as `substring`, in `any-case` too, or as a `word`
banned              content with such words: `refused` at once, or `reviewed` and then rejected
put-authentication  the page of PUT knows two types, the page of POST three: `accepted`, `refused`
pending-delete      deleting what is being reviewed: `allowed` or `refused`
signature-in-use    a signature cannot go while `plans` use it; `templates` keep it, too
no-signature        sign_id and its neighbours, "optional", where there is none: `absent`, or `zero`
country-order       country_codes are read back `as-sent`, or `sorted`
list-order          of both lists: `oldest` first, or `newest`
placeholders        `{name}` on the template pages, `{{name}}` where sending is described: `both`,
                    `single`, `double`
numbers             "+8618701235678" and "923700056581" both stand there: `either`, `plus`, `bare`
bad-number          a malformed number among `to` of /v1/messages: not `counted`, or all `refused`
template-id-as      template.id of /v1/messages: a `string`; an older page has a number: `either`
refusal-status      /v1/messages: the HTTP status of the table of codes (`documented`), or `200`:
                    the code alone tells
send-nesting        /v1/send: template_id in `body` as in the example (`nested`); the table is flat:
                    `either`
vars                /v1/send: `{"name": "value"}` in the example, `{"name": ["value"]}` in the text:
                    `either`, `scalars`, `lists`
send-success        /v1/send: the example has ids alone (`bare`), the table counts too (`counted`)
send-request-id     /v1/send answers a request_id that nobody sent: `made` or `absent`
request-id-errors   "the last request result will be returned" within an hour: errors are
                    `forgotten`, or `remembered` like the rest
==================  ================================================================================
"""

from collections.abc import Mapping
from types import MappingProxyType

SENDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "placeholders": ("both", "single", "double"),
        "numbers": ("either", "plus", "bare"),
        "bad-number": ("counted", "refused"),
        "template-id-as": ("string", "either"),
        "refusal-status": ("documented", "200"),
        "send-nesting": ("nested", "either"),
        "vars": ("either", "scalars", "lists"),
        "send-success": ("bare", "counted"),
        "send-request-id": ("made", "absent"),
        "request-id-errors": ("forgotten", "remembered"),
    }
)
"""Those that concern messages alone."""

READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "review": ("instant", "manual", "rejecting", "timed"),
        "missing": ("config", "found"),
        "template-names": ("repeatable", "unique"),
        "banned-words": ("substring", "any-case", "word"),
        "banned": ("refused", "reviewed"),
        "put-authentication": ("accepted", "refused"),
        "pending-delete": ("allowed", "refused"),
        "signature-in-use": ("plans", "templates"),
        "no-signature": ("absent", "zero"),
        "country-order": ("as-sent", "sorted"),
        "list-order": ("oldest", "newest"),
        **SENDING,
    }
)
