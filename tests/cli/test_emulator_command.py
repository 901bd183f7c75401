"""`reconciler emulator` as a script uses it, and a real apply against it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

COMMAND = [sys.executable, "-m", "reconciler"]


@pytest.fixture
def serve():
    running = []

    def start(*arguments):
        process = subprocess.Popen(
            [*COMMAND, "emulator", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process, process.stdout.readline()

    yield start
    for process in running:
        process.kill()
        process.communicate()


def aim(project, url):
    text = (project / "nhn.yaml").read_text()
    base = f"type: nhncloud-sms\n  baseUrl: {url}\n  limits: {{settleSeconds: 1}}"
    (project / "nhn.yaml").write_text(text.replace("type: nhncloud-sms", base))


def reconciler(*arguments):
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=50
    )


def test_a_log_of_requests_names_method_path_and_status_and_no_key(serve, project, monkeypatch):
    process, line = serve("--reading", "nhncloud-sms.senders=any", "--log-requests")
    aim(project, f"{line.split()[0]}/nhncloud-sms")
    monkeypatch.setenv("NHN_APP_KEY", "c4n4ry-key")
    done = reconciler("apply", "--auto-approve", "-vv")
    assert done.returncode == 0, done.stderr
    assert (
        " reconciler.http DEBUG: nhn: POST /sms/v2.2/appKeys/{appKey}/categories: 200"
        in done.stderr
    )
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert out == ""
    assert "POST /nhncloud-sms/sms/v2.2/appKeys/••••••/categories: 200\n" in err
    assert "GET /nhncloud-sms/sms/v2.2/appKeys/••••••/templates: 200\n" in err
    assert "c4n4ry" not in err


def test_the_ready_line_names_every_base_url(serve):
    process, line = serve("--reading", "nhncloud-sms.senders=any")
    url, *bases = line.split()
    assert url.startswith("http://127.0.0.1:")
    assert f"octeth={url}/octeth" in bases
    with urllib.request.urlopen(f"{url}/__emulator__", timeout=10) as answer:
        assert "nhncloud-sms" in json.load(answer)["providers"]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (out, err) == ("", "")
    assert process.returncode == 143


def test_the_ready_line_can_be_json(serve):
    _, line = serve("--output", "json")
    ready = json.loads(line)
    assert ready["providers"]["surenotify"] == f"{ready['url']}/surenotify"


def test_a_taken_port_is_said(serve):
    _, line = serve()
    port = line.split()[0].rsplit(":", 1)[1]
    result = reconciler("emulator", "--port", port)
    assert result.returncode == 64
    assert "cannot listen on 127.0.0.1" in result.stderr


def test_a_real_apply_over_http_converges(project, serve, monkeypatch):
    _, line = serve(
        "--output", "json", "--reading", "nhncloud-sms.senders=any", "--data", "emulated.db"
    )
    aim(project, json.loads(line)["providers"]["nhncloud-sms"])
    monkeypatch.setenv("NHN_APP_KEY", "canary-key-0001")
    done = reconciler("apply", "--auto-approve", "-vv")
    assert done.returncode == 0, done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert reconciler("plan", "--detailed-exitcode").returncode == 0


LONG_BEFORE_THE_ANSWER = 20
"""Seconds; a request that hangs is answered after 60."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_cleanly_and_the_next_run_converges(project, serve, monkeypatch, number):
    rules = [{"method": "POST", "path": "/categories", "fault": "delay", "seconds": 2}]
    (project / "rules.txt").write_text(json.dumps(rules))
    _, line = serve(
        "--output", "json", "--reading", "nhncloud-sms.senders=any", "--faults", "rules.txt"
    )
    aim(project, json.loads(line)["providers"]["nhncloud-sms"])
    monkeypatch.setenv("NHN_APP_KEY", "canary-key-0001")
    process = subprocess.Popen(
        [*COMMAND, "apply", "--auto-approve", "--output", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "applying 3 changes" in process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(number)
    out, _ = process.communicate(timeout=LONG_BEFORE_THE_ANSWER)
    assert process.returncode == 128 + number
    statuses = {r["address"]: r["status"] for r in json.loads(out)["results"]}
    assert statuses["nhn/Category/transactional"] == "done"
    assert statuses["nhn/Template/welcome"] == "skipped"
    history = json.loads(reconciler("state", "history", "--output", "json").stdout)
    assert history["runs"][0]["outcome"] == "stopped"
    again = reconciler("apply", "--auto-approve")
    assert again.returncode == 0, again.stderr
    assert "1 created" in again.stdout


def test_a_second_signal_stops_at_once(project, serve, monkeypatch):
    rules = [{"method": "POST", "path": "/categories", "fault": "hang", "seconds": 60}]
    (project / "rules.txt").write_text(json.dumps(rules))
    _, line = serve(
        "--output", "json", "--reading", "nhncloud-sms.senders=any", "--faults", "rules.txt"
    )
    aim(project, json.loads(line)["providers"]["nhncloud-sms"])
    process = subprocess.Popen(
        [*COMMAND, "apply", "--auto-approve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NHN_APP_KEY": "canary-key-0001"},
    )
    assert "applying 3 changes" in process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LONG_BEFORE_THE_ANSWER)
    assert process.returncode == 130


def test_a_hanging_request_does_not_hold_up_a_stop(project, serve, monkeypatch):
    rules = [{"method": "POST", "path": "/categories", "fault": "hang", "seconds": 60}]
    (project / "rules.txt").write_text(json.dumps(rules))
    _, line = serve(
        "--output", "json", "--reading", "nhncloud-sms.senders=any", "--faults", "rules.txt"
    )
    aim(project, json.loads(line)["providers"]["nhncloud-sms"])
    monkeypatch.setenv("NHN_APP_KEY", "canary-key-0001")
    process = subprocess.Popen(
        [*COMMAND, "apply", "--auto-approve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "applying 3 changes" in process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LONG_BEFORE_THE_ANSWER)
    assert process.returncode == 143


def test_help_says_what_becomes_of_a_message_within_80_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    result = reconciler("emulator", "--help")
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert "What becomes of a message, by its recipient:" in lines
    assert any(
        re.fullmatch(r"…9905  silent@ +accepted, and never heard of again", x) for x in lines
    )
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_messages_and_the_time_are_kept_with_the_data(serve, tmp_path):
    data = str(tmp_path / "demo.db")
    process, line = serve("--data", data)
    url = line.split()[0]
    change = json.dumps({"at": "2026-11-28T21:30:00+09:00", "running": False}).encode()
    request = urllib.request.Request(f"{url}/__emulator__/clock", data=change, method="PUT")
    urllib.request.urlopen(request, timeout=10).close()
    sms = {"content": "hello", "recipients": [{"address": "0912345678", "country_code": "886"}]}
    send = urllib.request.Request(
        f"{url}/surenotify/v1/sms/messages",
        data=json.dumps(sms).encode(),
        headers={"x-api-key": "acme"},
    )
    urllib.request.urlopen(send, timeout=10).close()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    _, line = serve("--data", data)
    with urllib.request.urlopen(f"{line.split()[0]}/__emulator__/sent", timeout=10) as answer:
        [message] = json.load(answer)["sent"]
    assert (message["recipient"], message["at"]) == ("0912345678", "2026-11-28T12:30:00Z")
