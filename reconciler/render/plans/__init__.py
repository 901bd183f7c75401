"""Plans and what became of them.

| module | does |
|---|---|
| `text` | plans and reports for people |
| `changes`, `diffs`, `values` | one change of a plan; what differs between two values; one value |
| `usage` | how an object is used, beside what would delete it |
| `blocked` | what could not be compared, and the way out |
| `overview` | how many of each kind, for plans with many changes |
| `order` | which changes of a plan wait for which |
| `extent` | what a plan looked at |
| `words` | what became of a change, in words |
| `progress` | how far reading and applying have come, as plain lines |
| `live` | the same as a bar that moves, in a terminal |
| `saved_plans`, `replay` | saved plans as files, and as the value that text is made from |
"""
