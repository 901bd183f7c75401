"""The emulated NHN Cloud SMS v2.2, sentence by sentence of its API page."""

import asyncio
import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest

from reconciler.emulator.app import build_app, readings_matrix
from reconciler.emulator.server import EmulatorServer
from tests.emulator.nhncloud import BASE, BLANK, BLOCKED, UNSUBSCRIBE, Api, contact
from tests.support.inprocess import InProcessTransport


@pytest.fixture
def api():
    return Api()


# --- accounts, paths, bodies -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("invalid", -1000),
        ("unavailable", -1001),
        ("closed", -1002),
        ("stranger", -1003),
        ("elsewhere", -1004),
        ("blocked", -1008),
    ],
)
def test_some_app_keys_are_refused_each_with_its_code(key, code):
    assert Api(key=key).send("GET", "/tags").code == code


def test_any_app_key_is_an_account_of_its_own(api):
    other = Api(app=api.app, key="other")
    number = api.category()
    assert api.send("GET", "/categories").body["totalCount"] == 2
    assert other.send("GET", "/categories").body["totalCount"] == 1
    assert other.send("GET", f"/categories/{number}").code == -2206
    assert other.account.root_id != api.account.root_id


def test_the_invalid_app_key_is_refused_in_the_envelope():
    answer = Api(key="invalid").send("GET", "/categories")
    assert answer.status == 200
    assert answer.json == {
        "header": {"isSuccessful": False, "resultCode": -1000, "resultMessage": "Invalid appkey"},
        "body": None,
    }


def test_the_invalid_app_key_has_nothing_to_seed():
    assert Api(key="invalid").raw("PUT", "/__emulator__/invalid/sendNos/15880000").status == 404


def test_failures_can_come_with_http_status_400():
    assert Api(failure_status="400").send("GET", "/categories/1").status == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sms/v3.0/appKeys/k/categories"),
        ("GET", "/sms/v2.2/appKeys/k"),
        ("GET", "/sms/v2.2/appKeys/k/nothing"),
        ("GET", "/sms/v2.2/appKeys/k/categories/"),
        ("PATCH", "/sms/v2.2/appKeys/k/categories"),
        ("GET", "/sms/v2.2/appKeys/k/tags/x"),
    ],
)
def test_paths_and_methods_that_the_page_has_not_are_refused(api, method, path):
    assert api.raw(method, path).code == -9998


@pytest.mark.parametrize("kind", ["text/plain", "", "application/json;charset=EUC-KR"])
def test_bodies_of_another_content_type_are_refused(api, kind):
    answer = api.send("POST", "/tags", content=b'{"tagName": "a"}', headers={"content-type": kind})
    assert answer.code == -9996


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"tagName": "\xff"}'])
def test_bodies_that_are_no_json_object_are_refused(api, body):
    headers = {"content-type": "application/json;charset=UTF-8"}
    assert api.send("POST", "/tags", content=body, headers=headers).code == -9997


def test_half_a_surrogate_pair_is_refused(api):
    headers = {"content-type": "application/json"}
    answer = api.send("POST", "/tags", content=b'{"tagName": "\\ud83d"}', headers=headers)
    assert answer.code == -2023


def test_names_in_paths_are_percent_decoded(api):
    for name in ("a b", "ä%/?#", "한글"):
        assert api.template(templateId=name).ok
        path = httpx.URL("/templates/x").path.replace("x", _quoted(name))
        assert api.send("GET", path).data["templateId"] == name


def _quoted(name):
    return "".join(f"%{byte:02X}" for byte in name.encode())


@pytest.mark.parametrize("path", ["/categories", "/templates", "/tags", "/sendNos"])
def test_lists_are_paged_fifteen_rows_at_a_time_by_default(api, path):
    answer = api.send("GET", path)
    assert (answer.body["pageNum"], answer.body["pageSize"]) == (1, 15)


@pytest.mark.parametrize("path", ["/categories", "/templates", "/tags", "/sendNos"])
@pytest.mark.parametrize("query", ["pageSize=1001", "pageSize=0", "pageNum=0", "pageNum=x"])
def test_page_numbers_and_sizes_out_of_bounds_are_refused(api, path, query):
    assert api.send("GET", f"{path}?{query}").code == 4


def test_pages_cover_a_list_without_gap_and_end_with_an_empty_one(api):
    made = [api.tag(f"t{number}") for number in range(7)]
    pages = [api.send("GET", f"/tags?pageSize=3&pageNum={page}") for page in (1, 2, 3, 4)]
    assert [[tag["tagId"] for tag in page.data] for page in pages] == [
        made[:3],
        made[3:6],
        made[6:],
        [],
    ]
    assert {page.body["totalCount"] for page in pages} == {7}


# --- categories --------------------------------------------------------------------------------


def test_every_account_has_a_highest_category(api):
    (root,) = api.send("GET", "/categories").data
    assert (root["categoryParentId"], root["depth"], root["sort"]) == (0, 0, 0)
    assert (root["categoryName"], root["categoryDesc"]) == ("Category", "Highest category")
    assert root["createDate"].endswith(".0")


def test_a_category_without_a_parent_is_made_right_below_the_highest(api):
    answer = api.send("POST", "/categories", {"categoryName": "a", "useYn": "Y", "createUser": "u"})
    assert (answer.code, answer.json["header"]["resultMessage"]) == (0, "SUCCESS")
    assert answer.data == {
        "categoryId": answer.data["categoryId"],
        "categoryParentId": api.account.root_id,
        "depth": 1,
        "sort": 1,
        "categoryName": "a",
        "categoryDesc": None,
        "useYn": "Y",
        "createUser": "u",
    }


def test_a_category_below_another_is_one_deeper(api):
    child = api.category(categoryParentId=api.category())
    assert api.send("GET", f"/categories/{child}").data[0]["depth"] == 2


