"""Which sink a manifest's value names."""

from __future__ import annotations

import pytest

from reconciler.errors import SinkError
from reconciler.sinks.env_file import EnvFileSink
from reconciler.sinks.file import FileSink
from reconciler.sinks.registry import sink_for


def test_a_file_and_a_line_of_a_dotenv_file(tmp_path):
    assert isinstance(sink_for({"file": "a"}, tmp_path), FileSink)
    made = sink_for({"envFile": {"path": ".env", "variable": "KEY"}}, tmp_path)
    assert isinstance(made, EnvFileSink)
    assert made.describe() == "envFile .env (KEY)"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"file": ""},
        {"file": 1},
        {"file": "a", "envFile": {"path": ".env", "variable": "KEY"}},
        {"envFile": ".env"},
        {"envFile": {"path": ".env"}},
        {"envFile": {"path": "", "variable": "KEY"}},
        {"vault": {"path": "x"}},
    ],
)
def test_anything_else_is_refused_with_what_there_is(tmp_path, value):
    with pytest.raises(SinkError) as caught:
        sink_for(value, tmp_path)
    assert "envFile" in caught.value.hint


@pytest.mark.parametrize("variable", ["", "1A", "A-B", "A B", "A=B", "Ä"])
def test_a_name_that_no_variable_can_have_is_refused(tmp_path, variable):
    with pytest.raises(SinkError, match="name of a variable"):
        sink_for({"envFile": {"path": ".env", "variable": variable}}, tmp_path)
