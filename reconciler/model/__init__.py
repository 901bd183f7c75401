"""Pure data, shared by every layer: no input, no output, no clock.

| module | holds |
|---|---|
| `values` | the JSON values of fields, and how a value refers to another object |
| `address` | `Address`: `<provider>/<Kind>/<name>` |
| `base_url` | the one spelling in which base URLs are compared |
| `host`, `loopback` | hosts that may be sent credentials; which hosts are this machine |
| `composed` | texts in NFC, so that texts which look equal are equal |
| `resource` | what manifests say: `Resource`, `Account`, `Project`, `Configuration` |
| `live` | what a provider has: `LiveObject`, `Collection`, `Observation` |
| `owned` | what state remembers: `OwnedObject` |
| `change` | `Change`: `Create`, `Adopt`, `Update`, `Replace`, `Delete`, `Forget`, and their parts |
| `finding` | `Finding`: what a rule noticed |
| `lint` | the project's settings of lint rules: levels, ignored findings |
| `policy` | `Policy`: a team's own rule, as it is written |
| `refusal` | the error of a plan that findings stop |
| `plan` | `Plan`: changes, findings and costs, as a value |
| `store_cost` | what applying a plan costs at the store of the state |
| `ids` | ids of operations and saved plans; the marker that names an operation |
| `journal` | `Intent`, `Response`, `Watch`: the crash-safe record of writes |
| `result` | what apply and drift report |
| `imported` | what import reports |
| `review` | `Review`: what a provider's reviewers say |
| `secret` | `Secret`: a text that cannot be printed by accident |
| `secret_source` | where a secret is read from: a variable or a file |
| `numbers` | `NumberSet`: a million phone numbers in a few megabytes |
| `origin` | `Origin`: a position in a manifest |
| `environment` | `Environment`: variables, state and labels of `staging`, `production` … |
| `canary` | `Canary`: a real message that proves that something works |
| `verification` | what `verify` reports, and the record of a sent canary |
| `changes_digest` | a digest that plans with equal changes share |
| `saved_plan` | a plan in a file, and what must hold when it is applied |
| `members` | how manifests write the members of a set kind |
| `parts` | the parts of an object that are objects of their own at the provider |
| `untold` | an object whose server never revealed its secret |
| `usage` | how an object is used, as its provider tells |
| `dns` | the DNS records of one sender domain, as its provider and state have them |
| `zones` | the records of all domains by zone, and what DNS servers say of them |
| `phone` | phone numbers as people write them, read as numbers that can be dialled |
| `personal` | masks people's numbers |
| `moment`, `durations` | times for people and programs; spans of time as people write them |
| `report_formats` | which commands have which format of `--report` |
| `on_disk` | file names as this machine's file system takes them |

One word for each thing, in code, docstrings and messages:

| word | means |
|---|---|
| desired | as manifests say it; never what somebody wants |
| live | as the provider has it now |
| applied | as state remembers it from the last apply |
| row | what state remembers of one object it owns |
| owned, ours | in a row of state, under an address |
| collection | all objects that one account has of one kind; `(provider, kind)` is its key |
| place | where a secret is delivered, in a sink; where something stands in a file is a location |
| condition | whether what was delivered to a place is still there |
| progress | reported while something is read or applied; a view shows it to people |
| unmanaged | live, and in no row of this state |
| adopt, forget | to take a live object into state; to drop it from state and leave it alone |
| hand over | to let another address own a live part: only state changes |
| conflict | an unmanaged part where a resource is to have one |
| twin | an unmanaged object that could be the one which a create made, or is about to make |
| orphan | a live object that is proven to be ours, and in no row |
| deposed | replaced, and still to be deleted |
| beside | a new object is made beside the old one, which stays in service until its approval |
| waiting | not sent, because a review comes first; no failure |
| marker | a text that a created object carries, so that it is found again |
| intent | a write, stored before it is sent; open until it is settled |
| settle | to close intents with what became of them and write the rows that follow, at once |
| in doubt | sent, and not known whether it was done |
| watch | later plans look for twins of an object whose create was in doubt, or that was gone |
"""
