"""The emulated EngageLab SMS: what its pages state, and every reading of what they leave open."""

from datetime import timedelta

import pytest

from tests.emulator.engagelab import DONE, NOON, SIGNS, TEMPLATE, TEMPLATES, Api, refused

# --- credentials --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "status", "code"),
    [
        (None, 401, 2001),
        ("", 401, 2001),
        ("dev", 401, 2001),
        (":secret", 401, 2001),
        ("dev:", 401, 2001),
        ("invalid:secret", 401, 2001),
        ("dev:invalid", 401, 2001),
        ("dev:expired", 401, 2002),
        ("forbidden:secret", 403, 2004),
    ],
)
@pytest.mark.parametrize("path", [SIGNS, TEMPLATES, f"{SIGNS}/1"])
def test_a_missing_or_wrong_key_is_refused_with_its_code(auth, status, code, path):
    answer = Api().call("GET", path, auth=auth)
    assert (answer[0], answer[1]["code"]) == (status, code)


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic %%%", "Basic /w=="])
def test_a_header_that_is_no_basic_auth_is_refused(header):
    answer = Api().send("GET", SIGNS, auth=None, headers={"authorization": header})
    assert answer.status_code == 401


def test_accounts_do_not_see_each_other_and_share_no_id():
    api = Api()
    mine, theirs = api.sign(), api.sign(auth="other:secret")
    assert mine != theirs
    assert [row["sign_id"] for row in api.call("GET", SIGNS)[1]] == [mine]
    assert api.call("GET", f"{SIGNS}/{theirs}") == refused("sign config not exist")


# --- signatures ---------------------------------------------------------------------------------