def test_a_created_category_can_be_answered_as_a_list():
    answer = Api(category_created="list").send(
        "POST", "/categories", {"categoryName": "a", "useYn": "Y"}
    )
    assert [row["categoryName"] for row in answer.data] == ["a"]


def test_one_category_is_answered_as_a_list_or_as_an_object():
    for reading, kind in (("list", list), ("object", dict)):
        api = Api(category_one=reading)
        assert isinstance(api.send("GET", f"/categories/{api.account.root_id}").data, kind)


def test_a_missing_category_is_a_failure_or_an_empty_answer():
    assert Api().send("GET", "/categories/1").code == -2206
    assert Api(category_missing="empty").send("GET", "/categories/1").data == []
    objects = Api(category_missing="empty", category_one="object")
    assert objects.send("GET", "/categories/1").data is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"categoryName": None}, -2200),
        ({"categoryName": ""}, -2200),
        ({"categoryName": "x" * 51}, 4),
        ({"categoryName": 1}, 4),
        ({"categoryDesc": "x" * 101}, 4),
        ({"createUser": "x" * 101}, 4),
        ({"useYn": None}, -2204),
        ({"useYn": "y"}, -2204),
        ({"useYn": True}, -2204),
        ({"categoryParentId": 1}, -2203),
        ({"categoryParentId": "1"}, 4),
        ({"categoryParentId": True}, 4),
    ],
)
def test_a_category_that_breaks_a_rule_is_refused(api, fields, code):
    body = {"categoryName": "a", "useYn": "Y"} | fields
    assert api.send("POST", "/categories", body).code == code
    assert api.send("GET", "/categories").body["totalCount"] == 1


def test_the_longest_texts_of_a_category_are_accepted(api):
    number = api.category(categoryName="가" * 50, categoryDesc="나" * 100, createUser="u" * 100)
    assert api.send("GET", f"/categories/{number}").data[0]["categoryName"] == "가" * 50


def test_parent_zero_means_the_highest_category_as_in_the_example():
    api = Api()
    number = api.category(categoryParentId=0)
    assert api.send("GET", f"/categories/{number}").data[0]["depth"] == 1


def test_parent_zero_can_be_a_placeholder():
    body = {"categoryName": "a", "useYn": "Y", "categoryParentId": 0}
    assert Api(parent_zero="unknown").send("POST", "/categories", body).code == -2203


def test_category_names_may_be_unique_below_a_parent():
    api = Api(category_names="unique")
    first = api.category(categoryName="a")
    assert api.send("POST", "/categories", {"categoryName": "a", "useYn": "Y"}).code == -2200
    below = {"categoryName": "a", "useYn": "Y", "categoryParentId": first}
    assert api.send("POST", "/categories", below).ok
    second = api.category(categoryName="b")
    rename = {"categoryName": "a", "useYn": "Y"}
    assert api.send("PUT", f"/categories/{second}", rename).code == -2201
    assert api.send("PUT", f"/categories/{first}", rename).ok
    assert Api().category(categoryName="Category")


def test_a_category_is_updated_in_name_description_and_use(api):
    number = api.category(categoryDesc="old")
    body = {"categoryName": "b", "categoryDesc": "new", "useYn": "N", "updateUser": "u"}
    assert api.send("PUT", f"/categories/{number}", body).json == BLANK
    (row,) = api.send("GET", f"/categories/{number}").data
    assert {name: row[name] for name in body} == body


def test_a_category_is_not_moved_by_an_update(api):
    number = api.category()
    body = {"categoryName": "b", "useYn": "Y", "categoryParentId": api.category()}
    assert api.send("PUT", f"/categories/{number}", body).ok
    (row,) = api.send("GET", f"/categories/{number}").data
    assert row["categoryParentId"] == api.account.root_id


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"categoryName": ""}, -2201), ({"useYn": "Z"}, -2204), ({"updateUser": "x" * 101}, 4)],
)
def test_an_update_that_breaks_a_rule_changes_nothing(api, fields, code):
    number = api.category()
    body = {"categoryName": "b", "useYn": "N"} | fields
    assert api.send("PUT", f"/categories/{number}", body).code == code
    assert api.send("GET", f"/categories/{number}").data[0]["categoryName"] == "c"


@pytest.mark.parametrize(("reading", "expected"), [("clears", None), ("keeps", "old")])
def test_a_description_left_out_of_an_update_is_cleared_or_kept(reading, expected):
    api = Api(put_omitted=reading)
    number = api.category(categoryDesc="old")
    api.send("PUT", f"/categories/{number}", {"categoryName": "b", "useYn": "Y"})
    assert api.send("GET", f"/categories/{number}").data[0]["categoryDesc"] == expected


def test_a_header_alone_can_be_spelled_as_a_success_with_a_null_body():
    api = Api(header_only="zero")
    answer = api.send("DELETE", f"/categories/{api.category()}")
    assert (answer.code, answer.body) == (0, None)


def test_an_empty_category_can_be_deleted_once(api):
    number = api.category()
    assert api.send("DELETE", f"/categories/{number}").json == BLANK
    assert api.send("DELETE", f"/categories/{number}").code == -2206


def test_the_highest_category_cannot_be_deleted(api):
    assert api.send("DELETE", f"/categories/{api.account.root_id}").code == -2205


def test_a_category_that_is_not_empty_cannot_be_deleted(api):
    parent = api.category()
    child = api.category(categoryParentId=parent)
    api.template(categoryId=child)
    assert api.send("DELETE", f"/categories/{parent}").code == 4
    assert api.send("DELETE", f"/categories/{child}").code == 4
    api.send("DELETE", "/templates/t")
    assert api.send("DELETE", f"/categories/{child}").ok
    assert api.send("DELETE", f"/categories/{parent}").ok


