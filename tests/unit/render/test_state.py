"""One owned object, in terminals of any width."""

import pytest

from reconciler.model import dns
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.render.commands.state import show_text
from reconciler.render.layout.style import Style, cells

ROW = OwnedObject(
    address=Address("sure", "SenderDomain", "mail.example.com"),
    remote_id="mail.example.com" * 6,
    applied={"domain": "mail.example.com", "description": "a text that is long enough " * 4},
    extra=dns.remember(
        [
            dns.DnsRecord(
                type="CNAME",
                name="c81e26b31b072ac9._domainkey.mail.example.com",
                value="c81e26b31b072ac9.dkim.amazonses.com",
                published=False,
            )
        ]
    ),
)


@pytest.mark.parametrize("width", range(40, 130, 3))
def test_no_line_of_an_object_is_wider_than_the_terminal(width):
    text = show_text(ROW.address, ROW, (), Style(width=width, terminal=True))
    assert [line for line in text.splitlines() if cells(line) > width] == []
    if width > 60:
        assert "not found" in " ".join(text.split())


def test_in_a_pipe_a_record_stays_on_one_line():
    lines = show_text(ROW.address, ROW, (), Style(width=60)).splitlines()
    assert any("_domainkey" in line and line.endswith("not found") for line in lines)
