"""A stateful Octeth Email Gateway, written from the product's API pages.

| module | does |
|---|---|
| `emulator` | `POST /api.php` of all accounts, seeding, and the class the framework finds |
| `calls`, `answers` | the arguments and refusals of commands; how answers are sent |
| `accounts` | the rows of an account; which account owns an API key or login |
| `domains`, `credentials`, `webhooks` | commands for domains; keys and SMTP; webhooks |
| `events`, `happenings` | commands about the events of mails; the log that these read |
| `enduser`, `email`, `rest_events`, `rest_webhooks` | `/api/v1/…`: the common part, then one each |
| `submission` | takes mail that is sent by SMTP |
| `readings` | what the pages leave open |

Two families, as on the *Email Gateway API* page: the commands of `POST /api.php` (account: the
body's `APIKey`, else `SessionID`; missing or `invalid` is error 99998) and the end-user endpoints
of `/api/v1/webhooks`, `/api/v1/email` and `/api/v1/events` (bearer: a sender domain's API key). Two
editions of that page differ in names and answers; the reading `generation` chooses one.
"""

from reconciler.emulator.octeth.emulator import OctethEmulator

EMULATOR = OctethEmulator

__all__ = ["EMULATOR", "OctethEmulator"]
