"""A stateful Octeth Email Gateway, written from the product's API pages.

Two families, as on the *Email Gateway API* page: the commands of `POST /api.php` (account: the
body's `APIKey`, else `SessionID`; missing or `invalid` is error 99998) and the end-user endpoints
of `/api/v1/webhooks`, `/api/v1/email` and `/api/v1/events` (bearer: a sender domain's API key). Two
editions of that page differ in names and answers; the reading `generation` chooses. All readings
are described in `readings`.
"""

from reconciler.emulator.octeth.emulator import OctethEmulator

EMULATOR = OctethEmulator

__all__ = ["EMULATOR", "OctethEmulator"]
