"""Opens a state in an object store, and makes it if it is missing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from reconciler.errors import StateError, StateMoved
from reconciler.state.base import StateStore
from reconciler.state.chest import NOT_ENCRYPTED, Encryption
from reconciler.state.database.connection import VERSION, read_tally
from reconciler.state.database.seeding import new_state
from reconciler.state.database.store import DatabaseStore
from reconciler.state.empty import EmptyStore
from reconciler.state.failpoints import Failpoints, effect, no_failpoints
from reconciler.state.files.belonging import check_owner
from reconciler.state.lease import elapsed
from reconciler.state.objects.bucket import Bucket, Taken
from reconciler.state.objects.home import MOVED, ObjectHome
from reconciler.state.objects.keys import ObjectKeys
from reconciler.state.objects.loading import Loaded, load
from reconciler.state.objects.log import Log, Lost, Stamp
from reconciler.state.objects.probe import probe
from reconciler.state.objects.replay import records_of
from reconciler.state.objects.sealing import Sealing
from reconciler.state.objects.timing import Timed
from reconciler.state.objects.url import ObjectUrl, parse

if TYPE_CHECKING:
    from reconciler.state.content import Seed

ENVIRONMENT = "environment"
"""The object that names the environment to which the state belongs."""


def open_url(url: str, *, environment: str, create: bool, **given: Any) -> StateStore:
    """Open the state of an environment that a URL names; `given` are arguments of `open_objects`.

    Raises as `open_objects`, and `StateOfAnother` if it belongs to another environment.
    """
    bucket = open_bucket(parse(url))
    check_environment(bucket, environment)
    store = open_objects(bucket, create=create, **given)
    if create and environment:
        claim(bucket, environment)
    return store


def open_bucket(url: ObjectUrl) -> Bucket:
    """Return the bucket of a URL, without any request; raises `StateError` without obstore."""
    try:
        from reconciler.state.objects.stores import bucket_of
    except ImportError as error:
        raise StateError(
            f"a state in {url.scheme}:// needs the extra `objectstore`",
            hint="`pip install 'reconciler[objectstore]'`",
        ) from error
    return bucket_of(url)


def check_environment(bucket: Bucket, environment: str) -> None:
    """Raise `StateOfAnother` for a state of another environment."""
    stored = bucket.read(ENVIRONMENT)
    owner = stored.content.decode("utf-8", "replace").strip() if stored else ""
    said = f"{bucket.place}/{ENVIRONMENT}"
    check_owner(owner, environment, state=bucket.place, said=said)


def claim(bucket: Bucket, environment: str) -> None:
    """Give a state that belongs to no environment to this one; raises `StateOfAnother`."""
    with suppress(Taken):
        bucket.create(ENVIRONMENT, f"{environment}\n".encode())
    check_environment(bucket, environment)


def open_objects(
    bucket: Bucket,
    *,
    create: bool = True,
    clock: Callable[[], float] = time.time,
    failpoints: Failpoints = no_failpoints,
    environ: Mapping[str, str] = os.environ,
    monotonic: Callable[[], float] = elapsed,
    seed: Seed | None = None,
    encryption: Encryption = NOT_ENCRYPTED,
) -> StateStore:
    """Open the state in a bucket; with `create`, make a missing one.

    Raises:
        StateCorrupt: The log is damaged.
        StateLockedKey: It is encrypted, and this machine has no key that opens it.
        StateMoved: The state was moved to another store.
        StateNewer: A newer version wrote it.
        StateUnsafeStore: The store does not refuse a second object of a name.
        StateError: The store cannot be used, or the key is not the state's.
    """
    bucket = timed = Timed(bucket)
    moved = bucket.read(MOVED)
    if moved is not None:
        raise StateMoved(bucket.place, moved.content.decode("utf-8", "replace").strip())
    keys = ObjectKeys(bucket, environ=environ, encryption=encryption, failpoints=failpoints)
    sealing = Sealing(keys)
    log = Log(bucket, sealing, failpoints=failpoints, clock=clock)
    loaded = load(log, keys)
    if loaded is None:
        if not create:
            return EmptyStore(bucket.place, timed.toll(new=True))
        loaded = _made(log, keys, failpoints, seed)
    home = ObjectHome(
        log,
        loaded,
        keys=keys,
        sealing=sealing,
        toll=timed.toll(new=False),
        failpoints=failpoints,
        monotonic=monotonic,
    )
    return DatabaseStore(home, clock=clock, failpoints=failpoints, environ=environ)


def _made(log: Log, keys: ObjectKeys, failpoints: Failpoints, seed: Seed | None) -> Loaded:
    """Make a state, unless another process is faster; return the one that is stored."""
    probe(log.bucket)
    with effect(failpoints, "make key"):
        key_id = keys.make(seed).id
    made = new_state(seed, key_id=key_id, now=log.clock())
    tally = read_tally(made)
    stamp = Stamp(lineage=tally.lineage, epoch=tally.epoch, schema=VERSION)
    with closing(made), suppress(Lost):  # another process was faster: the state is theirs
        log.append(list(records_of(made)), stamp, whole=True)
    loaded = load(log, keys)
    if loaded is None:
        raise StateError(f"{log.bucket.place} does not show what was just put there")
    return loaded
