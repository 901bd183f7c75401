"""Finds what `explain` is asked for: a kind, a field at any depth, a rule, an error code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from reconciler import manifests
from reconciler.cli.opening.reading import kinds_of
from reconciler.cli.parameters.kinds import PROVIDER, find_kind
from reconciler.errors import ReconcilerError, UsageError
from reconciler.lint.registry import every_rule
from reconciler.providers.rule import LiveRule
from reconciler.render.commands.code_texts import EXPLANATIONS
from reconciler.render.commands.codes import Code
from reconciler.render.commands.explanation import RuleTopic, Topic, fields_of
from reconciler.suggestions import did_you_mean

Schema = Mapping[str, Any]

PROJECT = "Project"
CANARY = "Canary"
POLICY = "Policy"
RULES = "rules"
"""The topic that lists all lint rules."""
_ENVELOPE = ("metadata", "lifecycle")


def find_rule(name: str) -> RuleTopic | None:
    """Return the lint rule with this id, if there is one."""
    return next((rule for rule in all_rule_topics() if rule.id == name.casefold()), None)


def all_rule_topics() -> list[RuleTopic]:
    """Return all rules, sorted by id."""
    return [
        RuleTopic(
            id=rule.id,
            severity=rule.severity,
            summary=rule.summary,
            source=rule.source,
            types=tuple(sorted(rule.types)),
            live=isinstance(rule, LiveRule),
            floor=rule.floor,
        )
        for rule in every_rule()
    ]


def find_code(name: str) -> Code | None:
    """Return this error code with its explanation, if there is one."""
    return next((code for code in all_codes() if code.code == name.casefold()), None)


def all_codes() -> Iterator[Code]:
    """Yield each error code once, explained by the class of that code nearest to the root."""
    classes: list[type[ReconcilerError]] = [ReconcilerError]
    seen: set[str] = set()
    for each in classes:
        classes += each.__subclasses__()
        if each.code not in seen:
            seen.add(each.code)
            yield Code(
                code=each.code,
                exit_code=each.exit_code,
                summary=(each.__doc__ or "").strip().split("\n\n")[0],
                more=EXPLANATIONS.get(each.code, ""),
            )


def find_topics(name: str) -> list[Topic]:
    """Return the topics of `KIND`, `TYPE/KIND`, `KIND.field.field`, `metadata` or `lifecycle`.

    A provider type alone stands for its `Provider` manifests.

    Raises:
        UsageError: There is no such topic; the hint has the most similar ones.
    """
    head, _, rest = name.partition(".")
    steps = [step for step in rest.split(".") if step]
    topics = _first_topics(head)
    for step in steps:
        inside = [inner for topic in topics if (inner := _inside(topic, step)) is not None]
        if not inside:
            raise _no_field(step, topics)
        topics = inside
    return topics


def _first_topics(head: str) -> list[Topic]:
    common = next((part for part in _ENVELOPE if part == head.casefold()), None)
    if common is not None:
        schema = manifests.envelope_schema()["properties"][common]
        return [Topic(path=common, schema=schema)]
    if head.casefold() == PROJECT.casefold():
        schema = manifests.project_schema()
        return [Topic(path=PROJECT, kind_name=PROJECT, schema=schema["properties"]["spec"])]
    if head.casefold() == CANARY.casefold():
        return [Topic(path=CANARY, kind_name=CANARY, schema=manifests.canary_schema())]
    if head.casefold() == POLICY.casefold():
        return [Topic(path=POLICY, kind_name=POLICY, schema=manifests.policy_schema())]
    account = head.casefold() in manifests.provider_types()
    try:
        found = find_kind(f"{head}/{PROVIDER}" if account else head)
    except UsageError as error:
        raise _unknown(head) from error
    return [
        Topic(
            path=f"{provider_type}/{kind}",
            provider_type=provider_type,
            kind_name=kind,
            schema=manifests.schema_of(provider_type, kind),
            kind=kinds_of(provider_type).get(kind),
        )
        for provider_type, kind in found
    ]


def _inside(topic: Topic, step: str) -> Topic | None:
    """Return a field of a topic; of a list, a field of its items."""
    name = step.partition("[")[0].casefold()
    whole = topic.kind_name and topic.field is None
    if whole and name == "spec":
        return replace(topic, path=f"{topic.path}.spec")
    if whole and name in _ENVELOPE and topic.kind_name != PROJECT:
        return Topic(
            path=f"{topic.path}.{name}", schema=manifests.envelope_schema()["properties"][name]
        )
    for field, (part, required) in fields_of(topic.schema).items():
        if field.casefold() == name:
            return Topic(
                path=f"{topic.path}.{field}",
                field=field,
                schema=part,
                required=required,
                kind=topic.kind if whole else None,
            )
    return None


def _no_field(step: str, topics: Sequence[Topic]) -> UsageError:
    names = sorted({name for topic in topics for name in fields_of(topic.schema)})
    where = " and ".join(topic.path for topic in topics)
    if not names:
        paths = ", ".join(f"`reconciler explain {topic.path}`" for topic in topics)
        return UsageError(f"{where} has no fields of its own", hint=paths)
    verb = "has" if len(topics) == 1 else "have"
    return UsageError(
        f"{where} {verb} no field {step!r}",
        hint=did_you_mean(step, names) or f"fields: {', '.join(names)}",
    )


def _unknown(head: str) -> UsageError:
    known = [*_kinds(), *_ENVELOPE, PROJECT, CANARY, POLICY, RULES]
    hint = did_you_mean(head, known, most=3)
    if not hint:
        hint = did_you_mean(head, (*_fields(), *_rules(), *_codes()), most=3)
    kinds = ", ".join(sorted({kind for kind in known if "/" not in kind and kind != RULES}))
    return UsageError(
        f"there is no kind, field, rule or error code {head!r}",
        hint=hint or f"kinds: {kinds}; a field: KIND.field; a rule: its id, such as nhn-sms-bytes",
    )


def _kinds() -> Iterator[str]:
    for provider_type in manifests.provider_types():
        for kind in (PROVIDER, *manifests.kinds_of(provider_type)):
            yield from (kind, f"{provider_type}/{kind}")


def _fields() -> Iterator[str]:
    """Yield every field as `KIND.field`, to suggest one where a field is typed alone."""
    for provider_type in manifests.provider_types():
        for kind in manifests.kinds_of(provider_type):
            schema = manifests.schema_of(provider_type, kind)
            yield from (f"{kind}.{field}" for field in schema.get("properties", {}))


def _rules() -> Iterator[str]:
    yield from (rule.id for rule in every_rule())


def _codes() -> Iterator[str]:
    yield from (each.code for each in all_codes())
