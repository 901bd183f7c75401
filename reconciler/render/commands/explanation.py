"""Explains kinds and fields, from JSON Schemas and providers' declarations, and lint rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from msgspec import Struct

from reconciler.model.finding import Severity
from reconciler.providers.kind import Field, Kind, NoDefault
from reconciler.providers.rule import Floor
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.layout.style import Colour, Style

Schema = Mapping[str, Any]

_TYPES = {"array": "list", "object": "mapping"}
_WIDEST = 88
_ACCOUNT = "Provider"
_PROJECT = "Project"
_POLICY = "Policy"
_SEVERITIES = {
    Severity.ERROR: "An error: plan, apply and validate refuse until it is mended.",
    Severity.WARNING: "A warning: shown, and nothing is stopped.",
    Severity.INFO: "A note: shown, and nothing is stopped.",
}


class Topic(Struct, frozen=True, kw_only=True):
    """A whole kind, or a field, that is explained."""

    path: str
    """Its name: `octeth/Webhook`, `octeth/Webhook.events`, `lifecycle.protect`."""
    schema: Schema
    provider_type: str = ""
    kind_name: str = ""
    """The kind, if the topic is a whole kind."""
    kind: Kind | None = None
    """The provider's declaration of the kind that this is, or is a field of."""
    field: str | None = None
    required: bool = False


class RuleTopic(Struct, frozen=True, kw_only=True):
    """A lint rule that is explained."""

    id: str
    severity: Severity
    summary: str
    source: str
    """The documentation page or the law that the rule follows from."""
    types: tuple[str, ...]
    """The provider types that the rule is about; empty for all."""
    live: bool = False
    """Whether it looks at live state: plan and drift apply it, validate cannot."""
    floor: Floor | None = None
    """Why a project cannot set the rule to less than a warning."""


def fields_of(part: Schema) -> dict[str, tuple[Schema, bool]]:
    """Return the fields inside a value or a list's items: schema, and whether it is required."""
    if "items" in part and "properties" not in part:
        return fields_of(part["items"])
    required = frozenset(part.get("required", ()))
    return {name: (inner, name in required) for name, inner in _properties(part).items()}


def explanation_text(topic: Topic, style: Style) -> str:
    """Return the explanation of a kind or field, with its inner fields and an example."""
    if topic.kind_name:
        return _kind_text(topic, style)
    declared = _declared(topic.kind, topic.field or "")
    facts = _facts(topic.schema, declared, required=topic.required)
    lines = [f"{style.bold(topic.path)}  {style.paint(facts, Colour.CYAN)}"]
    lines += [f"  {line}" for line in _wrapped(topic.schema.get("description", ""), style, 2)]
    lines += [f"  {style.dim(remark)}" for remark in remarks_of(declared)]
    lines.append("")
    for name, (part, required) in fields_of(topic.schema).items():
        lines += [*_field(name, part, None, style, required=required), ""]
    lines += _examples(topic, style)
    return "\n".join(lines).rstrip("\n") + "\n"


def _examples(topic: Topic, style: Style) -> list[str]:
    name = topic.path.rpartition(".")[2]
    examples = topic.schema.get("examples", []) or [_composed_example(topic.schema)]
    shown = [f"  {name}: {_yaml(example)}" for example in examples if example is not None]
    return [style.bold("Examples" if len(shown) > 1 else "Example"), *shown] if shown else []


def _composed_example(part: Schema) -> Any:
    """Compose an example from those of the inner fields."""
    inside = {name: example_of(inner) for name, (inner, _) in fields_of(part).items()}
    return {name: value for name, value in inside.items() if value is not None} or None


def _kind_text(topic: Topic, style: Style) -> str:
    schema = topic.schema
    lines = [f"{style.bold(topic.path)}  {schema.get('title', '')}"]
    lines += [f"  {line}" for line in _wrapped(schema.get("description", ""), style, 2)]
    lines.append("")
    for name, (part, required) in fields_of(schema).items():
        lines += [*_field(name, part, _declared(topic.kind, name), style, required=required), ""]
    lines += [
        style.bold("Example"),
        *(f"  {line}" for line in _example(topic.provider_type, topic.kind_name, schema)),
    ]
    if topic.kind_name not in {_PROJECT, _POLICY}:
        lines += [
            "",
            style.dim("`reconciler explain metadata` and `lifecycle` tell what every kind has."),
        ]
    return "\n".join(lines) + "\n"


