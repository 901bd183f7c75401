"""Options and arguments of the command line, and the values that are made of them.

| module | does |
|---|---|
| `options`, `choice`, `order` | options that several commands share; the values made of them |
| `addresses`, `labels`, `durations`, `kinds` | read what somebody typed |
| `listing`, `topics` | what `state list` is to show, what `explain` is to explain |
| `guesses` | what somebody meant who typed something else |
| `completing`, `offers` | what a shell offers at TAB |
"""
