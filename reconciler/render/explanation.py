"""A kind's fields, out of its JSON Schema and its provider's declarations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

from reconciler.providers.kind import Field, Kind, NoDefault
from reconciler.render.json import FORMAT_VERSION, Document
from reconciler.render.style import Colour, Style

Schema = Mapping[str, Any]

_TYPES = {"array": "list", "object": "mapping"}
_WIDEST = 88
_ACCOUNT = "Provider"


def explanation_text(
    provider_type: str, name: str, schema: Schema, kind: Kind | None, style: Style
) -> str:
    """Return what a kind is, its fields, and a manifest to start from."""
    lines = [f"{style.bold(f'{provider_type}/{name}')}  {schema.get('title', '')}"]
    lines += [f"  {line}" for line in _wrapped(schema.get("description", ""), style, 2)]
    lines.append("")
    required = frozenset(schema.get("required", ()))
    for field, part in _properties(schema).items():
        lines += _field(field, part, required, _declared(kind, field), style)
    lines += [
        style.bold("Example"),
        *(f"  {line}" for line in _example(provider_type, name, schema)),
    ]
    return "\n".join(lines) + "\n"


def _properties(schema: Schema) -> Mapping[str, Schema]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    return properties


def _declared(kind: Kind | None, field: str) -> Field | None:
    if kind is None:
        return None
    return next((declared for declared in kind.fields if declared.name == field), None)


def _field(
    name: str, part: Schema, required: frozenset[str], declared: Field | None, style: Style
) -> Iterator[str]:
    facts = [type_of(part), *limits_of(part)]
    if (default := default_of(part, declared)) is not None:
        facts.append(f"default {default}")
    star = style.paint(" required", Colour.YELLOW) if name in required else ""
    yield f"  {style.bold(name)}  {style.paint(', '.join(facts), Colour.CYAN)}{star}"
    yield from (f"      {line}" for line in _wrapped(part.get("description", ""), style, 6))
    yield from (f"      {style.dim(remark)}" for remark in remarks_of(declared))
    for inner, nested in _properties(part).items():
        facts = [type_of(nested), *limits_of(nested)]
        said = " ".join(str(nested.get("description", "")).split())
        need = " required" if inner in part.get("required", ()) else ""
        line = f"{inner}  ({', '.join(facts)}{need}) {said}"
        yield from (f"        {each}" for each in _wrapped(line, style, 8))
    yield ""


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
    if "x-reference" in part or "enum" in part or "const" in part:
        return []
    limits = []
    if "maxLength" in part:
        limits.append(_range(part.get("minLength"), part["maxLength"]) + " characters")
    if "maxItems" in part or "minItems" in part:
        limits.append(_range(part.get("minItems"), part.get("maxItems")) + " items")
    if "minimum" in part or "maximum" in part:
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
    """Return what a change of the field means, one sentence each."""
    if declared is None:
        return []
    said = {
        "Part of the identity.": declared.identity,
        "Immutable: a change replaces the object.": declared.immutable,
        "Write-only: it cannot be read back on every server, so drift may not be seen.": (
            declared.write_only
        ),
        "Ours alone: never sent to the provider.": declared.local,
        "Files: a change of their content is a change of the field.": declared.file_content,
        "Personal data: masked in all output.": declared.personal,
    }
    return [sentence for sentence, holds in said.items() if holds]


def _example(provider_type: str, name: str, schema: Schema) -> list[str]:
    """Write a manifest out of the fields' own examples: the required ones, then a few more."""
    properties = _properties(schema)
    required = list(schema.get("required", ()))
    chosen = required + [field for field in properties if field not in required][:2]
    label = provider_type.split("-", maxsplit=1)[0]
    owner = [] if name == _ACCOUNT else [f"  provider: {label}"]
    title = label if name == _ACCOUNT else f"my-{name.lower()}"
    lines = ["apiVersion: reconciler/v1", f"kind: {name}", "metadata:", f"  name: {title}", *owner]
    lines.append("spec:")
    for field in chosen:
        value = example_of(properties.get(field, {}))
        if value is not None:
            lines.append(f"  {field}: {_yaml(value)}")
    return lines


def example_of(part: Schema) -> Any:
    """Return a field's first example, or what stands for one."""
    for key in ("const", "default"):
        if key in part:
            return part[key]
    examples = part.get("examples", [])
    return examples[0] if examples else None


def _yaml(value: Any) -> str:
    """Write a value on one line of YAML; JSON is YAML, and plain words need no quotes."""
    if isinstance(value, str) and value.replace("-", "").replace(".", "").isalnum():
        return value
    return json.dumps(value, ensure_ascii=False)


def explanation_document(
    found: Iterable[tuple[str, str, Schema, Kind | None]],
) -> Document:
    """Return the same as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "kinds": [
            {
                "type": provider_type,
                "kind": name,
                "title": schema.get("title", ""),
                "description": schema.get("description", ""),
                "fields": [
                    _field_document(field, part, schema, _declared(kind, field))
                    for field, part in _properties(schema).items()
                ],
            }
            for provider_type, name, schema, kind in found
        ],
    }


def _field_document(field: str, part: Schema, schema: Schema, declared: Field | None) -> Document:
    return {
        "name": field,
        "type": type_of(part),
        "required": field in schema.get("required", ()),
        "default": default_of(part, declared),
        "limits": limits_of(part),
        "reference": part.get("x-reference"),
        "immutable": declared is not None and declared.immutable,
        "writeOnly": declared is not None and declared.write_only,
        "description": part.get("description", ""),
        "examples": part.get("examples", []),
    }
