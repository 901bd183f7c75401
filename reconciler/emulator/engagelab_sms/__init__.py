"""Emulates EngageLab SMS: signatures, templates and their review, and both APIs that send.

| module | does |
|---|---|
| `emulator` | the endpoints of all accounts, and the class the framework finds |
| `calls`, `credentials` | the arguments and refusals of endpoints; who may call them |
| `accounts` | the data of an account, and what all accounts share |
| `configs` | what signatures and templates share |
| `signatures`, `templates` | the endpoints of one kind each |
| `review` | reviews every signature and template after each change |
| `messages`, `send` | sending by the newer API, and by the older one |
| `content` | what both sending APIs share: numbers, filled templates |
| `receipts` | calls the callback with what became of messages |
| `console` | what people do in the console: reviewing, setting the callback |
| `readings` | what the pages leave open |

`/v1/sign-configs`, `/v1/template-configs` and `/v1/messages` take Basic auth of a dev key and its
secret, the older `/v1/send` that of an sms user and its key. The first use of a name decides which
of the two it is, so that mixing them up shows. Any name is an account of its own, but `invalid`
(code 2001), `expired` (2002) and `forbidden` (2004), as name or as secret, are refused.
"""

from reconciler.emulator.engagelab_sms.emulator import EMULATOR, EngagelabSms

__all__ = ["EMULATOR", "EngagelabSms"]
