import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.dns import domain_key
from reconciler.providers.lenient import flag_of, pick, rows_of, split_marker, text_of
from reconciler.providers.octeth.convert import (
    api_key_of,
    created_api_key,
    dns_records,
    domain_of,
    smtp_of,
    webhooks_of,
)
from reconciler.providers.octeth.kinds import HOOKS

MISREAD = (ValueError, TypeError, LookupError, AttributeError)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(
            ["Domains", "DomainID", "SenderDomain", "Options", "Status", "APIKey", "Key", "SMTP",
             "SMTPID", "SMTPPorts", "Webhooks", "WebhookID", "URL", "Events", "SigningKey",
             "NewAPIKeyID", "DNSVerificationResults", "Host", "Description"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True), (1, True), (True, True), ("true", True), ("On", True),
        ("0", False), (0, False), (False, False), ("", False), ("no", False),
        (None, None), ("maybe", None), (2, None), ([], None),
    ],
)  # fmt: skip
def test_flags_are_read_in_every_spelling(value, expected):
    assert flag_of(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        ("7", "7"),
        (" 7 ", "7"),
        (7.0, "7"),
        (True, None),
        ("", None),
        (None, None),
        ({}, None),
    ],
)
def test_ids_become_text(value, expected):
    assert text_of(value) == expected


def test_names_are_found_whatever_their_case_and_null_counts_as_missing():
    assert pick({"smtpid": None, "SmtpId": 4}, "SMTPID") == 4
    assert pick({"URL": None, "WebhookURL": "u"}, "URL", "WebhookURL") == "u"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Mail.Example.COM.", "mail.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("\u200b\u2603..example", "\u200b\u2603..example"),
    ],
)
def test_domain_names_are_compared_in_lower_case_idna(name, key):
    assert domain_key(name) == key


def test_an_older_domain_row_shows_no_options():
    row = domain_of(
        {"DomainID": "123", "DomainName": "Example.com", "Verified": True, "Active": True}
    )
    assert (row.id, row.key, row.newer, row.verified) == ("123", "example.com", False, True)
    assert not row.options
    assert not row.options_shown


def test_a_newer_domain_row_shows_options_and_the_subdomain_under_another_name():
    row = domain_of(
        {
            "DomainID": 123,
            "SenderDomain": "example.com",
            "Status": "Approval Pending",
            "Options": {"LinkTracking": 1, "OpenTracking": "0", "CustomSubdomain": "out"},
            "APIKeyCount": "0",
            "SMTPCount": 2,
        }
    )
    assert row.options == {
        "linkTracking": True,
        "openTracking": False,
        "unsubscribeLink": None,
        "subdomain": "out",
    }
    assert (row.newer, row.verified, row.options_shown) == (True, False, True)
    assert row.counts == {"ApiKey": 0, "SmtpConfig": 2}


def test_echoed_options_are_read_and_an_empty_php_map_says_that_none_is_set():
    echoed = domain_of(
        {"DomainID": 1, "DomainName": "a.example", "LinkTracking": "1", "Subdomain": "mail",
         "HostingProvider": "aws"}
    )  # fmt: skip
    assert echoed.options == {"linkTracking": True, "subdomain": "mail", "hostingProvider": "aws"}
    empty = domain_of({"DomainID": 1, "SenderDomain": "a.example", "Options": []})
    assert empty.options_shown
    assert empty.options == {
        "linkTracking": None,
        "openTracking": None,
        "unsubscribeLink": None,
        "subdomain": "",
    }


@pytest.mark.parametrize(
    "row",
    [
        {"Status": "Enabled"}, {"VerificationStatus": "Verified"}, {"Verified": 1},
        {"IsActive": True}, {"Active": "1"},
    ],
)  # fmt: skip
def test_all_five_spellings_of_a_verified_domain_are_known(row):
    assert domain_of({"DomainID": 1, "DomainName": "a", **row}).verified is True


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"NewAPIKeyID": "n1", "APIKey": {"Key": "k", "DomainID": "9"}}, ("n1", "k")),
        ({"NewAPIKeyID": 456, "APIKey": {"APIKeyID": 456, "APIKey": "k"}}, ("456", "k")),
        ({"APIKey": {"KeyID": "7", "Key": "k"}}, ("7", "k")),
        ({"NewAPIKeyID": 5, "APIKey": "k"}, ("5", "k")),
        ({"NewAPIKeyID": 5}, ("5", None)),
        ({"NewAPIKeyID": 5, "APIKey": {"Key": "abcd****"}}, ("5", None)),
    ],
)
def test_a_new_key_is_found_in_every_shape_of_the_answer(answer, expected):
    created, key = created_api_key({"Success": True, **answer})
    assert (created, key.reveal() if key else None) == expected


