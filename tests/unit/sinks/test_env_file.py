"""The `envFile` sink: our lines among others, read the same by python-dotenv and a shell."""

from __future__ import annotations

import shutil
import subprocess
import threading
from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.errors import SinkError
from reconciler.model.secret import Secret
from reconciler.sinks.registry import sink_for

SMTP = {
    "host": Secret("smtp.example"),
    "port": Secret("587"),
    "username": Secret("user@example"),
    "password": Secret("it's #1"),
}


def sink_of(root, variable="KEY", path=".env"):
    return sink_for({"envFile": {"path": path, "variable": variable}}, root)


def document(text="new"):
    return {"key": Secret(text)}


def after(root, before: str, text="new", variable="KEY") -> str:
    (root / ".env").write_bytes(before.encode())
    sink = sink_of(root, variable)
    sink.deliver(document(text))
    assert sink.holds(document(text))
    return (root / ".env").read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("", "KEY=new\n"),
        ("A=1\n", "A=1\nKEY=new\n"),
        ("A=1", "A=1\nKEY=new\n"),
        ("KEY=old\nB=2\n", "KEY=new\nB=2\n"),
        ("# c\n\nA='x y'\r\nKEY=\"old\nolder\"\n\n# end", "# c\n\nA='x y'\r\nKEY=new\n\n# end"),
        ("export KEY=old # why\nB=2\n", "export KEY=new # why\nB=2\n"),
        ("  KEY = 'old'   # why\n", "  KEY=new   # why\n"),
        ("KEY='a # b'\n", "KEY=new\n"),
        ("KEY=a#b\n", "KEY=new\n"),
        ("KEY\n", "KEY=new\n"),
        ("KEY=", "KEY=new\n"),
        ("KEY=old\r\nB=2\r\n", "KEY=new\r\nB=2\r\n"),
        ("KEY=1\nA=1\n\nKEY=2\nB=2\n", "KEY=new\nA=1\n\nB=2\n"),
        ("KEYS=1\nMY_KEY=2\n#KEY=3\n", "KEYS=1\nMY_KEY=2\n#KEY=3\nKEY=new\n"),
        ("\ufeffA=1\n", "\ufeffA=1\nKEY=new\n"),
        ("not a line\n", "not a line\nKEY=new\n"),
        ("A=b\\\n", "A=b\\\n\nKEY=new\n"),
    ],
)
def test_every_other_line_stays_byte_for_byte(tmp_path, before, wanted):
    assert after(tmp_path, before) == wanted


def test_several_parts_get_the_variable_as_prefix(tmp_path):
    sink = sink_of(tmp_path, "SMTP")
    sink.deliver(SMTP)
    assert sink.holds(SMTP)
    assert (tmp_path / ".env").read_text() == (
        "SMTP_HOST=smtp.example\n"
        "SMTP_PORT=587\n"
        "SMTP_USERNAME=user@example\n"
        'SMTP_PASSWORD="it\'s #1"\n'
    )
    assert not sink.holds(SMTP | {"port": Secret("25")})
    assert not sink.holds({part: SMTP[part] for part in ("host", "port")} | {"x": Secret("y")})


def test_a_file_with_an_open_quote_is_refused_and_stays(tmp_path):
    (tmp_path / ".env").write_text('A="abc\n')
    with pytest.raises(SinkError, match="cannot be read back") as caught:
        sink_of(tmp_path).deliver(document('with "quotes"'))
    assert "quote" in caught.value.hint
    assert (tmp_path / ".env").read_text() == 'A="abc\n'


def test_a_file_that_is_no_text_is_refused_by_the_probe(tmp_path):
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    sink = sink_of(tmp_path)
    for use in (sink.probe, lambda: sink.deliver(document())):
        with pytest.raises(SinkError, match="not UTF-8"):
            use()


def in_shell(root, variable="KEY") -> bytes:
    """Return what a POSIX shell makes of the file."""
    shell = shutil.which("dash") or shutil.which("sh")
    done = subprocess.run(
        [shell, "-c", f"set -a; . ./.env; printf '%s' \"${variable}\""],
        cwd=root,
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.stderr == b""
    return done.stdout


AWKWARD = [
    "",
    "plain",
    "with space",
    "it's",
    'say "hi"',
    "$HOME",
    "${HOME}",
    "${HOME:-x}",
    "a$",
    "'$(id)'",
    "back\\slash",
    "two\\\\slashes",
    "end\\",
    "'\\n",
    "#hash",
    "a #b",
    "a=b",
    "~root",
    "line\nbreak",
    "tab\t",
    " lead and trail ",
    "!history!",
    "*glob?[x]",
    "안녕",
    "`id`",
    "${RECONCILER_UNSET:-x",
    "'${A}",
    "a;b&c|d>e<f",
    "\x0b\x0c\x1b\x85\u2028",
]


@pytest.mark.parametrize("value", AWKWARD)
def test_python_dotenv_and_a_shell_read_the_same_value(tmp_path, value):
    after(tmp_path, "A='1'\n", value)
    assert dotenv_values(tmp_path / ".env")["KEY"] == value
    assert in_shell(tmp_path) == value.encode()


@pytest.mark.parametrize("value", ["'`", "a\rb", "a\0b", "\ud800", "`\\\\", "`${A}"])
def test_a_value_that_one_of_them_would_misread_is_refused_without_showing_it(tmp_path, value):
    with pytest.raises(SinkError, match="KEY cannot be written") as caught:
        sink_of(tmp_path).deliver(document(value))
    assert value not in str(caught.value)
    assert "`file`" in caught.value.hint
    assert not (tmp_path / ".env").exists()


texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)
awkward = st.text(alphabet="ab'\"\\$`{}#= \n\t!", max_size=12)
lines = st.lists(
    st.sampled_from(
        [
            "A=1",
            "# note",
            "",
            "export B='x y'",
            'C="a\\"b"',
            "KEY=old",
            "KEY='a\nb'",
            "D",
            "  E = 5 # c",
        ]
    ),
    max_size=8,
)


@given(before=lines, value=texts | awkward)
@example(before=["KEY='a\nb'", "KEY=old"], value="\\'")
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_value_comes_back_and_leaves_the_others_alone(before, value):
    sink = sink_of(None)
    content = "\n".join(before)
    try:
        made = sink._render(content.encode(), {"KEY": value}).decode()
    except SinkError:
        assert any(sign in value for sign in "`\r\0") or "${RECONCILER" in value
        return
    old, new = (dotenv_values(stream=StringIO(text)) for text in (content, made))
    assert new.pop("KEY") == value
    old.pop("KEY", None)
    assert new == old
    assert sink._render(made.encode(), {"KEY": value}).decode() == made


@given(content=st.text(max_size=60), value=awkward)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_file_is_refused_or_read_back(content, value):
    sink = sink_of(None)
    try:
        made = sink._render(content.encode(), {"KEY": value})
    except SinkError:
        return
    found = {b.key: b.value for b in sink._bindings(made)}
    assert found["KEY"].replace("${RECONCILER_UNSET:-$}", "$") == value


def test_deliveries_at_the_same_time_keep_each_other_s_lines(tmp_path):
    names = [f"KEY_{number}" for number in range(12)]
    failures = []

    def deliver(name: str) -> None:
        try:
            for turn in range(3):
                sink_of(tmp_path, name).deliver(document(f"{name}-{turn}"))
        except SinkError as error:
            failures.append(error)

    threads = [threading.Thread(target=deliver, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert dotenv_values(tmp_path / ".env") == {name: f"{name}-2" for name in names}
