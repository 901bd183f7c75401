"""Pure data, shared by every layer: no input, no output, no clock.

| module | holds |
|---|---|
| `values` | the JSON values of fields, and how one points at another object |
| `address` | `Address`: `<provider>/<Kind>/<name>` |
| `base_url`, `host` | one spelling for all of the same base URL; hosts that may have credentials |
| `loopback` | which hosts are this machine |
| `composed` | texts in NFC, so that what looks alike is alike |
| `resource` | what manifests say: `Resource`, `Account`, `Project`, `Configuration` |
| `live` | what a provider has: `LiveObject`, `Collection`, `Observation` |
| `owned` | what state remembers: `OwnedObject` |
| `change` | `Change`: `Create`, `Adopt`, `Update`, `Replace`, `Delete`, `Forget`, and their parts |
| `finding` | `Finding`: what a rule noticed |
| `lint` | what users say of rules: levels, ignored findings |
| `policy` | `Policy`: a team's own rule, as it is written |
| `refusal` | why findings stop a plan, in words |
| `plan` | `Plan`: changes, findings and costs, as a value |
| `store_cost` | what applying costs at the store of the state |
| `journal` | `Intent`, `Response`, `Watch`: the crash-safe record of writes |
| `result` | what apply and drift report |
| `imported` | what an import did |
| `review` | `Review`: what a provider's reviewers say |
| `secret`, `secret_source` | `Secret`, which cannot be printed; where manifests say one is read |
| `numbers` | `NumberSet`, a million phone numbers in a few megabytes |
| `origin` | where in a manifest something stands |
| `environment` | what one set of manifests is applied to |
| `canary`, `verification` | real messages that prove something; what `verify` finds out |
| `changes_digest` | one digest for plans that change the same |
| `saved_plan` | a plan in a file, and what must hold when it is applied |
| `members`, `parts` | members of a set kind; parts that are objects of their own |
| `untold` | an object whose server never revealed its secret |
| `usage` | how an object is used, as its provider tells |
| `dns`, `zones` | DNS records that a sender domain needs, in zones, and what DNS has |
| `phone`, `personal` | numbers that can be dialled; numbers masked for people |
| `moment`, `durations` | times of a clock that may be wrong; spans as people write them |
| `report_formats` | which command has which format of `--report` |
| `on_disk` | file names as this machine spells them |

One word for each thing, in code, docstrings and messages:

| word | means |
|---|---|
| desired | as manifests say it; never what somebody wants |
| live | as the provider has it now |
| applied | as state remembers it from the last apply |
| row | what state remembers of one object it owns |
| owned, ours | in state: an address stands for it |
| collection | all objects that one account has of one kind; `(provider, kind)` is its key |
| place | where a secret is delivered, in a sink; where something stands in a file is a location |
| condition | whether what was delivered to a place is still there |
| progress | told while something is read or applied; a view shows it to people |
| unmanaged | live, and in no row of this state |
| adopt, forget | to take a live object into state; to drop it from there and leave it alone |
| hand over | to let another address own a live part, in state alone |
| conflict | an unmanaged part where a resource is to have one |
| twin | an unmanaged object that could be the one which a create made, or is about to make |
| orphan | a live object that is ours by proof, and in no row |
| deposed | replaced, and still to be deleted |
| beside | new, while the deposed object is in service until the new one is approved |
| waiting | not sent, because a review comes first; no failure |
| marker | what a created object carries, so that it is found again |
| intent | a write, remembered before it is sent; open until it is settled |
| settle | to close intents with what became of them and write the rows that follow, at once |
| in doubt | sent, and whether it was done is not known |
| watch | to look, in later plans, for a twin of what was once in doubt |
"""
