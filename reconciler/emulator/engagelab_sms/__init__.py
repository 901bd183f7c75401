"""Emulates EngageLab SMS: signatures, templates and their review, and both APIs that send.

`/v1/sign-configs`, `/v1/template-configs` and `/v1/messages` take Basic auth of a dev key and its
secret, the older `/v1/send` that of an sms user and its key. A name is of the kind that it was
first used as, so that mixing the two up shows; any name is an account of its own, but `invalid`
(code 2001), `expired` (2002) and `forbidden` (2004), as name or as secret, are refused.

`readings` has what the pages leave open, `console` what people do outside of the API: reviewing,
and saying where receipts go.
"""

from reconciler.emulator.engagelab_sms.emulator import EMULATOR, EngagelabSms

__all__ = ["EMULATOR", "EngagelabSms"]
