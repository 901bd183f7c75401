"""Emulated messaging providers, written from the providers' own documentation.

| module or folder | does |
|---|---|
| `app` | builds the ASGI application of all emulators, which tests can use without a port |
| `server` | serves it on a port; its connections can be dropped |
| `smtp`, `authority` | an SMTP server with STARTTLS; the authority of its certificate |
| `pipeline` | takes every request through recording, delays, faults and hooks |
| `faults` | makes a provider misbehave on command, the same way in every run |
| `control` | answers `/__emulator__/…`, by which tests and people inspect and steer an emulator |
| `store` | keeps the data, in memory or in a file |
| `readings` | which reading of its page a provider was told to take |
| `clock` | the time, which can be moved or stopped |
| `sent`, `outcomes` | the messages accepted for sending; what happens to one, by its recipient |
| `callbacks` | the webhook calls that providers owe: always listed, made if asked for |
| `request_log` | a request as one line of `--log-requests` |
| `engagelab_sms/`, `nhncloud_sms/`, `octeth/`, `surenotify/` | one provider each |

Nothing here knows our clients: an emulator that shared their code would agree with their mistakes.
"""
