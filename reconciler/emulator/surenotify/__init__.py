"""A stateful Surenotify, written from the provider's API page (configuration endpoints only).

Endpoints, by the page's section: *Add/Update*, *Query* and *Delete Webhook* for e-mail
(`/v1/webhooks`) and SMS (`/v1/sms/webhooks`), *Create*, *Verify* and *Delete Sender
Authentication* (`/v1/domains/{domain}`), *Query Exclusive Numbers*. The header `x-api-key` is the
account; whatever is asked for, a missing one, or the key `invalid`, is answered with 403
(*Authentication*). All readings are described in `readings`.
"""

from reconciler.emulator.surenotify.emulator import SurenotifyEmulator

EMULATOR = SurenotifyEmulator

__all__ = ["EMULATOR", "SurenotifyEmulator"]
