"""Sending messages, and asking what became of them: most of the page's parts.

| module | does |
|---|---|
| `sender`, `tag_sender` | send to numbers; to all contacts with some tags |
| `orders`, `recipients` | read what is to be sent, and to whom |
| `texts` | fills titles and bodies, and checks them against limits and law |
| `progress` | the status of a message at a moment |
| `results`, `statistics`, `searches` | queries of what became of messages; the filters they share |
| `downloads` | the messages that a query finds, as a file |
| `reservations` | lists and cancels messages to be sent later |
| `times` | times and ranges of time as the page writes them |

It emulates the page's parts on SMS, MMS, authentication, advertisements, tags, results, statistics
and reservations. Times are those of the emulator's clock, in Korea.
"""
