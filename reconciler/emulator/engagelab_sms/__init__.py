"""Emulates EngageLab SMS: signatures, templates and their review, and both APIs that send.

| module | does |
|---|---|
| `emulator` | the endpoints of all accounts, and the class the framework finds |
| `calls`, `credentials` | what an endpoint gets and how it declines; who may call it |
| `accounts` | the data of an account, and what all accounts share |
| `configs` | what signatures and templates share |
| `signatures`, `templates` | what is managed, one each |
| `review` | reviews every signature and template after each change |
| `messages`, `send` | send by the newer and by the older API |
| `content` | what both have in common: numbers, filled templates |
| `receipts` | tells the callback what became of messages |
| `console` | what people do outside of the API |
| `readings` | what the pages leave open |

`/v1/sign-configs`, `/v1/template-configs` and `/v1/messages` take Basic auth of a dev key and its
secret, the older `/v1/send` that of an sms user and its key. A name is of the kind that it was
first used as, so that mixing the two up shows; any name is an account of its own, but `invalid`
(code 2001), `expired` (2002) and `forbidden` (2004), as name or as secret, are refused.

`readings` has what the pages leave open, `console` what people do outside of the API: reviewing,
and saying where receipts go.
"""

from reconciler.emulator.engagelab_sms.emulator import EMULATOR, EngagelabSms

__all__ = ["EMULATOR", "EngagelabSms"]