def test_a_signature_is_made_listed_read_changed_and_deleted():
    api = Api()
    status, made = api.call("POST", SIGNS, {"sign_name": "Company"})
    assert (status, list(made)) == (200, ["sign_id"])
    row = {
        "sign_id": made["sign_id"],
        "sign_name": "Company",
        "status": 2,
        "related_template_count": 0,
        "audit_remark": "",
        "created_time": int(NOON.timestamp()),
        "updated_time": int(NOON.timestamp()),
    }
    one = f"{SIGNS}/{made['sign_id']}"
    assert api.call("GET", SIGNS) == (200, [row])
    assert api.call("GET", one) == (200, row)
    api.now += timedelta(hours=1)
    assert api.call("PUT", one, {"sign_name": "Company Ltd"}) == DONE
    changed = {"sign_name": "Company Ltd", "updated_time": int(api.now.timestamp())}
    assert api.call("GET", one) == (200, row | changed)
    assert api.call("DELETE", one) == DONE
    assert api.call("GET", SIGNS) == (200, [])
    assert api.call("DELETE", one) == refused("sign config not exist")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "sign_name is required"),
        ("", "sign_name is required"),
        (7, "sign_name is required"),
        ("A", "sign_name length must be between 2 and 60"),
        ("A" * 61, "sign_name length must be between 2 and 60"),
        *((f"Co{bracket}", "sign_name can not contain 【, 】, [, ]") for bracket in "【】[]"),
        ("Taken", "sign_name already exist"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_signature_with_a_bad_name_is_refused(method, name, message):
    api = Api()
    api.sign("Taken")
    path = SIGNS if method == "POST" else f"{SIGNS}/{api.sign('Own')}"
    assert api.call(method, path, {"sign_name": name}) == refused(message)


@pytest.mark.parametrize("name", ["AB", "A" * 60, "회사"])
def test_a_name_of_2_to_60_characters_is_taken(name):
    api = Api()
    assert api.read(api.sign(name), SIGNS)["sign_name"] == name


def test_a_signature_may_keep_its_own_name():
    api = Api()
    assert api.call("PUT", f"{SIGNS}/{api.sign('Own')}", {"sign_name": "Own"}) == DONE


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"{SIGNS}/abc", "invalid signId"),
        (f"{SIGNS}/999", "sign config not exist"),
        (f"{TEMPLATES}/abc", "invalid templateId"),
        (f"{TEMPLATES}/999", "template config not exist"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_not_there_is_400_and_not_404(method, path, message):
    assert Api().call(method, path, TEMPLATE if method == "PUT" else None) == refused(message)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff"])
@pytest.mark.parametrize("path", [SIGNS, TEMPLATES])
def test_a_body_that_is_no_json_object_is_refused(path, body):
    answer = Api().send("POST", path, content=body)
    assert (answer.status_code, answer.json()) == refused("invalid request body")


# --- templates ----------------------------------------------------------------------------------


def test_a_template_is_made_listed_read_changed_and_deleted():
    api = Api()
    status, made = api.call("POST", TEMPLATES, TEMPLATE)
    assert (status, list(made)) == (200, ["template_id"])
    row = {
        "template_id": made["template_id"],
        "template_name": "Order",
        "template_type": "utility",
        "template_content": "Your order {order_no} has shipped.",
        "country_codes": "CN,US",
        "status": 2,
        "audit_remark": "",
        "created_time": int(NOON.timestamp()),
        "updated_time": int(NOON.timestamp()),
    }
    one = f"{TEMPLATES}/{made['template_id']}"
    assert api.call("GET", TEMPLATES) == (200, [row])
    assert api.call("GET", one) == (200, row)
    assert api.call("PUT", one, TEMPLATE | {"template_name": "Parcel"}) == DONE
    assert api.call("GET", one) == (200, row | {"template_name": "Parcel"})
    assert api.call("DELETE", one) == DONE
    assert api.call("GET", TEMPLATES) == (200, [])


def test_a_template_shows_its_signature_which_counts_it():
    api = Api()
    sign = api.sign()
    carried = {"add_signature": True, "sign_id": sign, "sign_position": 2}
    row = api.read(api.template(**carried))
    shown = {"sign_id": sign, "sign_name": "Company", "sign_position": 2, "sign_status": 2}
    assert shown.items() <= row.items()
    assert "add_signature" not in row
    assert api.read(sign, SIGNS)["related_template_count"] == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"template_name": ""}, "template_name is required"),
        ({"template_name": "A" * 256}, "template_name exceeds 255 characters"),
        ({"template_type": None}, "template_type is required"),
        ({"template_type": "advert"}, "invalid template_type"),
        ({"template_content": ""}, "template_content is required"),
        ({"country_codes": ""}, "country_codes is required"),
        ({"country_codes": ["CN"]}, "country_codes is required"),
        ({"add_signature": True}, "sign_id is required"),
        ({"add_signature": True, "sign_id": "999"}, "invalid sign_position"),
        ({"add_signature": True, "sign_id": "9", "sign_position": "1"}, "invalid sign_position"),
        ({"add_signature": True, "sign_id": "9", "sign_position": True}, "invalid sign_position"),
        ({"add_signature": True, "sign_id": "9", "sign_position": 0}, "invalid sign_position"),
        ({"add_signature": True, "sign_id": "x", "sign_position": 1}, "invalid signId"),
        ({"add_signature": True, "sign_id": "9", "sign_position": 1}, "sign config not exist"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_template_with_a_bad_field_is_refused(method, changes, message):
    api = Api()
    path = TEMPLATES if method == "POST" else f"{TEMPLATES}/{api.template()}"
    assert api.call(method, path, TEMPLATE | changes) == refused(message)


@pytest.mark.parametrize("word", ["【", "】", "、", "[", "]", "测试", "test"])
def test_content_with_a_banned_word_or_character_is_refused(word):
    answer = Api().call("POST", TEMPLATES, TEMPLATE | {"template_content": f"Hello {word}"})
    assert answer == refused(f"template_content can not contain {word}")


@pytest.mark.parametrize("missing", sorted(TEMPLATE))
def test_put_needs_every_field(missing):
    api = Api()
    body = {name: value for name, value in TEMPLATE.items() if name != missing}
    answer = api.call("PUT", f"{TEMPLATES}/{api.template()}", body)
    assert answer == refused(f"{missing} is required")


def test_post_does_without_add_signature():
    assert "sign_id" not in (api := Api()).read(api.template(add_signature=False))
    body = {name: value for name, value in TEMPLATE.items() if name != "add_signature"}
    assert api.call("POST", TEMPLATES, body)[0] == 200


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("utility", "utility"),
        ("marketing", "marketing"),
        ("authentication", "authentication"),
        ("otp", "authentication"),
    ],
)
def test_otp_reads_back_as_authentication(sent, read):
    api = Api()
    assert api.read(api.template(template_type=sent))["template_type"] == read


