from __future__ import annotations

import gzip
import tracemalloc

import pytest

from reconciler.errors import ManifestError
from reconciler.manifests import member_faults, members_of
from reconciler.manifests.lists import shelf
from reconciler.manifests.lists.content import MAX_BYTES, Budget
from reconciler.manifests.lists.reader import read_list
from reconciler.model.address import Address
from reconciler.model.members import Members
from reconciler.model.resource import Configuration, Project, Resource

MEMBERS = Members(listed="recipients", files="recipientsFrom")


@pytest.fixture
def block_list(folder):
    def make(*files: str, recipients: list[str] | None = None) -> Resource:
        spec = {"unsubscribeNumber": "0801234567", "recipientsFrom": [{"file": f} for f in files]}
        if recipients is not None:
            spec["recipients"] = recipients
        return Resource(address=Address("nhn", "BlockList", "blocked"), spec=spec)

    return make


def read(folder, resource) -> list[str]:
    return list(members_of(resource, MEMBERS, folder.path))


def faults(folder, resource) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        read(folder, resource)
    return list(caught.value.details)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("01012345678", "01012345678"),
        ("010-1234-5678", "01012345678"),
        ("010 1234 5678", "01012345678"),
        ("+82 10-1234-5678", "01012345678"),
        ("+821012345678", "01012345678"),
        ("+82 010-1234-5678", "01012345678"),
        ("+1 202-555-0123", "12025550123"),
        ("1544-6859", "15446859"),
        ("(02) 123-4567", "021234567"),
        ("+82 (0)10-1234-5678", "01012345678"),
        ("821012345678", "01012345678"),
        ("82-10-1234-5678", "01012345678"),
        ("00821012345678", "01012345678"),
        ("1012345678", "01012345678"),
    ],
)
def test_numbers_come_out_as_digits(folder, block_list, written, number):
    folder.write("n.txt", f"{written}\n")
    assert read(folder, block_list("n.txt")) == [number]
    assert read(folder, block_list(recipients=[written])) == [number]


