"""Emulated messaging providers, written from the providers' own documentation.

Nothing here knows our clients: an emulator that shared their code would agree with their mistakes.
`app` builds the ASGI application, `server` serves it on a port, `inprocess` speaks to it with no
port at all, `faults` makes it misbehave on command, `store` keeps its data.
"""
