"""A stateful Surenotify, written from the provider's API page.

| module | does |
|---|---|
| `emulator` | the endpoints of all accounts, seeding, and the class the framework finds |
| `calls`, `answers` | the arguments and refusals of endpoints; how answers are sent |
| `domains`, `webhooks`, `numbers` | sender domains; webhooks of both channels; exclusive numbers |
| `mail`, `sms`, `sending` | sending mail; sending SMS; what both share |
| `events`, `happenings` | queries of events; the events of a message, with their names |
| `calling` | plans the signed webhook calls that follow from a message |
| `regions` | the countries that SMS goes to |
| `readings` | where the page contradicts itself or is silent |

Endpoints, by the page's section: *Add/Update*, *Query* and *Delete Webhook* for e-mail
(`/v1/webhooks`) and SMS (`/v1/sms/webhooks`), *Create*, *Verify* and *Delete Sender
Authentication* (`/v1/domains/{domain}`), *Query Exclusive Numbers*, *Send Single/Multiple Emails*
(`/v1/messages`) and *SMS* (`/v1/sms/messages`), and *Event Query* of both (`/v1/events`,
`/v1/sms/events`). The header `x-api-key` is the account; every request without it, or with the key
`invalid`, is answered with 403 (*Authentication*).
"""

from reconciler.emulator.surenotify.emulator import SurenotifyEmulator

EMULATOR = SurenotifyEmulator

__all__ = ["EMULATOR", "SurenotifyEmulator"]