def test_a_block_list_without_files_or_numbers_is_empty(folder):
    resource = Resource(address=Address("nhn", "BlockList", "b"), spec={"unsubscribeNumber": "080"})
    assert read(folder, resource) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain.txt", "01011112222\n01033334444\n"),
        ("no-newline.txt", "01011112222\n01033334444"),
        ("windows.txt", "01011112222\r\n01033334444\r\n"),
        ("bom.txt", "\ufeff01011112222\n01033334444\n"),
        ("blank.txt", "\n01011112222\n\n  \n01033334444\n\n"),
        ("comments.txt", "# blocked\n01011112222\n01033334444\n# end\n"),
        ("header.csv", "number\n01011112222\n01033334444\n"),
        ("columns.csv", "전화번호,이름\n01011112222,가\n010-3333-4444,나\n"),
        ("semicolons.csv", "number;name\n01011112222;a\n01033334444;b\n"),
        ("tabs.tsv", "number\tname\n01011112222\ta\n01033334444\tb\n"),
        ("quoted.csv", '"number","note"\n"01011112222","a, b"\n"01033334444","two\nlines"\n'),
        ("quotes.txt", '"01011112222"\n"01033334444"\n'),
        ("empty.csv", "number\n"),
        ("nothing.txt", ""),
    ],
)
def test_the_forms_a_file_may_have(folder, block_list, name, text):
    (folder.path / name).write_bytes(text.encode())
    (folder.path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    expected = [] if "1111" not in text else ["01011112222", "01033334444"]
    assert read(folder, block_list(name)) == expected
    assert read(folder, block_list(f"{name}.gz")) == expected


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("abc", "the line is not a phone number"),
        ("12", "** is not possible as a phone number"),
        ("0101111222233334444", "010************4444 is not possible as a phone number"),
        ("1.01E+10", "the number is shortened to a power of ten"),
        ("1012345678.0", "the number has decimal places"),
        ("#N/A", "a spreadsheet's error, #N/A, stands there"),
        ("#NAME?", "a spreadsheet's error, #NAME?, stands there"),
        ("#REF!", "a spreadsheet's error, #REF!, stands there"),
        ("########", "the number is hidden by ####"),
        ("#01012345678", "the line is not a phone number"),
    ],
)
@pytest.mark.parametrize("name", ["n.csv", "n.txt", "n.csv.gz"])
def test_junk_is_reported_by_line_and_never_shown(folder, block_list, cell, message, name):
    data = f"phone\n01011112222\n# a comment\n{cell}\n".encode()
    (folder.path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert faults(folder, block_list(name))[0].startswith(
        f'{name}:4:1: nhn/BlockList/blocked: {message}; column 1, "phone", was read'
    )


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("name,phone\nA,01011112222\n", ""),
        ("name;Mobile No;note\nA;01011112222;x\n", "Mobile No"),
        ("name;Mobile No;note\nA;01011112222;x\n", "mobile no"),
        ("이름\t전화번호\n가\t010-1111-2222\n", ""),
        ("name,Phone Number\nA,01011112222\n", ""),
        ("home,mobile\n021234567,01011112222\n", "mobile"),
        ("A,01011112222\n", "2"),
        ("name,x\nA,01011112222\n", "2"),
        ('"a, b",phone\n"c, d","01011112222"\n', ""),
        ('name,phone\n"c, d",01011112222\n', ""),
        ('name,phone\n"two\nlines",01011112222\n', "phone"),
        ("01011112222,A\n", ""),
    ],
)
def test_the_header_or_the_manifest_says_which_column_has_the_numbers(
    folder, block_list, text, column
):
    folder.write("n.csv", text)
    resource = block_list("n.csv")
    if column:
        resource.spec["recipientsFrom"][0]["column"] = column
    assert read(folder, resource) == ["01011112222"]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("mobile,phone\n0101,0102\n", "", 'the columns "mobile" and "phone" could both have'),
        ("name,phone\nA,0102\n", "phon", 'there is no column "phon"; did you mean "phone"?'),
        ("A,01011112222\n", "phone", 'there is no column "phone": the first line names none'),
        ("A,01011112222\n", "3", 'there is no column "3"'),
        ("A,01011112222\n", "", "the line is not a phone number; column 1 was read; another"),
    ],
)
def test_a_column_that_cannot_be_told_is_a_fault(folder, block_list, text, column, message):
    folder.write("n.csv", text)
    resource = block_list("n.csv")
    if column:
        resource.spec["recipientsFrom"][0]["column"] = column
    assert f"n.csv:1:1: nhn/BlockList/blocked: {message}" in faults(folder, resource)[0]


def test_junk_in_a_quoted_csv_is_reported_by_line(folder, block_list):
    folder.write("n.csv", '"number","note"\n"01011112222","two\nlines"\n"junk","x"\n')
    assert faults(folder, block_list("n.csv"))[0].startswith("n.csv:4:1: ")


def test_only_the_first_line_can_be_a_header(folder, block_list):
    folder.write("n.csv", "01011112222\nnumber\n")
    assert faults(folder, block_list("n.csv"))[0].startswith("n.csv:2:1: ")


def test_junk_is_reported_twenty_times_at_most(folder, block_list):
    folder.write("n.txt", "junk1\n" * 1000)
    found = faults(folder, block_list("n.txt"))
    assert len(found) == 21
    assert "the rest of the file was not read" in found[-1]


