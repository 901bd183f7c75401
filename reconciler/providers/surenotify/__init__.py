"""Newsleopard Surenotify: sender domains and webhooks.

| module | holds |
|---|---|
| `provider` | the account, and which module handles which kind |
| `client` | builds requests; tells what answers mean |
| `kinds` | the kinds, as data |
| `convert` | reads the JSON of webhooks and DNS records |
| `callbacks` | checks and reads the calls of its webhooks |
| `domains`, `webhooks` | the handler of one kind each |
| `slots` | webhooks as slots, one for a channel and event: which manifest has which |
| `changing` | the steps that put a webhook's slots and clear them |
| `messages` | sends a test message (a canary), and asks whether it arrived |
| `lint` | what plan and drift report about domains and webhooks |

Written from "Surenotify API Documentation", sections Authentication, Sender Authentication, Webhook
and SMS Webhook.
"""

from reconciler.providers.surenotify.provider import Surenotify

PROVIDER = Surenotify

__all__ = ["PROVIDER", "Surenotify"]
