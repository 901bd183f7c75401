"""Secrets are masked by value, in every form in which they turn up."""

import base64
import json
import logging
import time
from urllib.parse import quote, quote_plus

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.secret import MASK, Secret
from reconciler.redaction import Redactor, log_filter, quiet_loggers, redact, redact_foreign

CANARY = "c4n4ry/+=&'\"\\ é~key"
FORMS = {
    "raw": lambda text: text,
    "URL": lambda text: quote(text, safe=""),
    "URL path": quote,
    "URL form": quote_plus,
    "URL lower": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "base64 at 0": lambda text: base64.b64encode(text.encode() + b"tail").decode(),
    "base64 at 1": lambda text: base64.b64encode(b"x" + text.encode() + b"tail").decode(),
    "base64 at 2": lambda text: base64.b64encode(b"xy" + text.encode() + b"tail").decode(),
    "base64 basic": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 URL": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "JSON": json.dumps,
    "JSON unicode": lambda text: json.dumps(text, ensure_ascii=False),
    "YAML": lambda text: yaml.safe_dump({"key": text}),
    "YAML double": lambda text: yaml.safe_dump({"key": text}, default_style='"'),
    "YAML unicode": lambda text: yaml.safe_dump({"key": text}, allow_unicode=True),
    "repr": repr,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_in_each_form(form):
    encoded = FORMS[form](CANARY)
    text = Redactor([Secret(CANARY)]).redact(f"before {encoded} after")
    assert MASK in text
    assert "c4n4ry" not in text
    assert text.startswith("before ")
    # At most the characters that the neighbours decide as well stay.
    assert sum(1 for character in text if character in encoded) < len(text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=8))
def test_any_secret_that_is_no_word_is_masked_wherever_it_stands(text):
    text = f"k-1{text}"
    redactor = Redactor([Secret(text)])
    for form in ("raw", "URL", "hex", "JSON", "base64 at 0", "base64 URL", "repr"):
        encoded = FORMS[form](text)
        assert encoded not in redactor.redact(f"<{encoded}>")


def test_secrets_inside_one_another_are_masked_whole():
    redactor = Redactor([Secret("abcd-123"), Secret("abcd-123efgh")])
    assert redactor.redact("abcd-123efgh abcd-123") == f"{MASK} {MASK}"


def test_secrets_that_overlap_are_masked_whole():
    redactor = Redactor([Secret("abcd-12345"), Secret("2345-efgh")])
    assert redactor.redact("<abcd-12345-efgh>") == f"<{MASK}>"


@pytest.mark.parametrize("word", ["true", "null", "other", "1.0", '1.0"', "production", "12345"])
def test_a_secret_that_could_be_a_word_is_masked_where_somebody_else_says_it_and_as_a_word(word):
    redactor = Redactor([Secret(word)])
    ours = f"is another account: x{word}x {word}"
    assert redactor.redact(ours) == ours
    assert (
        redactor.redact_foreign(f"key {word} refused; x{word}x") == f"key {MASK} refused; x{word}x"
    )
    if len(word) > 7:
        assert MASK in redactor.redact(word.encode().hex())


def test_thousands_of_secrets_are_looked_for_in_one_pass():
    redactor = Redactor(Secret(f"eg_live_{number:032d}") for number in range(3000))
    begun = time.process_time()
    text = "some text " * 1000
    assert redactor.redact(f"{text}eg_live_{2999:032d}") == f"{text}{MASK}"
    assert time.process_time() - begun < 10


def test_what_is_made_a_secret_anywhere_is_known_from_then_on():
    assert redact("key-out-of-an-answer") == "key-out-of-an-answer"
    Secret("key-out-of-an-answer")
    assert redact("key-out-of-an-answer") == MASK
    Secret.companion("mail.example.com")
    assert redact("mail.example.com") == "mail.example.com"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Invalid number 010-1234-5678.", "Invalid number 010****5678."),
        ("[01012345678, +82 10 1234 5678]", "[010****5678, +82******5678]"),
        ("010.9999.1001 010.9999.1002", "010****1001 010****1002"),
        ("821099991002 (010)9999-1003", "821*****1002 010****1003"),
        ("of 2026-11-28 13:48:47 (id 15446859)", "of 2026-11-28 13:48:47 (id 15446859)"),
        ("Duplicate entry 'eg_live_1' for key 'k'", f"Duplicate entry '{MASK}' for key 'k'"),
        ("operation 0192f0c5-1234-7000-8000-123456789012", None),
    ],
)
def test_numbers_and_doubled_values_are_masked_in_what_others_write(text, shown):
    assert redact_foreign(text) == (text if shown is None else shown)


def test_a_secret_of_several_lines_is_masked_line_by_line():
    redactor = Redactor([Secret("-----BEGIN-----\nline-one-of-key\nline-two-of-key\n")])
    assert "line-one-of-key" not in redactor.redact("log: line-one-of-key")


def test_what_is_too_short_to_tell_from_text_is_left_alone():
    redactor = Redactor([Secret("a"), Secret("")])
    assert redactor.redact_foreign("a b and so on") == "a b and so on"


def test_a_redactor_learns():
    redactor = Redactor()
    assert redactor.redact("later-secret") == "later-secret"
    redactor.add(Secret("later-secret"))
    assert redactor.redact("later-secret") == MASK


def test_log_records_and_tracebacks_are_masked(caplog):
    Secret("canary-value")
    logger = logging.getLogger("test.redact")
    logger.addFilter(log_filter())
    try:
        with caplog.at_level(logging.DEBUG, "test.redact"):
            logger.info("sent to %s", "https://x/canary-value")
            try:
                int("canary-value")
            except ValueError:
                logger.exception("failed")
    finally:
        logger.removeFilter(log_filter())
    assert "canary-value" not in caplog.text
    assert MASK in caplog.text
    assert "Traceback" in caplog.text


def test_the_libraries_that_log_urls_are_kept_quiet():
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    quiet_loggers()
    for name in ("httpx", "httpcore", "httpcore.http11", "aiohttp.client"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
