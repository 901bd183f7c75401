"""The ASGI application that serves every provider emulator of this package.

`/<type>/…` is the provider as its documentation describes it, so a client's base URL is the
emulator's URL with `/<type>` appended. Apart from that, for tests and people:

    GET    /__emulator__              types, readings in force, data
    GET    /__emulator__/requests     how many requests by provider and method, and the latest ones
    DELETE /__emulator__/requests     forget them
    GET    /__emulator__/faults       how often each fault rule has struck
    PUT    /__emulator__/faults       replace the fault rules (JSON list, see `faults`)
    GET    /__emulator__/sent         what providers accepted for sending; ?provider=, ?channel=,
                                      ?recipient= and ?id= filter the list
    DELETE /__emulator__/sent         forget it
    GET    /__emulator__/callbacks    the webhook calls that providers owe or made (see `callbacks`)
    DELETE /__emulator__/callbacks    forget them
    GET    /__emulator__/outcomes     what happens to a message, by its recipient (see `outcomes`)
    GET    /__emulator__/clock        the time in the emulator
    PUT    /__emulator__/clock        move it: {"at": "2026-11-28T21:30:00+09:00"}, {"forward": 90}
                                      (seconds), {"running": false} (stop it), or several
    DELETE /__emulator__/clock        follow the computer's clock again
    …      /<type>/__emulator__/…     what an emulator offers for seeding its data

Paths with `__emulator__` in them are neither recorded, nor delayed, nor made to fail.
"""

from __future__ import annotations

import importlib
import pkgutil
import weakref
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from reconciler import plugins
from reconciler.emulator import control
from reconciler.emulator.callbacks import Callbacks, Caller
from reconciler.emulator.clock import Clock
from reconciler.emulator.faults import Faults
from reconciler.emulator.pipeline import AnswerHook, Pipeline, RequestHook, RequestLog, list_hints
from reconciler.emulator.sent import Sent
from reconciler.emulator.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from starlette.routing import BaseRoute

__all__ = ["ProviderEmulator", "build_app", "emulator_types", "list_hints", "readings_matrix"]

_NO_READINGS: Mapping[str, Mapping[str, str]] = MappingProxyType({})


class ProviderEmulator(Protocol):
    """The emulator of one provider type. Its folder here has the class as `EMULATOR`."""

    type: str
    """The provider type, which is also its path: "nhncloud-sms"."""

    READINGS: Mapping[str, tuple[str, ...]]
    """For each place where the documentation is ambiguous, its readings; the default first."""

    ASIDE: Collection[str]
    """Readings that affect no object, only messages or the answers to odd requests."""

    def __init__(self, store: Store, readings: Mapping[str, str]) -> None:
        """Take the store and one reading for each name of `READINGS`."""

    def routes(self) -> list[BaseRoute]:
        """The provider's paths, without the `/<type>` before them."""
        ...


def emulator_types() -> dict[str, type[ProviderEmulator]]:
    """All emulators by provider type: the folders of this package, and those of plugins."""
    package = importlib.import_module(__package__ or "reconciler.emulator")
    names = [
        f"{package.__name__}.{each.name}"
        for each in pkgutil.iter_modules(package.__path__)
        if each.ispkg
    ]
    names += [
        f"{plugins.package_of(name)}.emulator"
        for name, folder in plugins.folders().items()
        if (folder / "emulator.py").is_file() or (folder / "emulator").is_dir()
    ]
    found: dict[str, type[ProviderEmulator]] = {}
    for name in names:
        loaded = importlib.import_module(name)
        emulator = cast("type[ProviderEmulator] | None", getattr(loaded, "EMULATOR", None))
        if emulator is not None:
            found[emulator.type] = emulator
    return dict(sorted(found.items()))


