"""What every emulator stands on: its store, the application around it, its server."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest

from reconciler.emulator import pipeline
from reconciler.emulator.app import build_app, emulator_types, readings_matrix
from reconciler.emulator.server import EmulatorServer
from reconciler.emulator.store import Store
from tests.support.inprocess import InProcessTransport

KEY = "/nhncloud-sms/sms/v2.2/appKeys/k"
CATEGORY = {"categoryName": "news", "useYn": "Y"}


def send(app, method, path, **options):
    async def one():
        transport = InProcessTransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
            return await client.request(method, path, **options)

    return asyncio.run(one())


# --- store -------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    made = Store(None if request.param == "memory" else tmp_path / "data.db")
    yield made
    made.close()


def test_a_table_is_a_dictionary_in_order_of_insertion(store):
    table = store.table("a")
    table["x"] = {"n": 1}
    table["y"] = {"n": 2}
    table["x"] = {"n": 3}
    assert list(table.items()) == [("x", {"n": 3}), ("y", {"n": 2})]
    del table["x"]
    assert "x" not in table
    assert len(table) == 1
    with pytest.raises(KeyError):
        del table["x"]


def test_tables_of_different_names_are_apart_and_of_one_name_the_same(store):
    store.table("a")["x"] = {}
    assert not store.table("b")
    assert store.table("a") is store.table("a")


def test_ids_count_up_per_table(store):
    assert [store.table("a").next_id() for _ in range(3)] == [1, 2, 3]
    assert store.table("b").next_id() == 1


def test_rows_order_and_ids_survive_reopening(tmp_path):
    with_data = Store(tmp_path / "data.db")
    for name in ("c", "a", "b"):
        with_data.table("t")[name] = {"id": with_data.table("t").next_id(), "text": "한글 \r\n"}
    del with_data.table("t")["b"]
    with_data.close()
    again = Store(tmp_path / "data.db")
    assert list(again.table("t")) == ["c", "a"]
    assert again.table("t")["a"] == {"id": 2, "text": "한글 \r\n"}
    assert again.table("t").next_id() == 4
    again.close()


def test_what_was_set_survives_sigkill_of_the_process(tmp_path):
    script = f"""
        import os, signal
        from pathlib import Path
        from reconciler.emulator.store import Store
        store = Store(Path({str(tmp_path / "data.db")!r}))
        store.table("t")["x"] = {{"n": store.table("t").next_id()}}
        with store.batch():
            store.numbers("n").add(["0101"])
            store.table("t")["y"] = {{}}
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -signal.SIGKILL
    store = Store(tmp_path / "data.db")
    assert dict(store.table("t")) == {"x": {"n": 1}, "y": {}}
    assert list(store.numbers("n")) == ["0101"]
    store.close()


