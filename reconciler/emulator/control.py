"""The paths `/__emulator__/…`, by which tests and people inspect and steer an emulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from reconciler.emulator.clock import Clock, ClockError
from reconciler.emulator.faults import FaultRuleError, Faults
from reconciler.emulator.outcomes import TABLE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from reconciler.emulator.callbacks import Callbacks
    from reconciler.emulator.sent import Sent

_SHOWN_REQUESTS = 100


def routes() -> list[BaseRoute]:
    """Return the paths; they look into the application's `state`."""
    return [
        Route("/__emulator__", _about, methods=["GET"]),
        Route("/__emulator__/requests", _requests, methods=["GET", "DELETE"]),
        Route("/__emulator__/faults", _faults, methods=["GET", "PUT"]),
        Route("/__emulator__/clock", _clock, methods=["GET", "PUT", "DELETE"]),
        Route("/__emulator__/sent", _sent, methods=["GET", "DELETE"]),
        Route("/__emulator__/callbacks", _callbacks, methods=["GET", "DELETE"]),
        Route("/__emulator__/outcomes", _outcomes, methods=["GET"]),
    ]


async def _about(request: Request) -> Response:
    emulators = request.app.state.emulators
    return JSONResponse(
        {
            "providers": {
                name: {"path": f"/{name}", "readings": {k: list(v) for k, v in e.READINGS.items()}}
                for name, e in emulators.items()
            },
            "durable": request.app.state.store.durable,
        }
    )


async def _requests(request: Request) -> Response:
    state = request.app.state
    if request.method == "DELETE":
        state.requests.clear()
        state.counts.clear()
    counts: Mapping[tuple[str, str], int] = state.counts
    by_provider: dict[str, dict[str, int]] = {}
    for (provider, method), count in sorted(counts.items()):
        by_provider.setdefault(provider, {})[method] = count
    latest = [
        {"method": log.method, "path": log.path, "query": log.query, "body": log.body}
        for log in state.requests[-_SHOWN_REQUESTS:]
    ]
    return JSONResponse({"total": sum(counts.values()), "counts": by_provider, "requests": latest})


async def _faults(request: Request) -> Response:
    faults: Faults = request.app.state.faults
    if request.method == "PUT":
        try:
            rules: Any = await request.json()
            faults.replace(rules)
        except (FaultRuleError, TypeError, ValueError) as error:
            return _refused(error)
    return JSONResponse({"rules": len(faults.rules), "fired": list(faults.fired())})


async def _clock(request: Request) -> Response:
    clock: Clock = request.app.state.clock
    request.app.state.store.refresh()
    if request.method == "DELETE":
        clock.reset()
    if request.method == "PUT":
        try:
            asked: Any = await request.json()
            if not isinstance(asked, dict):
                raise ClockError("must be a JSON object")
            clock.change(asked)
        except ValueError as error:
            return _refused(error)
    return JSONResponse({"now": clock.now().isoformat(), "running": clock.running})


async def _sent(request: Request) -> Response:
    sent: Sent = request.app.state.sent
    request.app.state.store.refresh()
    if request.method == "DELETE":
        sent.clear()
    try:
        messages = sent.messages(**request.query_params)
    except ValueError as error:
        return _refused(error)
    return JSONResponse({"total": len(messages), "sent": messages})


async def _callbacks(request: Request) -> Response:
    callbacks: Callbacks = request.app.state.callbacks
    request.app.state.store.refresh()
    if request.method == "DELETE":
        callbacks.clear()
    listed = callbacks.listed()
    return JSONResponse({"total": len(listed), "callbacks": listed})


async def _outcomes(_: Request) -> Response:
    return JSONResponse(
        {
            row.outcome: {"address": f"{row.outcome}@", "digits": row.ending, "what": row.words}
            for row in TABLE.values()
        }
    )


def _refused(error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
