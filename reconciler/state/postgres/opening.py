"""Opens a state in PostgreSQL, and makes or migrates it if need be."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from reconciler.errors import StateMoved
from reconciler.state.chest import NOT_ENCRYPTED, Encryption
from reconciler.state.database.connection import VERSION, read_tally
from reconciler.state.database.rows import row_of
from reconciler.state.database.store import DatabaseStore
from reconciler.state.database.tables import RUNS
from reconciler.state.empty import EmptyStore
from reconciler.state.failpoints import Failpoints, effect
from reconciler.state.keys import given_key, key_of
from reconciler.state.lease import elapsed
from reconciler.state.postgres.url import PostgresUrl, check_extra, connect, parse
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    import psycopg

    from reconciler.state.base import StateStore
    from reconciler.state.content import Seed
    from reconciler.state.database.protocol import Connection
    from reconciler.state.postgres.about import About
    from reconciler.state.postgres.home import PostgresHome


def open_url(
    url: str,
    *,
    environment: str,
    create: bool,
    clock: Callable[[], float],
    failpoints: Failpoints,
    environ: Mapping[str, str],
    seed: Seed | None = None,
    encryption: Encryption = NOT_ENCRYPTED,
) -> StateStore:
    """Open the state of an environment in the database that a URL names; see `open_state`."""
    parsed = parse(url, environment)
    return open_state(
        parsed,
        partial(connect, parsed),
        create=create,
        clock=clock,
        failpoints=failpoints,
        environ=environ,
        seed=seed,
        encryption=encryption,
    )


def open_state(
    url: PostgresUrl,
    connect: Callable[[], psycopg.Connection],
    *,
    create: bool = True,
    clock: Callable[[], float] = time.time,
    failpoints: Failpoints,
    environ: Mapping[str, str],
    monotonic: Callable[[], float] = elapsed,
    seed: Seed | None = None,
    encryption: Encryption = NOT_ENCRYPTED,
) -> StateStore:
    """Open a state; with `create`, make a missing one and migrate an old one.

    Raises:
        StateNewer: A newer version wrote it.
        StateCorrupt: It is damaged.
        StateLockedKey: It is encrypted, and this machine has no key that opens it.
        StateLocked: A run of an older version is still writing to it.
        StateError: The server cannot be used, or psycopg is not installed.
    """
    check_extra()
    from reconciler.state.postgres.home import PostgresHome
    from reconciler.state.postgres.trouble import explained

    with explained(url.place):
        home = PostgresHome(
            url, connect, environ=environ, encryption=encryption, monotonic=monotonic
        )
        try:
            found = home.about()
            if create and found is None:
                with effect(failpoints, "make database"):
                    _make(home, environ, float(clock()), seed)
                found = home.about()
            reader = _up_to_date(home, found, clock, failpoints, create=create)
        except BaseException:
            home.first.close()
            raise
    if reader is None:
        home.first.close()
        return EmptyStore(url.place, home.toll)
    return DatabaseStore(home, clock=clock, failpoints=failpoints, environ=environ, reader=reader)


def _up_to_date(
    home: PostgresHome,
    found: About | None,
    clock: Callable[[], float],
    failpoints: Failpoints,
    *,
    create: bool,
) -> Connection | None:
    """Return a connection that reads this version's tables; `None` if there is no state.

    Older tables are migrated: those on the server with `create`, else only a copy in memory.
    """
    from reconciler.state.postgres.home import check_version

    if found is None:
        return None
    if found.moved_to is not None:
        raise StateMoved(home.place, found.moved_to)
    check_version(found.version, home.place)
    if found.version == VERSION:
        return home.first
    from reconciler.state.postgres import schema

    if not create:
        with closing(home.first):
            return schema.migrated_copy(home.first, found.version, home.keyring)
    tally = read_tally(home.first)  # now, as it would have to wait for the migration's locks
    with effect(failpoints, "migrate"):
        schema.migrate(
            home.connect,
            home.url.schema,
            home.sealing,
            now=float(clock()),
            keyring=lambda: home.keyring(tally),
            check_idle=lambda: _check_idle(home, float(clock())),
        )
    return home.first


def _make(home: PostgresHome, environ: Mapping[str, str], now: float, seed: Seed | None) -> None:
    from reconciler.state.database.seeding import new_state
    from reconciler.state.postgres import schema

    given = given_key(environ)
    keyring = key_of(seed, given) or Keyring.generate()
    key = None if given else keyring.to_text()
    if home.keys.encryption.recipients:
        key = home.keys.text_of(home.keys.first(keyring, clear=False))
        home.keys.take(key)  # which seals the rows
    with closing(new_state(seed, key_id=keyring.id, now=now)) as source:
        schema.make(home.first, home.url.schema, name=home.url.state, source=source, key=key)


def _check_idle(home: PostgresHome, now: float) -> None:
    tally = read_tally(home.first)
    run = row_of(home.first, RUNS, tally.epoch)
    if run is not None and run.ended_at is None:
        home.look_at_hint()
        home.check_gone(run, tally.seen_at, now)
