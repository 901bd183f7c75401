"""A stateful Surenotify, written from the provider's API page.

Endpoints, by the page's section: *Add/Update*, *Query* and *Delete Webhook* for e-mail
(`/v1/webhooks`) and SMS (`/v1/sms/webhooks`), *Create*, *Verify* and *Delete Sender
Authentication* (`/v1/domains/{domain}`), *Query Exclusive Numbers*, *Send Single/Multiple Emails*
(`/v1/messages`) and *SMS* (`/v1/sms/messages`), and *Event Query* of both (`/v1/events`,
`/v1/sms/events`). The header `x-api-key` is the account; whatever is asked for, a missing one, or
the key `invalid`, is answered with 403 (*Authentication*). `readings` describes all readings.
"""

from reconciler.emulator.surenotify.emulator import SurenotifyEmulator

EMULATOR = SurenotifyEmulator

__all__ = ["EMULATOR", "SurenotifyEmulator"]