def test_every_file_is_read_also_after_a_bad_one(folder, block_list):
    folder.write("a.txt", "junk1\n")
    folder.write("b.txt", "junk2\n")
    found = faults(folder, block_list("a.txt", "b.txt", "missing.txt", "../outside.txt"))
    assert [line.split(":")[0] for line in found] == ["a.txt", "b.txt", "<none>", "<none>"]
    assert "names a file that does not exist" in found[2]
    assert "leads out of the project's root" in found[3]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"\xff\xfe0\x001\x00", "is UTF-16 text; write it anew: iconv -f UTF-16"),
        ("b.txt", b"010\xff12345678\n", "is not UTF-8 text"),
        ("k.csv", "이름,전화\n가,01011112222\n".encode("cp949"), "iconv -f CP949 -t UTF-8"),
        ("c.gz", b"not gzip", "the file cannot be read: "),
        ("d.gz", gzip.compress(b"01012345678\n")[:-6], "the file cannot be read: it is damaged"),
        ("e.txt", b"0" * 100_000, "has a line of more than 64 KiB"),
        ("f.csv", b'"a","b"\n"01012345678" x,y\n', "the line is not CSV"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_is_refused_in_words(folder, block_list, name, data, message):
    (folder.path / name).write_bytes(data)
    assert message in faults(folder, block_list(name))[0]


@pytest.mark.parametrize("line", [b"01012345678\n", b"\n", b"# comment\n", b"junk1\n", b"1,2,3\n"])
def test_an_archive_bomb_is_refused_before_it_costs_time(folder, block_list, line):
    data = gzip.compress(line * (100_000_000 // len(line)), 1)
    (folder.path / "n.csv.gz").write_bytes(data[: len(data) // 2])
    budget = Budget()
    read_list(str(folder.path / "n.csv.gz"), "", budget)
    assert MAX_BYTES - budget.bytes < max(1 << 20, 50 * len(data)) + (1 << 18)
    found = faults(folder, block_list("n.csv.gz"))
    assert any(
        "unpacks to more than 50 times" in each or "more such lines" in each for each in found
    )


def test_the_files_of_a_run_have_one_limit_together(folder, block_list, monkeypatch):
    monkeypatch.setattr(shelf, "MAX_BYTES", 2000)
    for name in "abc":
        folder.write(f"{name}.txt", "01012345678\n" * 80)
    found = faults(folder, block_list("a.txt", "b.txt", "c.txt"))
    assert [line.partition(":")[0] for line in found] == ["c.txt"]
    assert "the list files hold more than" in found[0]


def test_a_run_has_a_limit_of_lines_too(folder, block_list, monkeypatch):
    monkeypatch.setattr(shelf, "MAX_LINES", 1000)
    folder.write("a.txt", "\n" * 1001)
    assert "lines together" in faults(folder, block_list("a.txt"))[0]


def test_a_file_under_many_spellings_is_read_once(folder, block_list, monkeypatch):
    monkeypatch.setattr(shelf, "MAX_BYTES", 2000)
    folder.write("a.txt", "01012345678\n" * 80)
    (folder.path / "link.txt").symlink_to("a.txt")
    spellings = ["a.txt", "./a.txt", "link.txt", "x/../a.txt"]
    assert read(folder, block_list(*spellings)) == ["01012345678"]


def test_a_file_that_changed_is_read_anew(folder, block_list):
    folder.write("a.txt", "01012345678\n")
    assert read(folder, block_list("a.txt")) == ["01012345678"]
    folder.write("a.txt", "01012345678\n01012345679\n")
    assert read(folder, block_list("a.txt")) == ["01012345678", "01012345679"]


def test_a_line_that_never_ends_takes_little_memory(folder, block_list):
    (folder.path / "n.gz").write_bytes(gzip.compress(b"0" * 200_000_000))
    tracemalloc.start()
    assert "64 KiB" in faults(folder, block_list("n.gz"))[0]
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_a_long_list_takes_little_memory(folder, block_list):
    (folder.path / "n.txt").write_bytes(b"".join(b"010%08d\n" % n for n in range(300_000)))
    tracemalloc.start()
    count = len(members_of(block_list("n.txt"), MEMBERS, folder.path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 300_000
    assert peak < 16_000_000


def test_all_faults_of_all_lists_are_found_for_validating(folder, block_list):
    folder.write("a.txt", "junk1\n01011112222\n")
    resource = block_list("a.txt")
    configuration = Configuration(
        project=Project(root=folder.path),
        accounts={},
        resources={resource.address: resource},
    )
    assert [
        fault.origin.line for fault in member_faults(configuration, lambda _resource: MEMBERS)
    ] == [1]