def test_category_ids_are_never_used_again(api):
    first = api.category()
    api.send("DELETE", f"/categories/{first}")
    assert api.category() > first


@pytest.mark.parametrize(("reading", "expected"), [("as-sent", "ci"), ("e-mail", "test@nhn.com")])
def test_users_are_echoed_or_the_console_account_s(reading, expected):
    api = Api(users=reading)
    number = api.category(createUser="ci")
    assert api.send("GET", f"/categories/{number}").data[0]["createUser"] == expected


# --- templates ---------------------------------------------------------------------------------


def test_a_template_is_read_back_as_the_page_shows_it(api):
    number = api.category(categoryName="news")
    assert api.template(categoryId=number, templateDesc="d", title="T").json == BLANK
    answer = api.send("GET", "/templates/t")
    assert answer.json["header"]["resultMessage"] == "success"
    dates = {name: answer.data[name] for name in ("createDate", "updateDate")}
    assert answer.data == dates | {
        "templateId": "t",
        "serviceId": api.account.service_id,
        "categoryId": number,
        "categoryName": "news",
        "sort": 0,
        "templateName": "name",
        "templateDesc": "d",
        "useYn": "Y",
        "priority": "S",
        "sendNo": "15446859",
        "sendType": "0",
        "sendTypeName": "SMS 발송",
        "title": "T",
        "body": "Hello ##name##",
        "attachFileYn": "N",
        "delYn": "N",
        "createUser": None,
        "updateUser": None,
        "attachFileList": [],
    }
    assert api.send("GET", "/templates").data == [answer.data]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"categoryId": ...}, -2108),
        ({"categoryId": 1}, -2206),
        ({"categoryId": "1"}, 4),
        ({"templateId": ...}, -2100),
        ({"templateId": "x" * 51}, -2109),
        ({"templateName": ""}, -2102),
        ({"templateName": "x" * 51}, 4),
        ({"templateDesc": "x" * 101}, 4),
        ({"sendNo": ...}, -2103),
        ({"sendNo": "1" * 14}, 4),
        ({"sendNo": "0299999999"}, -2312),
        ({"sendNo": "15990000"}, -2312),
        ({"sendNo": "0215880000"}, -2313),
        ({"sendType": ...}, -2104),
        ({"sendType": 0}, -2104),
        ({"sendType": "2"}, -2104),
        ({"sendType": "1"}, -2114),
        ({"sendType": "1", "title": ""}, -2114),
        ({"sendType": "1", "title": "x" * 121}, -2115),
        ({"body": ""}, -2105),
        ({"body": "x" * 256}, -2116),
        ({"sendType": "1", "title": "T", "body": "x" * 4001}, -2117),
        ({"useYn": ...}, -2106),
        ({"useYn": "yes"}, -2106),
        ({"attachFileIdList": [1]}, -2004),
        ({"attachFileIdList": "1"}, 4),
        ({"attachFileIdList": ["1"]}, 4),
    ],
)
def test_a_template_that_breaks_a_rule_is_refused(api, fields, code):
    assert api.template(**fields).code == code
    assert api.send("GET", "/templates").body["totalCount"] == 0


def test_the_longest_texts_of_templates_are_accepted(api):
    assert api.template(templateId="x" * 50, body="가" * 255).ok
    long = {"sendType": "1", "title": "가" * 120, "body": "가" * 4000, "templateDesc": "d" * 100}
    assert api.template(**long).ok
    assert api.send("GET", "/templates/t").data["body"] == "가" * 4000


def test_a_template_id_can_be_registered_once(api):
    assert api.template().ok
    assert api.template(templateName="other").code == -2101


def test_templates_are_listed_by_category_and_use(api):
    number = api.category()
    api.template(templateId="a")
    api.template(templateId="b", categoryId=number)
    api.template(templateId="c", categoryId=number, useYn="N")

    def listed(query):
        return [row["templateId"] for row in api.send("GET", f"/templates?{query}").data]

    assert listed(f"categoryId={number}") == ["b", "c"]
    assert listed(f"categoryId={number}&useYn=N") == ["c"]
    assert listed("useYn=Y") == ["a", "b"]
    assert api.send("GET", "/templates?useYn=x").code == 4


def test_the_template_list_may_cut_its_page_size_down():
    api = Api(template_page_size="100")
    for number in range(101):
        api.account.templates[f"t{number}"] = _stored_template(api, f"t{number}")
    body = api.send("GET", "/templates?pageSize=1000").body
    assert (body["pageSize"], body["totalCount"], len(body["data"])) == (100, 101, 100)


def _stored_template(api, name):
    api.template(templateId="model")
    model = api.account.templates["model"]
    del api.account.templates["model"]
    return model | {"templateId": name}


def test_an_update_changes_all_but_the_id_and_the_category(api):
    api.template()
    new = {
        "templateName": "new",
        "templateDesc": "d",
        "sendNo": "0212345678",
        "sendType": "1",
        "title": "T",
        "body": "b",
        "useYn": "N",
    }
    assert api.update_template(**new).json == BLANK
    row = api.send("GET", "/templates/t").data
    assert {name: row[name] for name in new} == new
    assert row["categoryId"] == api.account.root_id


@pytest.mark.parametrize(("field", "code"), [("sendNo", -2103), ("body", -2105), ("useYn", -2106)])
def test_an_update_needs_all_required_fields(api, field, code):
    api.template()
    assert api.update_template(**{field: ...}).code == code


def test_updating_deleting_or_reading_a_missing_template_is_refused(api):
    assert api.update_template().code == -2107
    assert api.send("DELETE", "/templates/t").code == -2107
    assert api.send("GET", "/templates/t").code == -2110


