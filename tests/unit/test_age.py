"""Recipients, identities, and plugins that hold the key elsewhere."""

from __future__ import annotations

import os

import pytest

from reconciler import age
from tests.support import age_plugin
from tests.support.recipients import ANN, BEN, EVE

PLUGIN = {age.IDENTITY: age_plugin.IDENTITY}


@pytest.fixture
def kms(tmp_path, monkeypatch):
    """The plugin, on the path."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return age_plugin.install(tmp_path)


def encrypted(*recipients):
    return age.encrypted(b"hello", age.recipients_of(recipients))


def test_each_of_several_recipients_opens_it_and_nobody_else():
    data = encrypted(ANN.recipient, BEN.recipient)
    assert age.is_encrypted(data)
    for who in (ANN, BEN):
        assert age.decrypted(data, who.environ) == b"hello"
    with pytest.raises(age.Locked, match="not for the identity at hand"):
        age.decrypted(data, EVE.environ)
    with pytest.raises(age.Locked, match="no identity"):
        age.decrypted(data, {})


def test_a_file_may_hold_several_identities_and_comments(tmp_path):
    file = tmp_path / "keys"
    lines = ["# created: today", *(each.environ[age.IDENTITY] for each in (EVE, ANN)), ""]
    file.write_text("\n".join(lines))
    data = encrypted(ANN.recipient)
    assert age.decrypted(data, {age.IDENTITY_FILE: str(file)}) == b"hello"
    with pytest.raises(age.Locked, match=r"cannot be read: No such file or directory$"):
        age.decrypted(data, {age.IDENTITY_FILE: str(tmp_path / "none")})


def test_each_flipped_byte_is_noticed():
    data = encrypted(ANN.recipient)
    for position in range(len(age.HEADER), len(data), 7):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises((age.Changed, age.Locked)):
            age.decrypted(bytes(changed), ANN.environ)


def test_what_is_no_recipient_is_told_by_its_place():
    assert age.malformed((ANN.recipient, ANN.recipient[:-1] + "b", age_plugin.RECIPIENT)) == [1]
    with pytest.raises(age.NoRecipient):
        encrypted("age1x")


def test_a_plugin_can_hold_the_key(kms):
    data = encrypted(ANN.recipient, age_plugin.RECIPIENT)
    assert age.decrypted(data, PLUGIN) == b"hello"
    assert age.decrypted(data, ANN.environ) == b"hello"


def test_a_plugin_that_is_not_there_or_fails_is_told(kms):
    data = encrypted(age_plugin.RECIPIENT)
    kms.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(age.NoRecipient):
        encrypted(age_plugin.RECIPIENT)
    with pytest.raises(age.Locked, match="plugin could not open it"):
        age.decrypted(data, PLUGIN)
    kms.unlink()
    with pytest.raises(age.NoRecipient, match=r"Could not find .age-plugin-fakekms") as caught:
        encrypted(age_plugin.RECIPIENT)
    assert "Install the plugin" in caught.value.hint
    with pytest.raises(age.Locked, match=r"Could not find .age-plugin-fakekms"):
        age.decrypted(data, PLUGIN)
