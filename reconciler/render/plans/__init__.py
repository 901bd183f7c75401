"""Plans, their progress and their results, as text.

| module | does |
|---|---|
| `text` | a whole plan; the results of an apply; findings |
| `changes` | one change of a plan, with its fields |
| `diffs`, `values` | the difference of two values; one value |
| `usage` | how an object is used, shown with a change that would delete it |
| `blocked` | what could not be compared, and what to do |
| `overview` | counts of changes by kind, for plans with many changes |
| `order` | the order of work: which changes wait for which |
| `extent` | how much of the project a plan covers |
| `words` | results of changes in words |
| `progress` | the progress of reading and applying, as plain lines |
| `live` | the same as a moving bar, in a terminal |
| `saved_plans` | writes and reads the files of saved plans, and checks their signatures |
| `replay` | makes a plan to show out of a saved one |
"""
