"""Files of phone numbers, as a block list names them: one number a line, or a column of a CSV.

| module | does |
|---|---|
| `shelf` | reads each file of a run once, within limits for all files together |
| `reader` | reads one file: its numbers, faults and doubts |
| `found` | the values that `reader` returns |
| `content` | yields a file's bytes, unpacked, in pieces of whole lines |
| `table` | finds the column of numbers in a table; reads rows with quotes |
| `cells` | says in words why a cell is not a phone number |
"""
