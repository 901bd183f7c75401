"""Options and arguments of the command line, and the values that are made of them.

| module | does |
|---|---|
| `options` | options that several commands share |
| `reports` | `--report` and its details |
| `choice`, `order` | the values that options are handed over as |
| `addresses`, `labels`, `durations`, `kinds` | read a typed address, label, duration or kind |
| `listing` | the addresses that `state list FILTER` chooses |
| `topics` | the kinds, fields, rules and error codes that `explain` finds |
| `guesses` | which command or option an unknown one may have meant |
| `completing`, `offers` | what a shell offers at TAB |
"""
