"""Finding a message again whose answer was lost."""

import asyncio

import pytest

from reconciler.errors import ReadFailed
from reconciler.model.address import Address
from reconciler.model.canary import Canary, Channel
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.secret_source import SecretSource
from reconciler.providers.messenger import Message, Taken
from reconciler.providers.nhncloud_sms.messages import Messages

MESSAGE = Message(
    op_id="op-1",
    canary=Canary(
        address=Address("nhn", "Canary", "hello"),
        of=None,
        channel=Channel.SMS,
        to=SecretSource(from_env="TO"),
    ),
    to=Secret("01012345678"),
)


class Client:
    """Answers every read with one row."""

    def __init__(self, **row):
        self.row = row

    async def get(self, _path, _query):
        return {"data": [{"senderGroupingKey": "op-1", **self.row}]}


def found(**row):
    messages = Messages(Account(name="nhn", type="nhncloud-sms"), {}, Client(**row))
    return asyncio.run(messages.find(MESSAGE, 1_700_000_000.0))


def test_it_is_found_by_the_operation():
    assert found(requestId="R1", mtPr=2) == Taken(message="R1/2")


@pytest.mark.parametrize("row", [{}, {"requestId": "R1"}, {"mtPr": "1", "requestId": None}])
def test_a_row_that_lacks_what_names_it_is_not_understood(row):
    with pytest.raises(ReadFailed, match="without"):
        found(**row)
