"""Intents for tests, by their verb."""

from __future__ import annotations

from typing import Any, get_args

from reconciler.model.journal import Intent, Verb

OF_VERB = {each.verb: each for each in get_args(Intent)}


def intent(*, verb: Verb = Verb.CREATE, **fields: Any) -> Intent:
    """Return an intent; what its verb has not is left out."""
    made = OF_VERB[verb]
    has = made.__struct_fields__
    return made(**{k: v for k, v in fields.items() if k in has and v is not None})
