"""Zones as the files of other tools.

| module | holds |
|---|---|
| `export` | the table of formats with their file names |
| `comments` | the comments at the head of each file, by which ours are recognised |
| `strings` | quoted strings, for octoDNS and DNSControl |
| `reading` | reads a zone file back, to check it |
| `octodns`, `dnscontrol`, `bind`, `terraform` | the formats, one a module |
"""
