"""Newsleopard Surenotify: sender domains and webhooks.

| module | holds |
|---|---|
| `provider` | the account, and which module handles which kind |
| `client` | requests, and what answers mean |
| `kinds` | the kinds, as data |
| `convert` | JSON to fields |
| `callbacks` | webhook calls |
| `domains`, `webhooks` | one kind each |
| `slots` | which webhook slots belong to which manifest |
| `changing` | one change of a webhook |
| `messages` | sends a canary, and asks what became of it |
| `lint` | what plan and drift say of accounts |

Written from "Surenotify API Documentation", sections Authentication, Sender Authentication, Webhook
and SMS Webhook.
"""

from reconciler.providers.surenotify.provider import Surenotify

PROVIDER = Surenotify

__all__ = ["PROVIDER", "Surenotify"]