def test_a_batch_cut_short_by_sigkill_leaves_nothing_of_itself(tmp_path):
    script = f"""
        import os, signal
        from pathlib import Path
        from reconciler.emulator.store import Store
        store = Store(Path({str(tmp_path / "data.db")!r}))
        with store.batch():
            store.table("t")["x"] = {{}}
            os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    store = Store(tmp_path / "data.db")
    assert not store.table("t")
    store.close()


def test_another_process_s_changes_show_after_refresh(tmp_path):
    one, other = Store(tmp_path / "data.db"), Store(tmp_path / "data.db")
    assert not one.table("t")
    other.table("t")["x"] = {}
    other.numbers("n").add(["0102"])
    one.refresh()
    assert list(one.table("t")) == ["x"]
    assert "0102" in one.numbers("n")
    one.close()
    other.close()


def test_a_batch_sees_what_was_written_before_it_began(tmp_path):
    one, other = Store(tmp_path / "data.db"), Store(tmp_path / "data.db")
    one.table("t").get("x")
    other.table("t")["x"] = {}
    with one.batch():
        assert "x" in one.table("t")
    one.close()
    other.close()


def test_an_exception_inside_a_batch_keeps_memory_and_file_alike(tmp_path):
    store = Store(tmp_path / "data.db")

    def fail():
        with store.batch():
            store.table("t")["x"] = {}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    store.close()
    again = Store(tmp_path / "data.db")
    assert list(again.table("t")) == list(store.table("t")) == ["x"]
    again.close()


def test_fresh_rows_can_be_hidden(store, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("reconciler.emulator.store.time.time", lambda: now[0])
    store.table("t")["old"] = {"n": 1}
    now[0] = 1010.0
    store.table("t")["new"] = {"n": 2}
    assert store.table("t").visible(5) == [{"n": 1}]
    assert store.table("t").visible() == [{"n": 1}, {"n": 2}]
    now[0] = 1016.0
    assert store.table("t").visible(5) == [{"n": 1}, {"n": 2}]


def test_a_number_set_keeps_leading_zeros_order_and_times(store):
    numbers = store.numbers("n")
    assert numbers.add(["0102", "0101", "0102"], at=5) == 2
    assert numbers.add(["0101", "00", "1" * 25], at=6) == 2
    assert list(numbers) == ["0102", "0101", "00", "1" * 25]
    assert list(numbers.items())[1:3] == [("0101", 5), ("00", 6)]
    assert numbers.page(1, 2) == [("0101", 5), ("00", 6)]
    assert numbers.remove(["0101", "7"]) == 1
    assert numbers.add(["0103"], at=7) == 1
    assert numbers.page(0, 10) == [("0102", 5), ("00", 6), ("1" * 25, 6), ("0103", 7)]
    assert (len(numbers), "0101" in numbers, "00" in numbers) == (4, False, True)
    assert (numbers.added_at("0103"), numbers.added_at("x")) == (7, None)
    with pytest.raises(ValueError, match="digits"):
        numbers.add(["010-1"])


def test_a_number_set_survives_reopening(tmp_path):
    store = Store(tmp_path / "data.db")
    store.numbers("n").add(["01" * 12, "007"], at=9)
    store.close()
    again = Store(tmp_path / "data.db")
    assert list(again.numbers("n").items()) == [("01" * 12, 9), ("007", 9)]
    again.close()


def test_two_hundred_thousand_numbers_page_through_completely(store):
    numbers = store.numbers("n")
    wanted = [f"010{number:08d}" for number in range(200_000)]
    numbers.add(wanted)
    pages = [numbers.page(start, 1000) for start in range(0, 200_000, 1000)]
    assert [number for page in pages for number, _ in page] == wanted


# --- application -------------------------------------------------------------------------------


def test_providers_are_found_by_scanning_the_package():
    assert "nhncloud-sms" in emulator_types()


def test_the_matrix_holds_the_defaults_then_each_reading_but_those_of_sending_then_all_others():
    emulator = emulator_types()["nhncloud-sms"]
    readings = {n: v for n, v in emulator.READINGS.items() if n not in emulator.ASIDE}
    matrix = readings_matrix("nhncloud-sms")
    default = {name: values[0] for name, values in readings.items()}
    assert matrix[0] == default
    changed = [{n: v for n, v in each.items() if default[n] != v} for each in matrix[1:-1]]
    assert changed == [{n: v} for n, values in readings.items() for v in values[1:]]
    assert matrix[-1] == {name: values[-1] for name, values in readings.items()}


def test_readings_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="no reading uid-post=both"):
        build_app(readings={"nhncloud-sms": {"uid-post": "both"}})
    with pytest.raises(ValueError, match="no emulator for 'nhn'"):
        build_app(readings={"nhn": {}})


def test_requests_are_recorded_and_the_list_can_be_cleared():
    app = build_app()
    send(app, "POST", f"{KEY}/categories", json=CATEGORY)
    send(app, "GET", f"{KEY}/categories?pageNum=1")
    assert app.state.requests == [
        ("POST", f"{KEY}/categories", CATEGORY),
        ("GET", f"{KEY}/categories", None),
    ]
    assert app.state.requests[1].query == "pageNum=1"
    app.state.requests.clear()
    send(app, "GET", f"{KEY}/tags")
    assert [request.path for request in app.state.requests] == [f"{KEY}/tags"]


def test_form_bodies_are_recorded_and_others_are_not():
    app = build_app()
    send(app, "POST", "/nhncloud-sms/x", data={"Command": "A b"})
    send(app, "POST", "/nhncloud-sms/x", content=b"{")
    send(app, "POST", "/nhncloud-sms/x", json={"large": "x" * 70_000})
    assert [request.body for request in app.state.requests] == [{"Command": "A b"}, None, None]


def test_the_record_is_served_and_can_be_deleted():
    app = build_app()
    send(app, "GET", f"{KEY}/tags")
    send(app, "GET", f"{KEY}/tags")
    shown = send(app, "GET", "/__emulator__/requests").json()
    assert (shown["total"], shown["counts"]) == (2, {"nhncloud-sms": {"GET": 2}})
    assert len(shown["requests"]) == 2
    assert send(app, "DELETE", "/__emulator__/requests").json()["total"] == 0
    assert app.state.requests == []


def test_requests_can_be_counted_without_being_kept():
    app = build_app(record=False)
    send(app, "GET", f"{KEY}/tags")
    assert app.state.requests == []
    assert app.state.counts["nhncloud-sms", "GET"] == 1


def test_the_emulator_says_what_it_emulates():
    about = send(build_app(), "GET", "/__emulator__").json()
    nhn = about["providers"]["nhncloud-sms"]
    assert nhn["path"] == "/nhncloud-sms"
    assert nhn["readings"]["category-one"] == ["list", "object"]
    assert about["durable"] is False


def test_each_write_is_announced_before_it_is_executed_and_after():
    seen = []

    def hook(moment, request):
        tags = app.state.emulators["nhncloud-sms"].account("k").tags
        seen.append((moment, request.method, len(tags)))

    app = build_app(on_request=hook)
    send(app, "POST", f"{KEY}/tags", json={"tagName": "a"})
    send(app, "GET", f"{KEY}/tags")
    assert seen == [("before", "POST", 0), ("after", "POST", 1)]


def test_latency_precedes_every_request_but_those_to_the_emulator_itself(monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(pipeline.asyncio, "sleep", sleep)
    app = build_app(latency=0.25)
    send(app, "GET", f"{KEY}/tags")
    send(app, "GET", "/__emulator__/requests")
    assert slept == [0.25]


def test_data_survives_a_new_application_on_the_same_file(tmp_path):
    send(build_app(data=tmp_path / "e.db"), "POST", f"{KEY}/tags", json={"tagName": "a"})
    body = send(build_app(data=tmp_path / "e.db"), "GET", f"{KEY}/tags").json()["body"]
    assert [tag["tagName"] for tag in body["data"]] == ["a"]


def test_two_applications_on_one_file_see_each_other_s_changes(tmp_path):
    one, other = build_app(data=tmp_path / "e.db"), build_app(data=tmp_path / "e.db")
    send(one, "POST", f"{KEY}/tags", json={"tagName": "a"})
    send(other, "POST", f"{KEY}/tags", json={"tagName": "b"})
    for app in (one, other):
        body = send(app, "GET", f"{KEY}/tags").json()["body"]
        assert [tag["tagName"] for tag in body["data"]] == ["a", "b"]


def test_a_path_of_no_provider_is_not_found():
    assert send(build_app(), "GET", "/nobody/x").status_code == 404


# --- server ------------------------------------------------------------------------------------


def test_the_server_serves_on_a_free_port_and_stops():
    with EmulatorServer(build_app()) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        answer = httpx.get(f"{server.url}{KEY}/tags", trust_env=False)
        assert answer.json()["header"]["isSuccessful"] is True
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}{KEY}/tags", trust_env=False)


def test_a_port_in_use_is_an_error_at_once():
    with EmulatorServer(build_app()) as server, pytest.raises(OSError, match="in use"):
        EmulatorServer(build_app(), port=server.port)


def test_what_a_killed_emulator_answered_is_what_a_restarted_one_knows(tmp_path):
    script = f"""
        from pathlib import Path
        from reconciler.emulator.app import build_app
        from reconciler.emulator.server import serve
        serve(build_app(data=Path({str(tmp_path / "e.db")!r})), on_ready=lambda u: print(u, flush=True))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with httpx.Client(base_url=f"{url}{KEY}", trust_env=False) as client:
            made = [
                client.post("/tags", json={"tagName": f"t{number}"}).json()["body"]["data"]["tagId"]
                for number in range(20)
            ]
            os.kill(process.pid, signal.SIGKILL)
    app = build_app(data=tmp_path / "e.db")
    body = send(app, "GET", f"{KEY}/tags?pageSize=100").json()["body"]
    assert [tag["tagId"] for tag in body["data"]] == made


def test_the_served_process_ends_on_sigterm():
    script = """
        from reconciler.emulator.app import build_app
        from reconciler.emulator.server import serve
        serve(build_app(), on_ready=lambda url: print(url, flush=True))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) in {0, -signal.SIGTERM}


def test_building_the_application_loads_no_http_client_and_no_server():
    script = """
        import json, sys
        from reconciler.emulator.app import build_app
        build_app()
        print(json.dumps([name for name in ("httpx", "uvicorn") if name in sys.modules]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == []


def test_no_emulator_module_imports_a_client_of_ours():
    package = Path(pipeline.__file__).parent
    for module in package.rglob("*.py"):
        source = module.read_text(encoding="utf-8")
        ours = {line for line in source.splitlines() if "reconciler." in line and "import" in line}
        allowed = ("reconciler.emulator", "reconciler.errors", "reconciler.model")
        assert not [line for line in ours if not any(name in line for name in allowed)], module
