"""Talks to providers. A provider type is a folder here, or a plugin package found by its name.

| module | holds |
|---|---|
| `provider` | one account: hands every task about an object to the handler of its kind |
| `kind` | how a provider declares its kinds, as data |
| `handler` | the contract of one kind: what it must, must not and may do |
| `rest`, `wire`, `listing` | plain REST kinds as data; values in JSON; reading lists in pages |
| `lenient` | reads answers that have several names and spellings for the same thing |
| `task` | what the engine gives to a provider and gets back: scope, task, steps, result |
| `carried_over` | unmanaged fields of an object, carried over to the one that replaces it |
| `callbacks`, `messenger` | a provider's webhook calls; messages sent for `verify` |
| `registry` | finds provider types and builds a `Provider` for an `Account` |
| `credentials`, `trusted` | reads credentials; to which hosts they may be sent |
| `parts`, `sets` | kinds whose objects are made of parts, or are sets of numbers |
| `inside`, `shown_once` | kinds listed by parent object; kinds whose secret is shown only once |
| `hooks`, `hook_groups` | webhooks kept by event; how manifests group the events |
| `hook_handler`, `hook_changes` | the handler of such webhooks; changing one, event by event |
| `examination` | free checks whether an object works, for `verify` |
| `rule` | how a lint rule is declared, and what it gets to see |
| `engagelab_sms/`, `nhncloud_sms/`, `octeth/`, `surenotify/` | one provider type each |

The folder of a type has `provider`, `client` (requests, answers), `kinds`, `convert`, `messages`
(for canaries), `lint`, and a module for each kind. All HTTP goes through `reconciler.http`.
"""