@pytest.mark.parametrize(("reading", "expected"), [("clears", None), ("keeps", "old")])
def test_texts_left_out_of_a_template_s_update_are_cleared_or_kept(reading, expected):
    api = Api(put_omitted=reading)
    api.template(templateDesc="old", title="old")
    api.update_template()
    row = api.send("GET", "/templates/t").data
    assert (row["templateDesc"], row["title"]) == (expected, expected)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("as-sent", (None, "")), ("null", (None, None)), ("empty", ("", ""))],
)
def test_empty_texts_are_read_back_as_the_reading_says(reading, expected):
    api = Api(empty_text=reading)
    api.template(title="")
    row = api.send("GET", "/templates/t").data
    assert (row["templateDesc"], row["title"]) == expected


@pytest.mark.parametrize(("reading", "expected"), [("kept", "a\nb\r\nc"), ("crlf", "a\r\nb\r\nc")])
def test_line_endings_are_kept_or_made_alike(reading, expected):
    api = Api(line_endings=reading)
    api.template(body="a\nb\r\nc")
    assert api.send("GET", "/templates/t").data["body"] == expected


def test_a_deleted_template_is_gone_and_its_id_free(api):
    api.template()
    assert api.send("DELETE", "/templates/t").json == BLANK
    assert api.send("GET", "/templates").body["totalCount"] == 0
    assert api.send("DELETE", "/templates/t").code == -2107
    assert api.template().ok


def test_deleted_templates_may_stay_in_the_list():
    api = Api(deleted_templates="kept")
    api.template()
    api.send("DELETE", "/templates/t")
    assert [row["delYn"] for row in api.send("GET", "/templates").data] == ["Y"]
    assert api.send("GET", "/templates/t").data["delYn"] == "Y"
    assert api.update_template().code == -2113
    assert api.template(templateName="again").ok
    assert [row["templateName"] for row in api.send("GET", "/templates").data] == ["again"]


def test_the_id_of_a_deleted_template_may_stay_taken():
    api = Api(deleted_template_id="taken")
    number = api.category()
    api.template(categoryId=number)
    api.send("DELETE", "/templates/t")
    assert api.send("GET", "/templates").body["totalCount"] == 0
    assert api.send("GET", "/templates/t").code == -2110
    assert api.template().code == -2101
    assert api.send("DELETE", f"/categories/{number}").ok


def test_an_account_may_be_limited_to_a_thousand_templates():
    api = Api(template_limit="1000")
    model = _stored_template(api, "t")
    for number in range(999):
        api.account.templates[f"t{number}"] = model | {"templateId": f"t{number}"}
    assert api.template(templateId="last").ok
    assert api.template(templateId="more").code == -2112


def test_any_well_formed_sender_can_be_taken_as_registered():
    api = Api(senders="any")
    assert api.template(sendNo="0299999999").ok
    assert api.template(templateId="u", sendNo="02-123").code == -2312
    assert api.template(templateId="u", sendNo="0215880000").code == -2313


# --- attachments -------------------------------------------------------------------------------


def test_an_upload_answers_the_file_s_id_name_and_path(api):
    answer = api.upload()
    number = answer.data["fileId"]
    assert answer.data["fileName"] == "a.jpg"
    assert answer.data["filePath"].startswith("0/toast-mt-")
    assert answer.data["filePath"].endswith(f"/{number}")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"fileName": None}, -2002),
        ({"fileName": "a.png"}, -2003),
        ({"fileName": "a" * 42 + ".jpg"}, 4),
        ({"fileBody": None}, 4),
        ({"fileBody": ""}, 4),
        ({"fileBody": "not base64!"}, 4),
        ({"fileBody": [256]}, 4),
        ({"fileBody": base64.b64encode(b"x" * 307_201).decode()}, -2005),
        ({"createUser": None}, 4),
        ({"createUser": "x" * 101}, 4),
    ],
)
def test_an_upload_that_breaks_a_rule_is_refused(api, fields, code):
    assert api.upload(**fields).code == code


def test_uploads_take_base64_or_an_array_of_bytes_up_to_300k(api):
    assert api.upload(fileBody=[-1, 216, 255]).ok
    assert api.upload(fileName="B.JPEG", fileBody=base64.b64encode(b"x" * 307_200).decode()).ok


def test_a_template_shows_its_files(api):
    file = api.file()
    assert api.template(attachFileIdList=[file]).ok
    row = api.send("GET", "/templates/t").data
    assert row["attachFileYn"] == "Y"
    (shown,) = row["attachFileList"]
    expected = {"fileId": file, "attachType": 2, "templateId": "t", "fileName": "a.jpg"}
    assert {name: shown[name] for name in expected} == expected


def test_a_file_of_another_template_is_refused_or_shared():
    for reading, code in (("refused", -2043), ("allowed", "")):
        api = Api(attachment_reuse=reading)
        file = api.file()
        api.template(attachFileIdList=[file])
        assert api.template(templateId="u", attachFileIdList=[file]).code == code


def test_a_template_s_own_files_can_be_sent_again(api):
    file = api.file()
    api.template(attachFileIdList=[file])
    assert api.update_template(attachFileIdList=[file]).ok


def test_more_files_than_a_template_takes_are_refused(api):
    assert api.template(attachFileIdList=[api.file() for _ in range(4)]).code == 4


@pytest.mark.parametrize(("reading", "left"), [("keeps", 1), ("clears", 0)])
def test_files_left_out_of_an_update_are_kept_or_cleared(reading, left):
    api = Api(put_omitted_files=reading)
    api.template(attachFileIdList=[api.file()])
    api.update_template()
    assert len(api.send("GET", "/templates/t").data["attachFileList"]) == left
    api.update_template(attachFileIdList=[])
    assert api.send("GET", "/templates/t").data["attachFileList"] == []


