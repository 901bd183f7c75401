"""What a `postgresql://` URL may say."""

import sys

import pytest

from reconciler.errors import StateError
from reconciler.state.open import open_store
from reconciler.state.postgres.url import parse

READ = [
    ("postgresql://db/messaging", {"host": "db", "dbname": "messaging"}),
    ("postgres://db/messaging", {"host": "db", "dbname": "messaging"}),
    ("postgresql://ci@db:5433/m", {"host": "db", "port": "5433", "user": "ci", "dbname": "m"}),
    ("postgresql://a:1,b:2/m", {"host": "a,b", "port": "1,2", "dbname": "m"}),
    ("postgresql://[::1]:5/m", {"host": "::1", "port": "5", "dbname": "m"}),
    ("postgresql:///m?host=/run/pg", {"host": "/run/pg", "dbname": "m"}),
    ("postgresql://db/my%20db?sslmode=require", {"dbname": "my db", "sslmode": "require"}),
]


@pytest.mark.parametrize(("url", "options"), READ)
def test_a_url_says_where_to_connect_to(url, options):
    assert options.items() <= parse(url, "").options.items()


@pytest.mark.parametrize(
    ("url", "environment", "schema"),
    [
        ("postgresql://db/m", "", "reconciler"),
        ("postgresql://db/m", "production", "reconciler_production"),
        ("postgresql://db/m?schema=mail", "", "mail"),
        ("postgresql://db/m?schema=mail", "eu-west", "mail_eu-west"),
    ],
)
def test_each_environment_has_a_schema_of_its_own(url, environment, schema):
    assert parse(url, environment).schema == schema
    assert "schema" not in parse(url, environment).options


REFUSED = [
    ("postgresql://ci:hunter2@db/m", "holds a password"),
    ("postgresql://:hunter2@db/m", "holds a password"),
    ("postgresql://db/m?password=hunter2", "holds a password"),
    ("postgresql://db/m?sslpassword=hunter2", "holds a password"),
    ("postgresql://db", "names no database"),
    ("postgresql://db/", "names no database"),
    ("postgresql://db/m/n", "names no database"),
    ("postgresql://db/m#hunter2", "names no database"),
    ("postgresql://db/m?options=-c%20x", "'options'"),
    ("postgresql://db/m?hunter2", "cannot be read"),
    ("postgresql://db:x/m", "host cannot be read"),
    ("postgresql://db/m?schema=", "schema ''"),
    ("postgresql://db/m?schema=Mail", "schema 'Mail'"),
    ("postgresql://db/m?schema=pg_mail", "schema 'pg_mail'"),
    ('postgresql://db/m?schema=a";DROP', "schema 'a"),
    (f"postgresql://db/m?schema={'s' * 60}", "longer than"),
]


@pytest.mark.parametrize(("url", "said"), REFUSED)
def test_what_is_wrong_with_a_url_is_told_before_anybody_is_asked(tmp_path, url, said):
    with pytest.raises(StateError, match=said) as caught:
        open_store(url, root=tmp_path, environment="production")
    assert caught.value.hint or "cannot be read" in said
    assert "hunter2" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_without_the_extra_the_way_to_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StateError, match="needs the extra `postgres`") as caught:
        open_store("postgresql://db/m", root=tmp_path)
    assert "pip install 'reconciler[postgres]'" in caught.value.hint


def test_a_server_that_is_not_there_is_told_with_what_to_do(tmp_path):
    with pytest.raises(StateError, match="cannot be used") as caught:
        open_store(f"postgresql:///m?host={tmp_path}", root=tmp_path)
    assert "Check that the PostgreSQL server can be reached" in caught.value.hint
