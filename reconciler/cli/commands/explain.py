"""`reconciler explain`."""

from __future__ import annotations

import click

from reconciler.cli.app import declare
from reconciler.cli.parameters.completing import complete_topic
from reconciler.cli.parameters.topics import (
    RULES,
    all_rule_topics,
    find_code,
    find_rule,
    find_topics,
)
from reconciler.cli.settings import Settings
from reconciler.render.commands import codes, explanation


@declare(
    "explain",
    examples=(
        ("reconciler explain Template", "Every kind of that name."),
        ("reconciler explain octeth/Webhook", "The one of a provider type."),
        ("reconciler explain BlockList.recipientsFrom", "One field, and what is inside of it."),
        ("reconciler explain Provider.credentials", "How to write an account's credentials."),
        ("reconciler explain lifecycle", "What every manifest may have: metadata, lifecycle."),
        ("reconciler explain nhn-sms-bytes", "What a lint rule looks for, and why."),
        ("reconciler explain untrusted-host", "What the code of an error means."),
    ),
)
@click.argument("topic", metavar="TOPIC", shell_complete=complete_topic)
def command(settings: Settings, topic: str) -> int:
    """Explain a kind, a field, a lint rule or the code of an error.

    Of a kind and its fields: type, default, limits, what a change does, and an example.
    """
    out = settings.out
    rule = find_rule(topic)
    if topic.casefold() == RULES:
        rules = all_rule_topics()
        document, text = explanation.rules_document(rules), explanation.rules_text(rules, out.style)
    elif rule is not None:
        document, text = explanation.rule_document(rule), explanation.rule_text(rule, out.style)
    elif (code := find_code(topic)) is not None:
        document, text = codes.code_document(code), codes.code_text(code, out.style)
    else:
        topics = find_topics(topic)
        document = explanation.explanation_document(topics)
        text = "\n".join(explanation.explanation_text(each, out.style) for each in topics)
    if settings.json:
        out.document(document)
    else:
        out.result(text)
    return 0