def test_files_that_no_template_uses_expire(api):
    used, unused = api.file(), api.file()
    api.template(attachFileIdList=[used])
    assert api.raw("POST", "/__emulator__/k/expire-attachments").status == 204
    assert api.template(templateId="u", attachFileIdList=[unused]).code == -2004
    assert len(api.send("GET", "/templates/t").data["attachFileList"]) == 1


# --- sender numbers ----------------------------------------------------------------------------


def test_every_account_has_registered_blocked_and_unused_senders(api):
    rows = {row["sendNo"]: row for row in api.send("GET", "/sendNos").data}
    assert rows["15446859"]["appKey"] is None
    assert {(row["useYn"], row["blockYn"]) for row in rows.values()} == {
        ("Y", "N"),
        ("Y", "Y"),
        ("N", "N"),
    }


def test_senders_are_filtered_by_number_use_and_block(api):
    def listed(query):
        return [row["sendNo"] for row in api.send("GET", f"/sendNos?{query}").data]

    assert listed("sendNo=15446859") == ["15446859"]
    assert listed("sendNo=1544") == []
    assert listed("useYn=N") == ["15990000"]
    assert listed("blockYn=Y") == ["0215880000"]
    assert api.send("GET", "/sendNos?useYn=x").code == 4


def test_senders_are_registered_and_taken_away_beside_the_api(api):
    assert api.raw("PUT", "/__emulator__/k/sendNos/16001234").status == 204
    assert api.template(sendNo="16001234").ok
    assert api.raw("PUT", "/__emulator__/k/sendNos/16001234", json={"blockYn": "Y"}).status == 204
    assert api.template(templateId="u", sendNo="16001234").code == -2313
    assert api.raw("DELETE", "/__emulator__/k/sendNos/16001234").status == 204
    assert api.template(templateId="u", sendNo="16001234").code == -2312


# --- tags --------------------------------------------------------------------------------------


def test_a_tag_is_made_renamed_listed_and_deleted(api):
    answer = api.send("POST", "/tags", {"tagName": "a"})
    assert list(answer.data) == ["tagId"]
    tag_id = answer.data["tagId"]
    assert api.send("PUT", f"/tags/{tag_id}", {"tagName": "b"}).body is None
    (row,) = api.send("GET", "/tags").data
    assert (row["tagId"], row["tagName"]) == (tag_id, "b")
    assert set(row) == {"tagId", "tagName", "createdDate", "updatedDate"}
    assert api.send("DELETE", f"/tags/{tag_id}").body is None
    assert api.send("GET", "/tags").data == []


@pytest.mark.parametrize("name", [None, "", "x" * 31])
def test_a_tag_name_is_required_and_thirty_characters_at_most(api, name):
    tag_id = api.tag("가" * 30)
    assert api.send("POST", "/tags", {"tagName": name}).code == -7001
    assert api.send("PUT", f"/tags/{tag_id}", {"tagName": name}).code == -7001


def test_a_missing_tag_is_refused(api):
    assert api.send("PUT", "/tags/ABCD1234", {"tagName": "a"}).code == -7001
    assert api.send("DELETE", "/tags/ABCD1234").code == -7001


def test_tag_names_may_repeat_or_not():
    api = Api()
    assert api.tag("a") != api.tag("a")
    strict = Api(tag_names="unique")
    first, second = strict.tag("a"), strict.tag("b")
    assert strict.send("POST", "/tags", {"tagName": "a"}).code == -7001
    assert strict.send("PUT", f"/tags/{second}", {"tagName": "a"}).code == -7001
    assert strict.send("PUT", f"/tags/{first}", {"tagName": "a"}).ok


def test_a_deleted_tag_leaves_its_contacts_or_may_not_be_deleted():
    for reading, code, left in (("detaches", 0, 0), ("refused", -7001, 1)):
        api = Api(tag_delete=reading)
        tag_id = api.tag()
        api.uid(tagIds=[tag_id])
        assert api.send("DELETE", f"/tags/{tag_id}").code == code
        assert len(api.send("GET", "/uids/u").data["tags"]) == left


# --- uids --------------------------------------------------------------------------------------


def test_a_uid_is_read_back_with_its_tags_and_contacts(api):
    tag_id = api.tag()
    answer = api.uid(tagIds=[tag_id], contacts=[contact("01011112222")])
    assert (answer.code, answer.body) == (0, None)
    data = api.send("GET", "/uids/u").data
    assert data["uid"] == "u"
    assert [(tag["tagId"], tag["tagName"]) for tag in data["tags"]] == [(tag_id, "news")]
    (shown,) = data["contacts"]
    assert (shown["contactType"], shown["contact"]) == ("PHONE_NUMBER", "01011112222")


@pytest.mark.parametrize(
    "element",
    [
        "u",
        {"contacts": [contact("01011112222")]},
        {"uid": ""},
        {"uid": "u"},
        {"uid": "u", "tagIds": [], "contacts": []},
        {"uid": "u", "tagIds": ["ABCD1234"]},
        {"uid": "u", "tagIds": [1]},
        {"uid": "u", "tagIds": "ABCD1234"},
        {"uid": "u", "contacts": [{"contactType": "EMAIL", "contact": "a@b.example"}]},
        {"uid": "u", "contacts": [{"contactType": "PHONE_NUMBER"}]},
        {"uid": "u", "contacts": ["01011112222"]},
    ],
)
def test_a_uid_that_breaks_a_rule_is_refused_with_its_whole_batch(api, element):
    good = {"uid": "good", "contacts": [contact("01011112222")]}
    assert api.send("POST", "/uids", {"uids": [good, element]}).code == -7001
    assert api.send("GET", "/uids").data["totalCount"] == 0


@pytest.mark.parametrize("uids", [None, [], {}])
def test_uids_are_required(api, uids):
    assert api.send("POST", "/uids", {"uids": uids}).code == -7001


