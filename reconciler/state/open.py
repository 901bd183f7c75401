"""Opens the state store that a URL names."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import StateCorrupt, StateError, StateMoved
from reconciler.model.environment import Environment
from reconciler.model.on_disk import followed, on_disk
from reconciler.model.resource import Project
from reconciler.state.base import StateStore
from reconciler.state.chest import NOT_ENCRYPTED, Encryption
from reconciler.state.empty import EmptyStore
from reconciler.state.failpoints import Failpoints, no_failpoints
from reconciler.state.files.belonging import check_environment, claim
from reconciler.state.files.layout import DEFAULT, FOLDER, Layout, check_is_state, check_ownership

if TYPE_CHECKING:
    from reconciler.model.host import Host
    from reconciler.state.content import Seed
    from reconciler.state.database.store import DatabaseStore

MEMORY = "memory:"
POSTGRES = frozenset({"postgresql", "postgres"})
"""URL schemes of databases, one of which has the states of all environments, each by its name."""
REMOTE = frozenset({"s3", "gs", "az"}) | POSTGRES
"""URL schemes of states that are not a file on this machine."""


def open_store(
    url: str | None,
    *,
    root: Path,
    environment: str = "",
    create: bool = True,
    clock: Callable[[], float] = time.time,
    failpoints: Failpoints = no_failpoints,
    environ: Mapping[str, str] = os.environ,
    seed: Seed | None = None,
    encryption: Encryption = NOT_ENCRYPTED,
) -> StateStore:
    """Open the state of a project.

    Args:
        url: `sqlite:///path`, a path, `postgresql://…`, `s3://…`, `gs://…`, `az://…`, or `memory:`
            for tests; `None` means `.reconciler/state.db`. A relative path starts from `root` and
            stays inside it.
        root: The project's root.
        environment: The environment whose state it is. With `create`, a state that belongs to none
            yet belongs to this one from then on.
        create: Make the state if there is none. Without it, a missing state is an empty view that
            cannot be written, and nothing on disk changes.
        clock: Wall clock, seconds.
        failpoints: Called before and after each durable effect, for tests.
        environ: Environment variables: keys, credentials, and the URL of a CI run.
        seed: The content of a state that is made.
        encryption: For whom a remote state is encrypted.

    Raises:
        StateCorrupt: It is damaged, or it is gone although there was one.
        StateLockedKey: It is encrypted, and this machine has no key that opens it.
        StateMoved: It was moved to another store.
        StateOfAnother: It belongs to another environment.
        StateUnsafeStore: The object store does not keep two runs apart.
        StateError: It cannot be used, or the URL is not understood.
    """
    if url == MEMORY:
        from reconciler.state.database.memory import open_memory

        return open_memory(clock=clock, failpoints=failpoints, environ=environ)
    if url is not None and is_remote(url):
        return _opener(url)(
            url,
            environment=environment,
            create=create,
            clock=clock,
            failpoints=failpoints,
            environ=environ,
            seed=seed,
            encryption=encryption,
        )
    layout = Layout(state_path(url, root))
    check_is_state(layout)
    check_ownership(layout)
    if layout.shared_home is not None:
        _part(layout)
    check_environment(layout, environment)
    _check_moved(layout)
    if not layout.db.exists():
        _check_never_was(layout)
    if not create and not layout.db.exists():
        return EmptyStore(str(layout.db))
    store = _open_file(
        layout, create=create, clock=clock, failpoints=failpoints, environ=environ, seed=seed
    )
    if create and environment:
        claim(layout, environment)
    return store


def _opener(url: str) -> Callable[..., StateStore]:
    """Return the function that opens a remote store's URL."""
    if _scheme(url) in POSTGRES:
        from reconciler.state.postgres.opening import open_url

        return open_url
    from reconciler.state.objects.opening import open_url as open_objects

    return open_objects


def _open_file(
    layout: Layout,
    *,
    create: bool,
    clock: Callable[[], float],
    failpoints: Failpoints,
    environ: Mapping[str, str],
    seed: Seed | None,
) -> DatabaseStore:
    from reconciler.state.files.opening import open_file

    return open_file(
        layout, create=create, clock=clock, failpoints=failpoints, environ=environ, seed=seed
    )


