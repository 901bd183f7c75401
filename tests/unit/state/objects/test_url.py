from __future__ import annotations

import pytest

from reconciler.errors import StateError
from reconciler.model.environment import Environment
from reconciler.model.resource import Project
from reconciler.state.objects.url import parse
from reconciler.state.open import state_of


def test_a_url_says_bucket_prefix_and_options():
    url = parse("s3://acme/messaging/production?region=ap-northeast-2")
    assert (url.scheme, url.bucket, url.prefix) == ("s3", "acme", "messaging/production")
    assert url.options == {"region": "ap-northeast-2"}
    assert url.place == "s3://acme/messaging/production"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://key:secret@acme/messaging", "credentials"),
        ("s3://acme", "names no place"),
        ("s3:///messaging", "names no place"),
        ("s3://my bucket/messaging", "names no place"),
        ("s3://evil.invalid\\/messaging", "names no place"),
        ("gs://acme/a//b", "names no place"),
        ("az://acme/../other", "names no place"),
        ("s3://acme/messaging#1", "names no place"),
        ("s3://acme/messaging?secret=1", "an option 'secret'"),
        ("gs://acme/messaging?region=eu", "an option 'region'"),
        ("s3://acme/messaging?endpoint=http://s3.internal", "endpoint"),
        ("s3://acme/messaging?endpoint=ftp://127.0.0.1", "endpoint"),
        ("s3://acme/messaging?endpoint=", "endpoint"),
        ("s3://[acme/messaging", "cannot be read"),
    ],
)
def test_a_url_that_is_not_as_it_should_be_is_an_error_with_a_way_out(url, said):
    with pytest.raises(StateError) as caught:
        parse(url)
    assert said in caught.value.message
    assert "secret@" not in caught.value.message


def test_an_endpoint_without_tls_is_on_this_machine_alone():
    for host in ("127.0.0.1:9000", "localhost:9000", "[::1]:9000"):
        assert parse(f"s3://acme/messaging?endpoint=http://{host}").options


def test_an_environment_has_a_prefix_of_its_own(tmp_path):
    project = Project(root=tmp_path, state="s3://acme/messaging?region=eu-west-1")
    environment = Environment(name="production")
    assert state_of(project, environment) == "s3://acme/messaging/production?region=eu-west-1"