def test_tags_and_contacts_may_both_be_required():
    api = Api(uid_required="both")
    tag_id = api.tag()
    assert api.uid(tagIds=[tag_id]).code == -7001
    assert api.uid(contacts=[contact("01011112222")]).code == -7001
    assert api.uid(tagIds=[tag_id], contacts=[contact("01011112222")]).ok


@pytest.mark.parametrize(
    ("reading", "code", "tags", "numbers"),
    [
        ("merge", 0, ["a", "b"], ["01011112222", "01011113333"]),
        ("replace", 0, ["b"], ["01011113333"]),
        ("refused", -7001, ["a"], ["01011112222"]),
    ],
)
def test_posting_a_uid_that_exists(reading, code, tags, numbers):
    api = Api(uid_post=reading)
    first, second = api.tag("a"), api.tag("b")
    api.uid(tagIds=[first], contacts=[contact("01011112222")])
    assert api.uid(tagIds=[second], contacts=[contact("01011113333")]).code == code
    data = api.send("GET", "/uids/u").data
    assert sorted(tag["tagName"] for tag in data["tags"]) == tags
    assert sorted(each["contact"] for each in data["contacts"]) == numbers
    assert api.send("GET", "/uids").data["totalCount"] == 1


def test_phone_numbers_are_added_and_removed(api):
    api.uid(tagIds=[api.tag()])
    assert api.send("POST", "/uids/u/phone-numbers", {"phoneNumber": "01011112222"}).ok
    assert api.send("POST", "/uids/u/phone-numbers", {"phoneNumber": "01011112222"}).ok
    assert len(api.send("GET", "/uids/u").data["contacts"]) == 1
    assert api.send("POST", "/uids/u/phone-numbers", {}).code == -7001
    assert api.send("DELETE", "/uids/u/phone-numbers/01011112222").body is None
    assert api.send("GET", "/uids/u").data["contacts"] == []


@pytest.mark.parametrize(("reading", "code"), [("error", -7001), ("ok", 0)])
def test_removing_a_phone_number_that_is_not_there(reading, code):
    api = Api(phone_missing=reading)
    api.uid(tagIds=[api.tag()])
    assert api.send("DELETE", "/uids/u/phone-numbers/010").code == code


def test_a_missing_uid_is_refused_everywhere(api):
    assert api.send("GET", "/uids/u").code == -7001
    assert api.send("DELETE", "/uids/u").code == -7001
    body = {"phoneNumber": "01011112222"}
    assert api.send("POST", "/uids/u/phone-numbers", body).code == -7001
    assert api.send("DELETE", "/uids/u/phone-numbers/01011112222").code == -7001


def test_a_uid_is_deleted(api):
    api.uid(contacts=[contact("01011112222")])
    assert api.send("DELETE", "/uids/u").body is None
    assert api.send("GET", "/uids").data == {"uids": [], "last": True, "totalCount": 0}


def test_uids_are_paged_by_offset_and_limit(api):
    for number in range(5):
        api.uid(f"u{number}", contacts=[contact("01011112222")])

    def listed(query):
        data = api.send("GET", f"/uids?{query}").data
        return [row["uid"] for row in data["uids"]], data["last"], data["totalCount"]

    assert listed("limit=2") == (["u0", "u1"], False, 5)
    assert listed("limit=2&offset=4") == (["u4"], True, 5)
    assert listed("limit=5") == (["u0", "u1", "u2", "u3", "u4"], True, 5)
    assert listed("offsetUid=u2") == (["u3", "u4"], True, 5)
    assert listed("offset=9") == ([], True, 5)
    assert api.send("GET", "/uids?limit=1001").code == 4
    assert api.send("GET", "/uids?offset=-1").code == 4


def test_the_end_of_the_uids_may_be_told_on_the_rows():
    api = Api(uids_last="rows")
    for name in "abc":
        api.uid(name, contacts=[contact("01011112222")])
    first = api.send("GET", "/uids?limit=2").data
    rest = api.send("GET", "/uids?limit=2&offset=2").data
    assert "last" not in first
    assert [row["last"] for row in first["uids"] + rest["uids"]] == [False, False, True]


def test_uids_are_found_by_their_tags(api):
    a, b, c = (api.tag(name) for name in "abc")
    for name, tag_ids in (("ab", [a, b]), ("ac", [a, c]), ("b", [b])):
        api.uid(name, tagIds=tag_ids)

    def found(wheres):
        answer = api.send("GET", "/uids", params={"wheres": wheres})
        return [row["uid"] for row in answer.data["uids"]]

    assert found(a) == ["ab", "ac"]
    assert found(f"{a},AND,{b}") == ["ab"]
    assert found(f"{b},OR,{c}") == ["ab", "ac", "b"]
    assert found(f"{a},AND,({b},OR,{c})") == ["ab", "ac"]
    assert found(f"{b},OR,{a},AND,{c}") == ["ab", "ac", "b"]
    wrong = ("AND", f"{a},{b}", f"({a}", f"({a}),OR,({b})", ",OR,".join([a] * 5), "a-b")
    for wheres in wrong:
        assert api.send("GET", "/uids", params={"wheres": wheres}).code == 4, wheres


# --- 080 block list ----------------------------------------------------------------------------


def test_recipients_are_blocked_listed_and_unblocked(api):
    answer = api.block("0100000000", "01000000001")
    assert answer.json == {
        "header": {"isSuccessful": True, "resultCode": 0, "resultMessage": "Success"}
    }
    row = api.send("GET", BLOCKED, params={"unsubscribeNo": UNSUBSCRIBE}).data[0]
    assert (row["unsubscribeNo"], row["recipientNo"]) == (UNSUBSCRIBE, "0100000000")
    assert row["requestDate"].endswith(".0")
    assert api.unblock("0100000000").body is None
    assert api.blocked() == ["01000000001"]


