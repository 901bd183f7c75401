"""What speaks to a provider. A provider type is a folder here, or a package found by its name.

| module | holds |
|---|---|
| `provider` | one account, which hands all that concerns an object to its kind's handler |
| `kind` | how a provider declares its kinds, as data |
| `handler` | the contract of one kind: what it must, must not and may do |
| `rest`, `wire`, `listing` | plain REST kinds as data; how values are spelled; lists in pages |
| `lenient` | answers that spell one thing in several ways |
| `task` | what the engine hands to a provider and gets back |
| `left` | what an object made anew takes over from the old one, though no manifest mentions it |
| `callbacks`, `messenger` | webhook calls of a provider; messages sent to prove it |
| `registry` | finds provider types and builds a `Provider` for an `Account` |
| `credentials`, `trusted` | where credentials come from; where they may go |
| `parts`, `sets` | kinds that claim several parts of one object; kinds that are sets of numbers |
| `inside`, `told_once` | what is listed by its parent; what has a secret that is told once |
| `hooks`, `hook_groups` | webhooks that a server keeps by event; grouped as manifests claim them |
| `hook_handler`, `hook_changes` | such webhooks observed and changed; one change, event by event |
| `examination` | whether an object works, as far as that costs nothing |
| `rule` | what a lint rule is, and what it is given |
| `engagelab_sms/`, `nhncloud_sms/`, `octeth/`, `surenotify/` | one provider type each |

The folder of a type has `provider`, `client` (requests, answers), `kinds`, `convert`, `messages`
(for canaries), `lint`, and a module for each kind. All HTTP goes through `reconciler.http`.
"""