def rule_text(rule: RuleTopic, style: Style) -> str:
    """Return what a lint rule finds, its source, and its severity."""
    types = ", ".join(rule.types) or "all"
    facts = f"{_rule_sort(rule)}, {rule.severity.value}"
    lines = [
        f"{style.bold(rule.id)}  {style.paint(facts, Colour.CYAN)}",
        *(f"  {line}" for line in _wrapped(rule.summary, style, 2)),
        "",
        *(f"  {line}" for line in _wrapped(f"Source: {rule.source}", style, 2)),
        f"  Provider types: {types}",
        *(f"  {line}" for line in _wrapped(_SEVERITIES[rule.severity], style, 2)),
        *(f"  {line}" for line in _wrapped(_level_words(rule), style, 2)),
    ]
    return "\n".join(lines) + "\n"


def _level_words(rule: RuleTopic) -> str:
    if rule.floor is not None:
        return f"Always a warning at least: {rule.floor}."
    return f"Another severity, or none: `spec.lint.rules: {{{rule.id}: off}}` in reconciler.yaml."


def rules_text(rules: Sequence[RuleTopic], style: Style) -> str:
    """Return all rules with severity, summary and source."""
    lines = []
    for rule in rules:
        least = f" at least, {rule.floor.name.lower()}" if rule.floor else ""
        facts = f"{rule.severity.value}{least}{', plan and drift' if rule.live else ''}"
        lines += [
            f"{style.bold(rule.id)}  {style.paint(facts, Colour.CYAN)}",
            *(f"  {line}" for line in _wrapped(rule.summary, style, 2)),
            *(f"  {style.dim(line)}" for line in _wrapped(rule.source, style, 2)),
            "",
        ]
    lines.append(style.dim("Levels are the usual ones; spec.lint.rules in reconciler.yaml changes"))
    lines.append(style.dim("them for a project, metadata.ignoreRules for one resource."))
    return "\n".join(lines) + "\n"


def _rule_sort(rule: RuleTopic) -> str:
    return "rule of plan and drift" if rule.live else "lint rule"


def rule_document(rule: RuleTopic) -> Document:
    """Return a lint rule as JSON."""
    return {"formatVersion": FORMAT_VERSION, "rule": _rule_entry(rule)}


def rules_document(rules: Iterable[RuleTopic]) -> Document:
    """Return all rules as JSON."""
    return {"formatVersion": FORMAT_VERSION, "rules": [_rule_entry(rule) for rule in rules]}


def _rule_entry(rule: RuleTopic) -> Document:
    return {
        "id": rule.id,
        "severity": rule.severity.value,
        "law": rule.floor is Floor.LAW,
        "atLeastWarning": rule.floor is not None,
        "summary": rule.summary,
        "source": rule.source,
        "types": list(rule.types),
    }


def _properties(schema: Schema) -> Mapping[str, Schema]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    return properties


def _declared(kind: Kind | None, field: str) -> Field | None:
    if kind is None:
        return None
    return next((declared for declared in kind.fields if declared.name == field), None)


def _facts(part: Schema, declared: Field | None, *, required: bool) -> str:
    facts = [type_of(part), *limits_of(part)]
    if (default := default_of(part, declared)) is not None:
        facts.append(f"default {default}")
    if required:
        facts.append("required")
    return ", ".join(facts)


def _field(
    name: str,
    part: Schema,
    declared: Field | None,
    style: Style,
    *,
    required: bool,
    indent: int = 2,
) -> Iterator[str]:
    """Show a field and, indented, its inner fields."""
    lead, deeper = " " * indent, " " * (indent + 4)
    facts = _facts(part, declared, required=required)
    yield f"{lead}{style.bold(name)}  {style.paint(facts, Colour.CYAN)}"
    yield from (f"{deeper}{line}" for line in _wrapped(_description(part), style, indent + 4))
    yield from (f"{deeper}{style.dim(remark)}" for remark in remarks_of(declared))
    for inner, (nested, needed) in fields_of(part).items():
        yield from _field(inner, nested, None, style, required=needed, indent=indent + 4)


def _description(part: Schema) -> str:
    return " ".join(str(part.get("description", "")).split())


def _wrapped(text: str, style: Style, indent: int) -> list[str]:
    return wrap(text, max(30, min(_WIDEST, style.width) - indent), break_long_words=False)


def type_of(part: Schema) -> str:
    """Return a field's type in a word or two, its choices included."""
    if "x-reference" in part:
        return f"reference to a {part['x-reference']}"
    if "const" in part:
        return f"always {part['const']}"
    if "enum" in part:
        return " | ".join(map(str, part["enum"]))
    kind = part.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(str(_TYPES.get(each, each)) for each in kind)
    if kind == "array":
        items = part.get("items", {})
        return f"list of {type_of(items)}" if items else "list"
    return _TYPES.get(kind, str(kind))