def readings_matrix(type: str) -> list[dict[str, str]]:  # noqa: A002 - the word of the domain
    """Sets of readings worth testing: the defaults, each other one alone, all others at once.

    Readings in `ASIDE` stay at their defaults.
    """
    emulator = _emulator(type)
    aside = emulator.ASIDE
    readings = {name: values for name, values in emulator.READINGS.items() if name not in aside}
    default = {name: values[0] for name, values in readings.items()}
    matrix = [default]
    matrix += [default | {name: value} for name, values in readings.items() for value in values[1:]]
    if len(matrix) > 2:
        matrix.append({name: values[-1] for name, values in readings.items()})
    return matrix


def build_app(
    *,
    data: Path | None = None,
    readings: Mapping[str, Mapping[str, str]] = _NO_READINGS,
    latency: float = 0.0,
    faults: Faults | None = None,
    on_request: RequestHook | None = None,
    on_answer: AnswerHook | None = None,
    record: bool = True,
    callbacks: bool = False,
) -> Starlette:
    """Every emulator of this package as one application.

    `data` is the file that keeps what clients make (default: memory). `readings` picks, by provider
    type and name, readings other than the default. `latency` (seconds) precedes every execution.
    `on_request` is called with "before" (nothing executed yet) and "after" (executed and durable,
    nothing answered yet) around each request that is no GET; it may kill the process.
    `on_answer` is called with each request and the status it got.
    `record=False` counts requests without keeping them. `callbacks` also makes the webhook calls
    whose URL is on this computer.

    `app.state` holds `requests` (records; clear the list to reset), `counts`, `faults`, `store`,
    `clock`, `sent`, `callbacks`, `emulators` (by type), `latency` (changeable), and `close()`.

    Raises `ValueError` for an unknown reading; `UnusableDataError` (a `ValueError`) for the file.
    """
    store = Store(data)
    with store.explained():
        emulators = _emulators(store, readings)
    requests: list[RequestLog] = []
    counts: Counter[tuple[str, str]] = Counter()
    rules = Faults() if faults is None else faults
    clock, owed = Clock(store), Callbacks(store)
    app = Starlette(
        routes=[
            *control.routes(),
            *(Mount(f"/{name}", routes=each.routes()) for name, each in emulators.items()),
        ],
        middleware=[
            Middleware(
                Pipeline,
                store=store,
                faults=rules,
                requests=requests if record else None,
                counts=counts,
                on_request=on_request,
                on_answer=on_answer,
                on_end=Caller(owed, clock).wake if callbacks else None,
            )
        ],
    )
    app.router.redirect_slashes = False
    app.state.requests = requests
    app.state.counts = counts
    app.state.faults = rules
    app.state.store = store
    app.state.clock = clock
    app.state.sent = Sent(store)
    app.state.callbacks = owed
    app.state.emulators = emulators
    app.state.latency = latency
    app.state.close = weakref.finalize(app, store.close)
    return app


def _emulators(
    store: Store, readings: Mapping[str, Mapping[str, str]]
) -> dict[str, ProviderEmulator]:
    for name in readings:
        _emulator(name)
    return {
        name: emulator(store, _chosen(emulator, readings.get(name, {})))
        for name, emulator in emulator_types().items()
    }


def _emulator(name: str) -> type[ProviderEmulator]:
    types = emulator_types()
    if name not in types:
        msg = f"no emulator for {name!r}; there are: {', '.join(types)}"
        raise ValueError(msg)
    return types[name]


def _chosen(emulator: type[ProviderEmulator], asked: Mapping[str, str]) -> dict[str, str]:
    chosen = {name: values[0] for name, values in emulator.READINGS.items()}
    for name, value in asked.items():
        if value not in emulator.READINGS.get(name, ()):
            known = ", ".join(f"{n}={'|'.join(v)}" for n, v in emulator.READINGS.items())
            msg = f"{emulator.type} has no reading {name}={value}; there are: {known}"
            raise ValueError(msg)
        chosen[name] = value
    return chosen