def test_names_of_templates_repeat():
    api = Api()
    assert api.template() != api.template()
    assert len(api.call("GET", TEMPLATES)[1]) == 2


# --- review -------------------------------------------------------------------------------------


def test_what_is_submitted_waits_until_the_console_decides():
    api = Api(review="manual")
    number = api.template()
    assert api.read(number)["status"] == 1
    assert api.console("POST", f"reject/{number}", {"remark": "No opt-out."}) == 204
    assert (row := api.read(number))["status"] == 3
    assert row["audit_remark"] == "No opt-out."
    assert api.call("PUT", f"{TEMPLATES}/{number}", TEMPLATE) == DONE
    assert (row := api.read(number))["status"] == 1
    assert row["audit_remark"] == ""
    assert api.console("POST", f"approve/{number}") == 204
    assert api.read(number)["status"] == 2


@pytest.mark.parametrize(("verdict", "status"), [("approve", 2), ("reject", 3)])
def test_the_console_lists_what_waits_and_decides_all_at_once(verdict, status):
    api = Api(review="manual")
    sign, template = api.sign(), api.template()
    listed = api.send("GET", "/__emulator__/reviews", auth=None).json()
    assert listed == [
        {"id": sign, "name": "Company", "account": "dev", "kind": "signature"},
        {"id": template, "name": "Order", "account": "dev", "kind": "template"},
    ]
    assert api.console("POST", verdict) == 204
    assert api.read(sign, SIGNS)["status"] == api.read(template)["status"] == status
    assert api.send("GET", "/__emulator__/reviews", auth=None).json() == []


def test_the_console_knows_only_what_is_there():
    assert Api().console("POST", "approve/1") == 404


def test_a_rejecting_review_says_why():
    api = Api(review="rejecting")
    row = api.read(api.template())
    assert (row["status"], bool(row["audit_remark"])) == (3, True)


def test_a_timed_review_approves_when_its_time_has_passed():
    api = Api()
    assert api.console("PUT", "review", {"mode": "timed", "seconds": 5}) == 204
    number = api.template()
    api.now += timedelta(seconds=4)
    assert api.read(number)["status"] == 1
    api.now += timedelta(seconds=1)
    assert api.read(number)["status"] == 2


@pytest.mark.parametrize("body", [{"mode": "slow"}, {"mode": "timed", "days": 1}, {}, 7])
def test_an_unknown_review_is_refused(body):
    assert Api().console("PUT", "review", body) == 400


@pytest.mark.parametrize(("path", "noun"), [(SIGNS, "sign"), (TEMPLATES, "template")])
def test_what_is_being_reviewed_cannot_be_changed(path, noun):
    api = Api(review="manual")
    number = api.sign() if path == SIGNS else api.template()
    body = TEMPLATE | {"sign_name": "Company"}
    answer = api.call("PUT", f"{path}/{number}", body)
    assert answer == refused(f"can not update pending status {noun}")


@pytest.mark.parametrize("reading", ["manual", "rejecting"])
def test_only_an_approved_signature_can_be_attached(reading):
    api = Api(review=reading)
    carried = {"add_signature": True, "sign_id": api.sign(), "sign_position": 1}
    answer = api.call("POST", TEMPLATES, TEMPLATE | carried)
    assert answer == refused("sign status is not approved, can not use")


