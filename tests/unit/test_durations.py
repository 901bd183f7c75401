from __future__ import annotations

import click
import pytest

from reconciler.cli.parameters.durations import Duration
from reconciler.model.durations import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("30m", 1800), ("24h", 86400), (" 7d ", 604800)]
)
def test_a_span_is_a_number_and_a_unit(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "7", "d", "1.5h", "-1s", "7 d", "7D", "1h30m", "٣s", "1e3s", "99999999s"]
)
def test_anything_else_is_told_with_what_is_right(text):
    with pytest.raises(ValueError, match="90s, 30m, 24h or 7d"):
        seconds_of(text)


def test_an_option_has_bounds():
    option = Duration(least="5m", most="7d")
    assert option.convert("5m", None, None) == 300
    for text, said in (("4m", "less than 5m"), ("8d", "more than 7d"), ("soon", "no span")):
        with pytest.raises(click.BadParameter, match=said):
            option.convert(text, None, None)