def test_block_lists_of_two_080_numbers_are_apart(api):
    api.block("01000000001")
    assert api.blocked(unsubscribeNo="0808888888") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"unsubscribeNo": None}, 4),
        ({"unsubscribeNo": "0" * 26}, 4),
        ({"unsubscribeNo": "080-0000000"}, -6004),
        ({"recipientNoList": None}, 4),
        ({"recipientNoList": []}, 4),
        ({"recipientNoList": "01000000001"}, 4),
        ({"recipientNoList": [f"0100000000{digit}" for digit in range(10)] + ["010999999"]}, 4),
        ({"recipientNoList": ["010-0000-0001"]}, 4),
        ({"recipientNoList": [1000000001]}, 4),
        ({"recipientNoList": ["0100000"]}, 4),
    ],
)
def test_an_addition_that_breaks_a_rule_is_refused(api, body, code):
    body = {"unsubscribeNo": UNSUBSCRIBE, "recipientNoList": ["01000000001"]} | body
    assert api.send("POST", BLOCKED, body).code == code
    assert api.blocked() == []


@pytest.mark.parametrize(("reading", "left"), [("refused", []), ("allowed", ["114"])])
def test_reading_short_recipients(reading, left):
    api = Api(short_recipients=reading)
    api.block("114")
    assert api.blocked() == left


@pytest.mark.parametrize(("reading", "left"), [("whole", []), ("partial", ["01000000001"])])
def test_one_bad_number_refuses_the_chunk_wholly_or_in_part(reading, left):
    api = Api(block_bad_number=reading)
    assert api.block("01000000001", "x").code == 4
    assert api.blocked() == left


@pytest.mark.parametrize(("reading", "code"), [("ok", 0), ("error", 4)])
def test_blocking_a_number_again(reading, code):
    api = Api(block_again=reading)
    api.block("01000000001")
    assert api.block("01000000001").code == code
    assert api.blocked() == ["01000000001"]


def test_080_numbers_may_have_to_be_joined():
    api = Api(unsubscribe_numbers="joined")
    assert api.block("01000000001").ok
    assert api.block("01000000001", unsubscribe="0807777777").code == -6004
    assert api.raw("PUT", "/__emulator__/k/unsubscribeNos/0807777777").status == 204
    assert api.block("01000000001", unsubscribe="0807777777").ok
    assert api.raw("DELETE", "/__emulator__/k/unsubscribeNos/0807777777").status == 204
    assert api.block("01000000001", unsubscribe="0807777777").code == -6004


def test_the_block_list_is_filtered_by_recipient_and_date(api):
    numbers = api.account.blocked(UNSUBSCRIBE)
    numbers.add(["01000000001"], at=1_700_000_000)  # 2023-11-15 07:13:20 in Korea
    numbers.add(["01000000002"], at=1_700_000_060)
    assert api.blocked(recipientNo="01000000002") == ["01000000002"]
    assert api.blocked(recipientNo="0100000000") == []
    assert api.blocked(startRequestDate="2023-11-15 07:13:21") == ["01000000002"]
    assert api.blocked(endRequestDate="2023-11-15 07:13:20") == ["01000000001"]
    query = {"unsubscribeNo": UNSUBSCRIBE, "startRequestDate": "2023-11-15"}
    assert api.send("GET", BLOCKED, params=query).code == -2000


@pytest.mark.parametrize(
    "query", ["", "unsubscribeNo=", f"unsubscribeNo={UNSUBSCRIBE}&pageSize=1001"]
)
def test_a_block_list_needs_its_080_number_and_a_page_size_within_bounds(api, query):
    assert api.send("GET", f"{BLOCKED}?{query}").code == 4


@pytest.mark.parametrize(
    "query",
    [
        {"updateUser": ""},
        {"updateUser": "x" * 101},
        {"unsubscribeNo": ""},
        {"unsubscribeNo": "0" * 21},
        {"recipientNoList": ""},
        {"recipientNoList": "x"},
        {"recipientNoList": ",".join(f"010000000{number}" for number in range(10, 21))},
    ],
)
def test_a_removal_that_breaks_a_rule_is_refused(api, query):
    api.block("01000000001")
    wanted = {"recipientNoList": "01000000001"} | query
    assert api.unblock(**wanted).code == 4
    assert api.blocked() == ["01000000001"]


def test_removals_of_any_length_may_be_taken():
    api = Api(remove_batch="any")
    assert api.unblock(*(f"010000000{number}" for number in range(10, 21))).ok


def test_a_removal_s_numbers_may_be_named_as_in_the_table_or_repeated(api):
    api.block("01000000001", "01000000002", "01000000003")
    assert api.unblock(recipientNo="01000000001").ok
    assert api.unblock(recipientNoList=["01000000002", "01000000003"]).ok
    assert api.blocked() == []


def test_numbers_to_unblock_may_be_wanted_one_by_one_as_the_table_says():
    api = Api(remove_parameter="recipientNo")
    assert api.block("01000000001", "01000000002").ok
    assert api.unblock("01000000001").code == 4
    assert api.unblock(recipientNo="01000000001,01000000002").code == 4
    assert api.unblock(recipientNo="01000000001").ok
    assert api.blocked() == ["01000000002"]


def test_codes_of_failures_may_be_any():
    assert Api(failure_codes="unlisted").unblock("01000000001", "x").code == -1


@pytest.mark.parametrize(("reading", "code", "left"), [("ok", 0, 0), ("error", 4, 1)])
def test_removing_a_number_that_is_not_blocked(reading, code, left):
    api = Api(remove_missing=reading)
    api.block("01000000001")
    answer = api.unblock("01000000001", "01000000002")
    assert answer.code == code
    assert len(api.blocked()) == left