def _part(layout: Layout) -> None:
    from reconciler.state.files.shared import is_shared, part

    if is_shared(layout):
        try:
            part(layout)
        except OSError as error:
            raise StateError(
                f"what belongs to {layout.db} cannot be moved to {layout.home}: {error.strerror}"
            ) from error


def _check_moved(layout: Layout) -> None:
    try:
        target = layout.moved.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return
    raise StateMoved(str(layout.db), target)


def _check_never_was(layout: Layout) -> None:
    """Raise `StateCorrupt` if there are traces of a state, but no state.

    A state that another run is just making is no such case: its database comes before its traces,
    and is looked for once more.
    """
    traces = layout.traces()
    if traces and not layout.db.exists():
        from reconciler.state.files.home import FileHome

        raise StateCorrupt(
            f"the state {layout.db} is gone, but there was one: {traces[0]} is still there",
            hint=FileHome(layout, no_failpoints).way_out(),
        )


def is_remote(url: str) -> bool:
    """Tell whether a state URL names anything but a file on this machine."""
    return _scheme(url) in REMOTE


def _scheme(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return scheme if separator else ""


def servers_of(url: str) -> tuple[Host, ...]:
    """Return the servers that opening a remote state would send credentials to.

    Empty if the URL names none: then it is the vendor's own server, or the one that environment
    variables say. Raises `StateError` for a URL that cannot be read.
    """
    if not is_remote(url):
        return ()
    if _scheme(url) in POSTGRES:
        from reconciler.state.postgres.url import parse as parse_postgres

        return parse_postgres(url, "").servers
    from reconciler.state.objects.url import parse as parse_objects

    return parse_objects(url).servers


def state_of(project: Project, environment: Environment) -> str | None:
    """Return the URL of an environment's state; `None` stands for the default file.

    An environment without a URL of its own gets a folder of its name inside the project's:
    `messaging/state.db` becomes `messaging/production/state.db`. In an object store its name is
    added to the URL; a PostgreSQL database has the states of all environments.
    """
    if environment.state is not None or not environment.name:
        return environment.state or project.state
    url = f"{FOLDER}/{DEFAULT}" if project.state is None else project.state
    if _scheme(url) in POSTGRES:
        return url
    if is_remote(url):
        place, question, options = url.partition("?")
        return f"{place.rstrip('/')}/{environment.name}{question}{options}"
    folder, slash, name = url.rpartition("/")
    return f"{folder}{slash}{environment.name}/{name}"


_URLS = (
    "Use a path, `sqlite:///path/to/state.db` (four slashes if absolute), "
    "`postgresql://HOST/DATABASE`, or `s3://`, `gs://` or `az://` with a bucket and a prefix."
)


def _check_slashes(url: str) -> None:
    """Raise `StateError` for `s3:/bucket` and `s3//bucket`, which would be paths of files."""
    start = re.match("([A-Za-z0-9]+)(?=:|//)[:/]*", url)
    if start is not None and start[1].lower() in REMOTE:  # what follows may be a password
        raise StateError(
            f"the state URL begins with {start[0]!r}, which is not how a URL is spelled",
            hint=f"Write {start[1].lower()}://…, with two slashes. {_URLS}",
        )


def state_path(url: str | None, root: Path) -> Path:
    """Return the file that a state URL names; raises `StateError`."""
    if url is None or url == MEMORY:
        return root / FOLDER / "state.db"
    if not url.strip():
        raise StateError("the state URL is empty", hint=f"Leave it out, or name one. {_URLS}")
    _check_slashes(url)
    scheme, separator, rest = url.partition(":")
    if separator and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]+", scheme):
        if scheme != "sqlite":
            raise StateError(
                f"the state URL begins with {scheme!r}, which is not one this version can open",
                hint=_URLS,
            )
        if not rest.startswith("///") or rest == "///":
            raise StateError("the state URL begins with 'sqlite' and names no file", hint=_URLS)
        url = rest[3:]
    path = Path(on_disk(url))
    if not path.name:
        raise StateError(f"the state {url} is a folder", hint="Name a file in one.")
    if path.is_absolute():
        return path
    inside = root / path
    if not followed(inside.parent).is_relative_to(followed(root)):
        raise StateError(
            f"the state {url} lies outside the project {root}",
            hint="Use an absolute path if it is meant to.",
        )
    return inside