def test_what_waits_still_waits_after_a_restart(tmp_path):
    before = Api(data=tmp_path / "data.db", review="manual")
    number = before.template()
    before.app.state.close()
    after = Api(data=tmp_path / "data.db")
    assert after.read(number)["status"] == 1
    after.emulator.console.approve(number)
    assert after.read(number)["status"] == 2


# --- readings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_reading_template_names_unique(method):
    api = Api(template_names="unique")
    api.template()
    path = TEMPLATES
    if method == "PUT":
        path = f"{TEMPLATES}/{api.template(template_name='Other')}"
        assert api.call("PUT", path, TEMPLATE | {"template_name": "Other"}) == DONE
    assert api.call(method, path, TEMPLATE) == refused("template_name already exist")


@pytest.mark.parametrize(
    ("reading", "content", "taken"),
    [
        ("substring", "the latest news", False),
        ("substring", "Testing", True),
        ("any-case", "Testing", False),
        ("word", "the latest news", True),
        ("word", "a test", False),
        ("word", "a测试b", False),
    ],
)
def test_reading_banned_words(reading, content, taken):
    api = Api(banned_words=reading)
    answer = api.call("POST", TEMPLATES, TEMPLATE | {"template_content": content})
    assert (answer[0] == 200) == taken


@pytest.mark.parametrize("review", ["instant", "timed"])
def test_reading_banned_reviewed_rejects_later_what_nobody_refused(review):
    api = Api(banned="reviewed", review=review)
    number = api.template(template_content="a test")
    api.now += timedelta(minutes=1)
    row = api.read(number)
    assert (row["status"], row["audit_remark"]) == (3, "template_content can not contain test")


@pytest.mark.parametrize("sent", ["authentication", "otp"])
def test_reading_put_authentication_refused(sent):
    api = Api(put_authentication="refused")
    number = api.template(template_type=sent)
    answer = api.call("PUT", f"{TEMPLATES}/{number}", TEMPLATE | {"template_type": sent})
    assert answer == refused("invalid template_type")


@pytest.mark.parametrize(("path", "noun"), [(SIGNS, "sign"), (TEMPLATES, "template")])
def test_reading_pending_delete_refused(path, noun):
    api = Api(pending_delete="refused", review="manual")
    number = api.sign() if path == SIGNS else api.template()
    answer = api.call("DELETE", f"{path}/{number}")
    assert answer == refused(f"can not delete pending status {noun}")
    assert api.console("POST", "reject") == 204
    assert api.call("DELETE", f"{path}/{number}") == DONE


@pytest.mark.parametrize("reading", ["plans", "templates"])
def test_reading_signature_in_use(reading):
    api = Api(signature_in_use=reading)
    sign = api.sign()
    number = api.template(add_signature=True, sign_id=sign, sign_position=1)
    answer = api.call("DELETE", f"{SIGNS}/{sign}")
    if reading == "plans":
        assert answer == DONE
        assert api.read(number)["sign_id"] == sign
        assert "sign_status" not in api.read(number)
    else:
        assert answer == refused(
            "there are pending or running plans using current sign, can not update"
        )


def test_reading_no_signature_zero():
    api = Api(no_signature="zero")
    shown = {"sign_id": "", "sign_name": "", "sign_position": 0}
    assert shown.items() <= api.read(api.template()).items()


@pytest.mark.parametrize(("reading", "read"), [("as-sent", "US, CN"), ("sorted", "CN,US")])
def test_reading_country_order(reading, read):
    api = Api(country_order=reading)
    assert api.read(api.template(country_codes="US, CN"))["country_codes"] == read


@pytest.mark.parametrize("reading", ["oldest", "newest"])
def test_reading_list_order(reading):
    api = Api(list_order=reading)
    made = [api.template(), api.template()]
    listed = [row["template_id"] for row in api.call("GET", TEMPLATES)[1]]
    assert listed == (made if reading == "oldest" else made[::-1])