def limits_of(part: Schema) -> list[str]:
    """Return a field's limits, one phrase each."""
    if part.keys() & {"x-reference", "enum", "const"}:
        return []
    limits = []
    if "maxLength" in part:
        limits.append(_range(part.get("minLength"), part["maxLength"]) + " characters")
    if part.keys() & {"maxItems", "minItems"}:
        few = part.get("minItems") == 1 and "maxItems" not in part
        items = _range(part.get("minItems"), part.get("maxItems"))
        limits.append(items + (" item" if few else " items"))
    if part.get("maxProperties") == 1:
        limits.append("exactly one of its fields")
    if part.keys() & {"minimum", "maximum"}:
        limits.append(_range(part.get("minimum"), part.get("maximum")))
    return limits


def _range(low: object, high: object) -> str:
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"{low} to {high}"


def default_of(part: Schema, declared: Field | None) -> str | None:
    """Return a field's default, as text; `None` when there is none."""
    if "x-default" in part:
        return str(part["x-default"])
    if "default" in part:
        return json.dumps(part["default"], ensure_ascii=False)
    if declared is not None and not isinstance(declared.default, NoDefault):
        return json.dumps(declared.default, ensure_ascii=False)
    return None


def remarks_of(declared: Field | None) -> list[str]:
    """Return sentences on what is special about a field and its changes."""
    if declared is None:
        return []
    remarks = {
        "Part of the identity.": declared.identity,
        "Immutable: a change replaces the object.": declared.immutable and not declared.local,
        "A change makes a new object in place of the old one.": (
            declared.immutable and declared.local
        ),
        "Write-only: it cannot be read back on every server, so drift may not be seen.": (
            declared.write_only
        ),
        "Ours alone: never sent to the provider.": declared.local,
        "Files: a change of their content is a change of the field.": declared.file_content,
        "Personal data: masked in all output.": declared.personal,
    }
    return [sentence for sentence, holds in remarks.items() if holds]


def _example(provider_type: str, name: str, schema: Schema) -> list[str]:
    """Write a manifest from the fields' examples: all required fields, and two more."""
    properties = _properties(schema)
    required = list(schema.get("required", ()))
    chosen = required + [field for field in properties if field not in required][:2]
    label = provider_type.split("-", maxsplit=1)[0]
    owner = [f"  provider: {label}"] if label and name != _ACCOUNT else []
    title = "mail" if name == _PROJECT else label if name == _ACCOUNT else f"my-{name.lower()}"
    lines = ["apiVersion: reconciler/v1", f"kind: {name}", "metadata:", f"  name: {title}", *owner]
    lines.append("spec:")
    for field in chosen:
        value = example_of(properties.get(field, {}))
        if value is not None:
            lines.append(f"  {field}: {_yaml(value)}")
    return lines


def example_of(part: Schema) -> Any:
    """Return a field's constant, default or first example; `None` if it has none."""
    for key in ("const", "default"):
        if key in part:
            return part[key]
    examples = part.get("examples", [])
    return examples[0] if examples else None


def _yaml(value: Any) -> str:
    """Write a value on one line of YAML."""
    import yaml  # only here: everything else about schemas is JSON

    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000
    )
    return str(text).removesuffix("...\n").strip()


def explanation_document(topics: Iterable[Topic]) -> Document:
    """Return the same as JSON: whole kinds as `kinds`, fields as `fields`."""
    document: Document = {"formatVersion": FORMAT_VERSION}
    for topic in topics:
        if topic.kind_name:
            document.setdefault("kinds", []).append(_kind_document(topic))
        else:
            declared = _declared(topic.kind, topic.field or "")
            name = topic.path.rpartition(".")[2]
            field = _field_document(name, topic.schema, declared, required=topic.required)
            document.setdefault("fields", []).append({"path": topic.path, **field})
    return document


def _kind_document(topic: Topic) -> Document:
    return {
        "type": topic.provider_type or None,
        "kind": topic.kind_name,
        "title": topic.schema.get("title", ""),
        "description": topic.schema.get("description", ""),
        "fields": [
            _field_document(name, part, _declared(topic.kind, name), required=required)
            for name, (part, required) in fields_of(topic.schema).items()
        ],
    }


def _field_document(name: str, part: Schema, declared: Field | None, *, required: bool) -> Document:
    return {
        "name": name,
        "type": type_of(part),
        "required": required,
        "default": default_of(part, declared),
        "limits": limits_of(part),
        "reference": part.get("x-reference"),
        "immutable": declared is not None and declared.immutable,
        "writeOnly": declared is not None and declared.write_only,
        "description": part.get("description", ""),
        "examples": part.get("examples", []),
        "fields": [
            _field_document(inner, nested, None, required=needed)
            for inner, (nested, needed) in fields_of(part).items()
        ],
    }
