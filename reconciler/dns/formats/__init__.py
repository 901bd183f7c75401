"""Zones as the files of other tools.

| module | has |
|---|---|
| `export` | the table of formats: file names, and how to know a file of ours |
| `comments` | what stands at the head of each file |
| `strings` | quotes, for all formats but one |
| `reading` | reads a zone file back |
| `octodns`, `dnscontrol`, `bind`, `terraform` | the formats, one a module |
"""
