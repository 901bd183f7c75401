"""Makes the plan. Writes nothing, neither to a provider nor to state.

| module | does |
|---|---|
| `planner` | the one way in: reads, compares, assembles the `Plan` |
| `options`, `frame` | what the command line says about a plan; what that makes it about |
| `desired` | turns what manifests say into canonical fields, references resolved |
| `comparison`, `removal` | plan one desired resource; plan what no manifest has any more |
| `match`, `differing` | find the live object of a resource; say how its fields differ |
| `difference` | how a resource differs from what is live, before anything is decided |
| `adoption`, `renewal` | what state does not own: create, adopt; what it owns: update, replace |
| `notes` | what a person should know of a change besides what it changes |
| `hand_overs` | parts of live objects that one resource hands over to another |
| `deliveries` | what becomes of delivered secrets: left, moved, delivered again, lost |
| `waiting` | which changes wait for a review, and what waits because of them |
| `along` | follows deletions to what of ours they take with them |
| `refusals` | refuses to delete what holds objects of others |
| `use` | asks how that is used which the plan would delete |
| `clashes` | offline: two manifests that claim one identity or one slot |
| `accounts` | checks that each provider name stands for one account, the one that state knows |
| `unread` | makes one line of each account that could not be read |
| `estimate` | how many requests and seconds |
| `store_cost` | how many puts or commits at the store of the state |
| `verdicts` | how bad findings are for the plan at hand |
| `result` | collects changes, and what cannot be planned |
"""
