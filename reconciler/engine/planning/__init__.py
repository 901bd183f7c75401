"""Makes the plan. Writes nothing, neither to a provider nor to state.

| module | does |
|---|---|
| `planner` | the one way in: reads, compares, assembles the `Plan` |
| `options`, `frame` | what the command line says about a plan; the resources and rows it is about |
| `desired` | turns what manifests say into canonical fields, references resolved |
| `comparison`, `removal` | plan one desired resource; plan what no manifest has any more |
| `match`, `differing` | find the live object of a resource; say how its fields differ |
| `difference` | how a resource differs from what is live, before anything is decided |
| `adoption`, `renewal` | what state does not own: create, adopt; what it owns: update, replace |
| `notes` | the notes that a plan shows beside a change |
| `hand_overs` | parts of live objects that one resource hands over to another |
| `deliveries` | what becomes of delivered secrets: left, moved, delivered again, lost |
| `waiting` | which changes wait for a review, and what waits because of them |
| `along` | finds owned objects that deletions take along |
| `refusals` | refuses to delete objects that contain unmanaged ones |
| `use` | asks how the objects that a plan deletes are used |
| `clashes` | offline: two manifests that claim one identity or one slot |
| `accounts` | checks that each provider name stands for one account, the one that state knows |
| `unread` | makes one line of each account that could not be read |
| `estimate` | how many requests and seconds |
| `store_cost` | how many puts or commits at the store of the state |
| `verdicts` | which findings stop a plan |
| `result` | collects changes, and what cannot be planned |
"""