def test_callers_block_themselves_beside_the_api(api):
    lines = "01000000001\n01000000002\n"
    path = f"/__emulator__/k/blocked/{UNSUBSCRIBE}"
    assert api.raw("POST", path, content=lines).status == 204
    assert api.blocked() == ["01000000001", "01000000002"]
    assert api.raw("POST", path, content="x").status == 400


def test_a_stale_block_list_omits_the_numbers_that_were_just_added(api):
    api.account.blocked(UNSUBSCRIBE).add(["01000000001"], at=1_700_000_000)
    api.block("01000000002")
    api.app.state.faults.replace([{"method": "GET", "fault": "stale-list", "seconds": 60}])
    assert api.blocked() == ["01000000001"]


def test_a_recipient_filter_has_a_longest_length(api):
    query = {"unsubscribeNo": UNSUBSCRIBE, "recipientNo": "0" * 26}
    assert api.send("GET", BLOCKED, params=query).code == 4


def test_a_large_block_list_is_listed_completely(api):
    wanted = [f"010{number:08d}" for number in range(12_345)]
    api.account.blocked(UNSUBSCRIBE).add(wanted)
    got = []
    for page in range(1, 14):
        got += api.blocked(pageNum=page)
    assert got == wanted


# --- all together ------------------------------------------------------------------------------


def test_everything_survives_reopening(tmp_path):
    api = Api(data=tmp_path / "e.db")
    number = api.category()
    api.template(categoryId=number, attachFileIdList=[api.file()])
    api.uid(tagIds=[api.tag()], contacts=[contact("01011112222")])
    api.block("01000000001")
    api.raw("PUT", "/__emulator__/k/sendNos/16001234")
    paths = ["/categories", "/templates", "/templates/t", "/tags", "/uids", "/sendNos"]
    before = [api.send("GET", path).json for path in paths] + [api.blocked()]
    again = Api(data=tmp_path / "e.db")
    assert [again.send("GET", path).json for path in paths] + [again.blocked()] == before
    assert again.category() > number


def test_two_thousand_templates_are_made_and_listed(tmp_path):
    api = Api(data=tmp_path / "e.db")

    async def fill():
        transport = InProcessTransport(api.app)
        base = f"{BASE}/sms/v2.2/appKeys/k"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            for number in range(2000):
                body = api.template_body(templateId=f"t{number}")
                await client.post("/templates", json=body)
            pages = [
                (await client.get(f"/templates?pageSize=1000&pageNum={page}")).json()["body"]
                for page in (1, 2)
            ]
        return [row["templateId"] for page in pages for row in page["data"]]

    assert asyncio.run(fill()) == [f"t{number}" for number in range(2000)]


def test_parallel_writes_on_a_port_lose_nothing(tmp_path):
    with EmulatorServer(build_app(data=tmp_path / "e.db")) as server:
        base = f"{server.url}/nhncloud-sms/sms/v2.2/appKeys/k"
        local = threading.local()

        def make(number):
            if not hasattr(local, "client"):
                local.client = httpx.Client(base_url=base, trust_env=False)
                clients.append(local.client)
            made = local.client.post("/tags", json={"tagName": f"t{number}"})
            return made.json()["body"]["data"]["tagId"]

        clients = []
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(make, range(200)))
        for client in clients:
            client.close()
    assert len(set(made)) == 200
    assert set(Api(data=tmp_path / "e.db").account.tags) == set(made)


def test_the_clock_of_the_emulator_dates_what_is_made(api):
    api.app.state.clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    api.tag()
    api.block("01011112222")
    assert api.send("GET", "/tags").data[0]["createdDate"].startswith("2030-01-01 09:00:")
    listed = api.send("GET", BLOCKED, params={"unsubscribeNo": UNSUBSCRIBE}).data
    assert listed[0]["requestDate"].startswith("2030-01-01 09:00:")


def people(count, **bad):
    rows = [{"uid": f"u{number}", "contacts": [contact("01011112222")]} for number in range(count)]
    return {"uids": [*rows, bad] if bad else rows}


@pytest.mark.parametrize(("reading", "code"), [("100", -7001), ("any", 0)])
def test_one_request_makes_a_hundred_uids(reading, code):
    api = Api(uid_batch=reading)
    assert api.send("POST", "/uids", people(101)).code == code
    assert api.send("POST", "/uids", people(100)).ok
    listed = api.send("GET", "/uids", params={"limit": 1000}).data
    assert listed["totalCount"] == (100 if code else 101)


@pytest.mark.parametrize(("reading", "made"), [("whole", 0), ("partial", 2)])
def test_one_bad_uid_stops_those_before_it_or_only_those_behind_it(reading, made):
    api = Api(uid_bad=reading)
    assert api.send("POST", "/uids", people(2, uid="bad", tagIds=["nothing"])).code == -7001
    assert api.send("GET", "/uids").data["totalCount"] == made


@pytest.mark.parametrize("readings", readings_matrix("nhncloud-sms"))
def test_every_set_of_readings_serves_a_life_of_each_object(readings):
    api = Api(**readings)
    number = api.category(categoryDesc="d")
    body = {"categoryName": "b", "categoryDesc": "d", "useYn": "N"}
    assert api.send("PUT", f"/categories/{number}", body).ok
    assert api.template(categoryId=number, attachFileIdList=[api.file()]).ok
    assert api.update_template(title="T").ok
    tag_id = api.tag()
    assert api.uid(tagIds=[tag_id], contacts=[contact("01011112222")]).ok
    assert api.block("01000000001").ok
    assert api.unblock(recipientNo="01000000001").ok
    for path in ("/templates/t", f"/categories/{number}", "/uids/u", f"/tags/{tag_id}"):
        assert api.send("DELETE", path).ok, path
    assert api.send("GET", "/categories").body["totalCount"] == 1
