"""A stateful Octeth Email Gateway, written from the product's API pages.

| module | does |
|---|---|
| `emulator` | `POST /api.php` of all accounts, seeding, and the class the framework finds |
| `calls`, `answers` | what a command gets and how it declines; how everything is sent |
| `accounts` | the rows of an account, and whose a domain's API key is |
| `domains`, `credentials`, `webhooks` | commands for domains; for keys and SMTP; for webhooks |
| `events`, `happenings` | commands that ask what became of mails; the log they read |
| `enduser`, `email`, `rest_events`, `rest_webhooks` | `/api/v1/…`: what they share, then one each |
| `submission` | mail that comes by SMTP |
| `readings` | what the pages leave open |

Two families, as on the *Email Gateway API* page: the commands of `POST /api.php` (account: the
body's `APIKey`, else `SessionID`; missing or `invalid` is error 99998) and the end-user endpoints
of `/api/v1/webhooks`, `/api/v1/email` and `/api/v1/events` (bearer: a sender domain's API key). Two
editions of that page differ in names and answers; the reading `generation` chooses. All readings
are described in `readings`.
"""

from reconciler.emulator.octeth.emulator import OctethEmulator

EMULATOR = OctethEmulator

__all__ = ["EMULATOR", "OctethEmulator"]
