"""Opens a state in an object store, and makes one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from reconciler.errors import StateError, StateMoved
from reconciler.state.base import StateStore
from reconciler.state.database.connection import VERSION, read_tally
from reconciler.state.database.seeding import new_state
from reconciler.state.database.store import DatabaseStore
from reconciler.state.empty import EmptyStore
from reconciler.state.files.belonging import check_owner
from reconciler.state.files.layout import Failpoints, effect, no_failpoints
from reconciler.state.files.seal import Keyring
from reconciler.state.keys import given_key, key_of
from reconciler.state.lease import elapsed
from reconciler.state.objects.bucket import Bucket, Taken
from reconciler.state.objects.home import MOVED, ObjectHome
from reconciler.state.objects.loading import Loaded, load
from reconciler.state.objects.log import Log, Lost, Stamp
from reconciler.state.objects.probe import probe
from reconciler.state.objects.replay import records_of
from reconciler.state.objects.url import ObjectUrl, parse

if TYPE_CHECKING:
    from reconciler.state.content import Seed
    from reconciler.state.database.tally import Tally

ENVIRONMENT = "environment"
"""The object that names the environment which the state belongs to."""
KEY = "key"
"""The object with the state's key, where the environment gives none."""


def open_url(url: str, *, environment: str, create: bool, **given: Any) -> StateStore:
    """Open the state that a URL names, as `open_objects` does, for an environment.

    Raises `StateOfAnother` besides.
    """
    bucket = open_bucket(parse(url))
    check_environment(bucket, environment)
    store = open_objects(bucket, create=create, **given)
    if create and environment:
        claim(bucket, environment)
    return store


def open_bucket(url: ObjectUrl) -> Bucket:
    """Return the bucket of a URL; nothing is asked yet. Raises `StateError` without obstore."""
    try:
        from reconciler.state.objects.stores import bucket_of
    except ImportError as error:
        raise StateError(
            f"a state in {url.scheme}:// needs the extra `objectstore`",
            hint="`pip install 'reconciler[objectstore]'`",
        ) from error
    return bucket_of(url)


def check_environment(bucket: Bucket, environment: str) -> None:
    """Refuse a state of another environment; raises `StateOfAnother`."""
    stored = bucket.read(ENVIRONMENT)
    owner = stored.content.decode("utf-8", "replace").strip() if stored else ""
    said = f"{bucket.place}/{ENVIRONMENT}"
    check_owner(owner, environment, state=bucket.place, said=said)


def claim(bucket: Bucket, environment: str) -> None:
    """Let a state that belongs to nobody yet belong to an environment; raises `StateOfAnother`."""
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
) -> StateStore:
    """Open the state in a bucket; with `create`, make a missing one.

    Raises:
        StateCorrupt: The log is damaged.
        StateMoved: The state lies elsewhere now.
        StateNewer: A newer version wrote it.
        StateUnsafeStore: The store does not refuse a second object of a name.
        StateError: The store cannot be used, or the key is not the state's.
    """
    moved = bucket.read(MOVED)
    if moved is not None:
        raise StateMoved(bucket.place, moved.content.decode("utf-8", "replace").strip())
    log = Log(bucket, failpoints=failpoints, clock=clock)
    keys = _Keys(bucket, environ)
    loaded = load(log, keys)
    if loaded is None:
        if not create:
            return EmptyStore(bucket.place)
        loaded = _made(log, keys, failpoints, seed)
    home = ObjectHome(
        log,
        loaded,
        keys=keys,
        key_in_store=given_key(environ) is None,
        monotonic=monotonic,
    )
    return DatabaseStore(home, clock=clock, failpoints=failpoints, environ=environ)


def _made(log: Log, keys: _Keys, failpoints: Failpoints, seed: Seed | None) -> Loaded:
    """Make a state; whoever is first makes it for all."""
    probe(log.bucket)
    with effect(failpoints, "make key"):
        key_id = keys.make(seed).id
    fresh = new_state(seed, key_id=key_id, now=log.clock())
    tally = read_tally(fresh)
    stamp = Stamp(lineage=tally.lineage, epoch=tally.epoch, schema=VERSION)
    with closing(fresh), suppress(Lost):  # another made it meanwhile: it is theirs that counts
        log.append(list(records_of(fresh)), stamp, whole=True)
    loaded = load(log, keys)
    if loaded is None:
        raise StateError(f"{log.bucket.place} does not show what was just put there")
    return loaded


class _Keys:
    """Finds the key of a state."""

    def __init__(self, bucket: Bucket, environ: Mapping[str, str]) -> None:
        self._bucket = bucket
        self._environ = environ

    def __call__(self, tally: Tally) -> Keyring:
        """Return the key; raises `StateError` when it is gone or another's."""
        keyring = given_key(self._environ) or self._stored()
        if keyring is None or keyring.id != tally.key_id:
            what = "is not the one of this state" if keyring else "is missing"
            raise StateError(
                f"the key of {self._bucket.place} {what}",
                hint="Give the one that was set when the state was made, in RECONCILER_STATE_KEY "
                "or RECONCILER_STATE_KEY_FILE.",
            )
        return keyring

    def make(self, seed: Seed | None) -> Keyring:
        """Return the key for a new state: the environment's, the stored one, or a new one."""
        given = given_key(self._environ)
        keyring = key_of(seed, given) or self._stored() or Keyring.generate()
        if given is not None:
            return keyring
        with suppress(Taken):
            self._bucket.create(KEY, keyring.to_text().encode("ascii"))
        stored = self._stored()
        if stored is None:
            raise StateError(f"{self._bucket.place} does not show the key that was just put there")
        return stored

    def _stored(self) -> Keyring | None:
        stored = self._bucket.read(KEY)
        if stored is None:
            return None
        try:
            return Keyring.from_text(stored.content.decode("ascii"))
        except ValueError as error:
            raise StateError(f"the key in {self._bucket.place} is damaged") from error
