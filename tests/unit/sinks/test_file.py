"""The `file` sink."""

from __future__ import annotations

import json
import stat

import pytest

from reconciler.errors import SinkError
from reconciler.model.secret import Secret
from reconciler.sinks.registry import sink_for

KEY = {"key": Secret("s3cret –\n")}
SMTP = {
    "host": Secret("smtp.example"),
    "port": Secret("587"),
    "username": Secret("u"),
    "password": Secret('p"1'),
}


@pytest.fixture
def sink(tmp_path):
    return sink_for({"file": "secrets/key"}, tmp_path)


def test_one_part_is_written_as_it_is(tmp_path, sink):
    sink.probe()
    assert not sink.holds(KEY)
    sink.deliver(KEY)
    assert sink.holds(KEY)
    assert (tmp_path / "secrets/key").read_bytes() == "s3cret –\n".encode()


def test_several_parts_are_written_as_a_json_object(tmp_path, sink):
    sink.deliver(SMTP)
    assert sink.holds(SMTP)
    assert not sink.holds(KEY)
    assert json.loads((tmp_path / "secrets/key").read_bytes()) == {
        part: secret.reveal() for part, secret in SMTP.items()
    }


def test_a_new_document_replaces_the_old_one(sink):
    sink.deliver(SMTP)
    sink.deliver(KEY)
    assert sink.holds(KEY)


def test_the_same_document_again_changes_nothing(tmp_path, sink):
    sink.deliver(KEY)
    before = (tmp_path / "secrets/key").stat()
    sink.deliver(KEY)
    assert (tmp_path / "secrets/key").stat() == before


def test_a_file_that_others_may_read_is_closed_with_the_next_delivery(tmp_path, sink):
    sink.deliver(KEY)
    (tmp_path / "secrets/key").chmod(0o644)
    sink.deliver(KEY)
    assert stat.S_IMODE((tmp_path / "secrets/key").stat().st_mode) == 0o600


def test_the_description_names_the_place_and_no_secret(sink):
    sink.deliver(KEY)
    assert sink.describe() == "file secrets/key"


@pytest.mark.parametrize("document", [{"key": Secret("\ud800")}, SMTP | {"host": Secret("\ud800")}])
def test_a_secret_that_is_no_text_is_refused_without_showing_it(sink, document):
    with pytest.raises(SinkError, match="not valid Unicode") as caught:
        sink.deliver(document)
    assert "ud800" not in str(caught.value)
    assert caught.value.__cause__ is None