def test_a_new_key_without_an_id_is_kept_all_the_same():
    created, key = created_api_key({"APIKey": {"Key": "k"}})
    assert created is None
    assert key is not None
    assert key.reveal() == "k"


def test_key_rows_of_both_generations():
    old = api_key_of({"KeyID": "a", "Key": "sk", "Permissions": "p"})
    assert (old.id, old.description, old.marker) == ("a", None, "")
    new = api_key_of({"APIKeyID": 4, "APIKey": "sk", "Description": "ci [mp:ABCDEFGH23]"})
    assert (new.id, new.description, new.marker) == ("4", "ci", "[mp:ABCDEFGH23]")
    assert "sk" not in repr((old, new))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ci", ("ci", "")),
        ("ci [mp:abcdefgh23] ", ("ci", "[mp:ABCDEFGH23]")),
        ("[mp:ABCDEFGH23]", ("", "[mp:ABCDEFGH23]")),
        ("ci [mp:ABCDEFGH2]", ("ci [mp:ABCDEFGH2]", "")),
        ("[mp:ABCDEFGH23] ci", ("[mp:ABCDEFGH23] ci", "")),
    ],
)
def test_our_marker_is_told_from_the_description(text, expected):
    assert split_marker(text) == expected


@pytest.mark.parametrize(
    ("ports", "port"),
    [
        (["25", "587", "465"], "587"), ([25, 465, 2525], "465"), (["2525"], "2525"),
        ("25,587", "587"), (587, "587"), ([], None), (None, None),
    ],
)  # fmt: skip
def test_the_submission_port_is_preferred(ports, port):
    assert smtp_of({"SMTPPorts": ports}).port == port


def test_smtp_access_is_read_in_all_spellings_and_told_whole_or_not_at_all():
    newer = smtp_of(
        {"SMTPID": 1, "SMTPUsername": "u", "SMTPPassword": "p", "SMTPHost": "h", "SMTPPorts": [587]}
    )
    reset = smtp_of({"Server": "h", "Port": 587, "Username": "u"})
    assert {name: secret.reveal() for name, secret in newer.secrets("s").items()} == {
        "s.host": "h", "s.port": "587", "s.username": "u", "s.password": "p",
    }  # fmt: skip
    assert reset.missing() == ("password",)
    assert reset.secrets("s") == {}
    assert reset.completed_by(newer).missing() == ()
    assert "p'" not in repr(newer)


def test_webhook_rows_of_both_generations():
    listing = webhooks_of(
        {
            "SigningKey": "sign",
            "Webhooks": {
                "0": {"WebhookID": "a", "URL": "https://x", "Events": ["send", "opened", "click"]},
                "1": {"WebhookID": 9, "WebhookURL": "https://y", "Event": "delivered"},
            },
        }
    )
    assert [(row.id, row.url, row.events) for row in listing.rows] == [
        ("a", "https://x", ("open", "click", "send")),
        ("9", "https://y", ("delivery",)),
    ]
    assert listing.signing_key.reveal() == "sign"


@pytest.mark.parametrize(
    "body", [{}, {"Webhooks": None}, {"Webhooks": "none"}, [], {"Webhooks": [1]}]
)
def test_a_missing_list_is_never_an_empty_one(body):
    with pytest.raises(ValueError, match=r"Webhooks|object"):
        rows_of(body, "Webhooks")


def test_events_are_known_by_both_spellings_and_unknown_ones_stay():
    assert HOOKS.spelled("Complained") == "complaint"
    assert HOOKS.spelled("send") == "send"
    assert HOOKS.in_order(["send", "click", "delivery", "click"]) == ["delivery", "click", "send"]


@pytest.mark.parametrize(
    "shown",
    [
        [{"Host": "a.example", "Type": "TXT", "Value": "v", "Verified": False}],
        {"a.example": ["TXT", "v", False]},
        {"a.example": [["TXT", "v", 0]]},
    ],
)
def test_dns_results_are_read_as_list_and_as_map(shown):
    (record,) = dns_records({"DNSVerificationResults": shown})
    assert (record.name, record.type, record.value, record.published) == (
        "a.example",
        "TXT",
        "v",
        False,
    )


@given(body=json_values)
def test_no_shape_of_an_answer_breaks_a_reader_in_an_unexpected_way(body):
    readers = [
        webhooks_of,
        created_api_key,
        dns_records,
        lambda value: [domain_of(row) for row in rows_of(value, "Domains")],
        lambda value: api_key_of(value or {}),
        lambda value: smtp_of(value or {}),
    ]
    for reader in readers:
        try:
            reader(body)
        except MISREAD:
            continue
