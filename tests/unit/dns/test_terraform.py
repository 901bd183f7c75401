"""What Terraform itself reads in our file, and makes of the examples in its comment."""

import json
import os
import re
import shutil
import subprocess

import pytest
from dns import rdata

from reconciler.dns.formats.export import FORMATS
from tests.unit.dns.test_formats import ALL, expected

EXPRESSION = re.compile(r"^  (?:records|rrdatas) = (.*?\]\)?)$\n(?=\})", re.MULTILINE | re.DOTALL)
FLATTENED = re.compile(r"^  for_each = (merge\(.*?\]\.\.\.\))$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def terraform(tmp_path):
    """Evaluate an expression beside our file; nothing is downloaded, as it needs no provider."""
    program = shutil.which("terraform") or shutil.which("tofu")
    if not program:
        pytest.skip("neither terraform nor tofu is here")
    for name, text in FORMATS["terraform"].files([ALL]).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "rc").write_text("")
    environ = {"TF_CLI_CONFIG_FILE": str(tmp_path / "rc"), "CHECKPOINT_DISABLE": "1"}

    def evaluate(expression):
        (tmp_path / "asked.tf").write_text(f"locals {{\n  asked = {expression}\n}}\n")
        done = subprocess.run(
            [program, "console"],
            cwd=tmp_path,
            env={**os.environ, **environ},
            input="jsonencode(local.asked)\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(json.loads(done.stdout))

    return evaluate


def comment():
    text = FORMATS["terraform"].files([ALL])["messaging_dns.tf.json"]
    return "\n".join(json.loads(text)["//"])


def of_each(expression):
    """An expression of a resource with `for_each`, for all records."""
    return (
        "{ for key, each in { for key, value in local.messaging_dns_records : "
        f"key => {{ value = value }} }} : key => {expression} }}"
    )


def texts():
    """The texts of TXT records, by name."""
    return {fqdn: values for (fqdn, kind), (_, values) in expected(ALL).items() if kind == "TXT"}


def by_name(found):
    return {
        f"{name}.example.com".removeprefix("@."): set(values)
        for key, values in found.items()
        for _, kind, name in [key.split("/")]
        if kind == "TXT"
    }


def test_terraform_reads_every_value_as_it_was_meant(terraform):
    found = terraform(of_each("each.value.records"))
    assert by_name(found) == texts()


def test_route_53_gets_long_texts_in_pieces(terraform):
    [route53, _] = EXPRESSION.findall(comment())
    pieces = by_name(terraform(of_each(route53)))
    assert {key: {each.replace('""', "") for each in some} for key, some in pieces.items()} == {
        key: {each.replace('""', "") for each in some} for key, some in texts().items()
    }
    assert any('""' in each for some in pieces.values() for each in some)


def test_google_gets_quoted_pieces(terraform):
    [_, google] = EXPRESSION.findall(comment())
    for name, some in by_name(terraform(of_each(google))).items():
        read = {b"".join(rdata.from_text("IN", "TXT", each).strings).decode() for each in some}
        assert read == texts()[name]


def test_cloudflare_gets_each_value_alone(terraform):
    [flattened] = FLATTENED.findall(comment())
    found = terraform(flattened)
    assert len(found) == sum(len(values) for _, values in expected(ALL).values())
    assert {each["value"] for each in found.values() if each["type"] == "A"} == {"192.0.2.1"}
