"""Which recorded manifest files lie under the paths of a run."""

import os

import pytest

from reconciler.manifests import load

TAG = "apiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: t}\nspec: {}\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for place in ("a/m.yaml", "ab/m.yaml", "a/deep/m.yaml"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(TAG)
    (tmp_path / "link").symlink_to("a")
    return tmp_path


@pytest.mark.parametrize("path", ["a", "a/", "./a", "link", "ab/../a", "link/../a"])
def test_one_folder_has_one_name_however_it_is_spelled(tree, path):
    found = load([path], cwd=tree).configuration
    assert found.looks_at("a/m.yaml")
    assert found.looks_at("a/deep/m.yaml")
    assert not found.looks_at("ab/m.yaml")
    assert not found.looks_at("../a/m.yaml")
    assert not found.whole


def test_a_row_that_knows_no_file_lies_under_no_path_and_in_the_whole_project(tree):
    assert not load(["."], cwd=tree).configuration.looks_at("")
    assert load([], cwd=tree).configuration.looks_at("")


def test_paths_are_those_of_the_folder_that_one_stands_in(tree):
    found = load(["m.yaml"], cwd=tree / "a", root=tree).configuration
    assert found.looks_at("a/m.yaml")
    assert not found.looks_at("m.yaml")


def test_a_folder_whose_name_is_not_utf8_is_known_again(tmp_path):
    name = os.fsdecode(b"\xb0\xa1")
    (tmp_path / name).mkdir()
    (tmp_path / name / "m.yaml").write_text(TAG)
    found = load([name], cwd=tmp_path).configuration
    assert found.looks_at("\\xb0\\xa1/m.yaml")
    assert not found.looks_at("m.yaml")
