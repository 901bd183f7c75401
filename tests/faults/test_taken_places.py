"""What comes to lie where a secret is to be delivered, after the plan said that the place is free."""

import pytest

from reconciler.emulator.app import build_app
from reconciler.errors import SinkError
from tests.support.project import Project, provider, resource

DOMAIN = resource("SenderDomain", "news.example.com")
THEIRS = "SHOP=theirs\n"
READINGS = {"octeth": {"key-list": "masked"}}
FILE = {"file": "secrets/place"}
ENV = {"envFile": {"path": "secrets/place", "variable": "SHOP"}}


def key(**sink):
    return resource("ApiKey", "k", domain="news.example.com", deliverTo=sink)


class Late(Project):
    """A project in which somebody writes a file the moment a key is made."""

    def __init__(self, root):
        self.place = root / "secrets" / "place"
        app = build_app(readings=READINGS, on_request=self._on_request)
        super().__init__(root, readings=READINGS, emulator=app)
        self.account = provider("octeth", readings=self.readings)

    def _on_request(self, moment, log):
        if moment == "after" and "AddAPI" in str(log.body):
            self.occupy()

    def occupy(self):
        self.place.parent.mkdir(mode=0o700, exist_ok=True)
        self.place.write_text(THEIRS)

    def want(self, *documents):
        self.write(self.account, DOMAIN, *documents)

    def made(self):
        return [row["key"] for row in self.stored("octeth").get("keys", {}).values()]


@pytest.mark.parametrize("sink", [FILE, ENV])
def test_a_file_that_appears_while_its_key_is_made_stays_and_the_key_waits(tmp_path, sink):
    project = Late(tmp_path)
    project.want(key(**sink))
    [failure] = project.try_apply().failures
    assert "was not written by this state" in failure
    assert "adopt: true" in failure
    assert project.place.read_text() == THEIRS
    again = project.try_apply()
    assert "adopt: true" in "".join(again.plan.blocked.values())
    assert project.place.read_text() == THEIRS
    assert len(project.made()) == 1


@pytest.mark.parametrize("then", [{"file": "keys/k"}, {**FILE, "adopt": True}])
def test_the_key_goes_where_the_manifest_says_then(tmp_path, then):
    project = Late(tmp_path)
    project.want(key(**FILE))
    assert project.try_apply().failures
    project.want(key(**then))
    project.apply()
    [made] = project.made()
    assert (tmp_path / then["file"]).read_text() == made
    assert (project.place.read_text() == THEIRS) == ("adopt" not in then)
    assert project.plan().changes == ()


def test_a_file_that_appears_before_anything_is_made_stops_the_run(tmp_path):
    project = Late(tmp_path)
    project.want(key(**FILE))
    with pytest.raises(SinkError, match="nothing was changed") as caught:
        project.apply_after(project.occupy)
    assert "was not written by this state" in str(caught.value)
    assert project.made() == []
    assert project.place.read_text() == THEIRS


def test_a_sink_that_moves_is_not_moved_over_what_has_appeared_there(tmp_path):
    project = Late(tmp_path)
    project.want(key(file="secrets/old"))
    project.apply()
    project.want(key(**FILE))
    project.place.unlink()
    with pytest.raises(SinkError, match="nothing was changed"):
        project.apply_after(project.occupy)
    assert project.place.read_text() == THEIRS
    assert project.made() == [(tmp_path / "secrets/old").read_text()]


def test_what_this_state_wrote_itself_is_written_over(tmp_path):
    project = Late(tmp_path)
    project.want(key(file="secrets/own"))
    project.apply()
    (tmp_path / "secrets/own").write_text("spoilt")
    project.want(
        resource(
            "ApiKey",
            "k",
            domain="news.example.com",
            deliverTo={"file": "secrets/own"},
            rotation="2",
        )
    )
    project.apply()
    assert (tmp_path / "secrets/own").read_text() in project.made()
