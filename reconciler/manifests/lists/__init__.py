"""Files of phone numbers, as a block list names them: one number a line, or a column of a CSV.

| module | holds |
|---|---|
| `content` | a file's bytes as pieces of whole lines, unpacked, within limits |
| `table` | which column of a table has the numbers, and rows with quotes |
| `cells` | why a cell is no phone number, in words |
| `found` | what a file holds: numbers, faults, doubts |
| `reader` | one file to those |
| `shelf` | the files of one run, each read once, within limits for all of them |
"""
