"""Every folder of tests/cases/validate is a project; expected.txt has its faults, one a line.

`RECONCILER_UPDATE_CASES=1 pytest tests/unit/manifests/test_cases.py` writes them anew, for review.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.manifests import load

CASES = Path(__file__).parents[2] / "cases" / "validate"
FOLDERS = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())


@pytest.mark.parametrize("name", FOLDERS)
def test_the_faults_of_a_project_are_reported_in_order_and_in_words(name):
    folder = CASES / name
    loaded = load([], cwd=folder)
    found = "".join(f"{fault}\n" for fault in loaded.faults)
    expected = folder / "expected.txt"
    if os.environ.get("RECONCILER_UPDATE_CASES"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_no_fault_shows_a_credential_or_a_password():
    for name in FOLDERS:
        text = (CASES / name / "expected.txt").read_text(encoding="utf-8")
        assert "sk-live" not in text
        assert "password@" not in text
        assert "secret@" not in text


def test_a_project_without_faults_has_all_its_resources():
    configuration = load([], cwd=CASES / "001-all-is-well").require()
    assert sorted(configuration.accounts) == ["nhn", "octeth", "sure"]
    assert [str(address) for address in sorted(configuration.resources)] == [
        "nhn/BlockList/blocked",
        "nhn/Category/transactional",
        "nhn/Contact/customer-1",
        "nhn/Tag/vip",
        "nhn/Template/welcome",
        "octeth/ApiKey/shop",
        "octeth/SenderDomain/mail.example.com",
        "sure/SenderDomain/mail.example.com",
        "sure/Webhook/mail",
    ]


def test_plain_scalars_become_what_the_schema_says():
    case = CASES / "006-plain-scalars-are-as-written"
    resources = load([], cwd=case).require().resources
    specs = {resource.address.name: dict(resource.spec) for resource in resources.values()}
    assert specs == {
        "0123": {"displayName": "1:20", "description": "on"},
        "1e3": {
            "category": "0123",
            "sender": "01012345678",
            "type": "sms",
            "body": "true",
            "templateId": "0x1F",
        },
        "no": {"displayName": "2024-01-01"},
    }
    assert all(type(value) is str for spec in specs.values() for value in spec.values())
