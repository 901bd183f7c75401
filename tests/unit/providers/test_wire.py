"""How values are spelled in requests and answers."""

import pytest

from reconciler.errors import ReadFailed
from reconciler.providers.wire import identifier, wire_id


@pytest.mark.parametrize("value", [None, "", True, [], {}])
def test_a_row_without_its_id_is_refused(value):
    with pytest.raises(ReadFailed, match="categoryId"):
        identifier({"categoryId": value}, "categoryId")


@pytest.mark.parametrize(
    ("value", "sent"), [({"id": "137612"}, 137612), ({"id": "abc"}, "abc"), (None, None)]
)
def test_an_id_is_sent_as_a_number_where_it_is_one(value, sent):
    assert wire_id(value) == sent
