"""Emulated messaging providers, written from the providers' own documentation.

| module or folder | does |
|---|---|
| `app` | builds the ASGI application, which needs no port |
| `server` | serves it on a port, with connections that can be dropped |
| `smtp`, `authority` | takes mail by SMTP with STARTTLS; who vouches for the server |
| `pipeline` | takes every request through recording, delays, faults and hooks |
| `faults` | makes a provider misbehave on command, the same way in every run |
| `control` | answers `/__emulator__/…`: what tests and people ask beside the APIs |
| `store` | keeps the data, in memory or in a file |
| `clock` | the time, which can be moved or stopped |
| `sent`, `outcomes` | what was accepted for sending; what becomes of it, by recipient |
| `callbacks` | lists the webhook calls that are owed, and makes them where told to |
| `request_log` | what a request looks like in `--log-requests` |
| `engagelab_sms/`, `nhncloud_sms/`, `octeth/`, `surenotify/` | one provider each |

Nothing here knows our clients: an emulator that shared their code would agree with their mistakes.
"""
