"""One module a command, each loaded when it is used."""
