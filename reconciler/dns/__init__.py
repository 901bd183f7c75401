"""The DNS records that sender domains need: as zones and files, and whether DNS has them.

| module or folder | does |
|---|---|
| `names` | checks host names |
| `records` | checks the records that providers name |
| `suffixes` | finds the zone of a name, without a network |
| `zones` | sorts records into zones, and leaves out those that conflict |
| `texts` | the purpose of a TXT record, and whether two mean the same |
| `spf` | reads and merges SPF records |
| `formats/` | zones as the files of other tools |
| `queries` | asks one server one question: the only module that sends anything |
| `silent_servers` | leaves servers alone for a while that did not answer |
| `servers` | finds the servers of zones |
| `record_status` | the status of a needed record, from a server's answer |
| `checking`, `waiting` | looks for records at all servers, once or until they are all there |
| `spf_mending` | how an SPF record in DNS must be changed |
| `spf_count` | counts the look-ups that an SPF record causes |
| `advice` | what an experienced mail engineer would say about the records in DNS |

Providers are not known here: each reads its own answers in its folder (`Handler.look_at_dns`).
"""
