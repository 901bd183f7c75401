"""What policies see: nothing that a report would not show."""

from reconciler.model.address import Address
from reconciler.model.journal import CreationClass
from reconciler.model.origin import Origin
from reconciler.model.owned import OwnedObject, as_digest
from reconciler.model.resource import Lifecycle, Resource
from reconciler.model.result import Drift, DriftStatus
from reconciler.policies.trying import EMPTY
from reconciler.providers.kind import Field, Kind
from reconciler.render.views import drift_view, resource_view

ADDRESS = Address("nhn", "Thing", "it")
FIELDS = (Field(name="text"), Field(name="key", secret=True), Field(name="phones", personal=True))


THING = Kind(
    name="Thing",
    fields=FIELDS,
    creation=CreationClass.NATURAL_KEY,
    canonical=lambda fields, _name: dict(fields),
)


def test_a_secret_is_null_and_named_and_numbers_are_masked():
    resource = Resource(
        address=ADDRESS,
        spec={"text": "a", "key": "hunter2", "phones": ["01012345678"]},
        labels={"team": "growth"},
        lifecycle=Lifecycle(protect=True),
        origin=Origin("it.yaml", 3),
    )
    assert resource_view(resource, THING) == {
        "address": "nhn/Thing/it",
        "provider": "nhn",
        "kind": "Thing",
        "name": "it",
        "labels": {"team": "growth"},
        "protected": True,
        "source": {"file": "it.yaml", "line": 3},
        "spec": {"text": "a", "key": None, "phones": ["010****5678"]},
        "sensitive": ["key"],
    }


def test_of_what_state_keeps_as_a_digest_nothing_is_seen():
    row = OwnedObject(
        address=ADDRESS,
        remote_id="7",
        applied={"text": "a", "key": as_digest("abc"), "phones": as_digest("def")},
        labels={"team": "growth"},
        protect=True,
    )
    view = drift_view(row, None, ADDRESS, None)
    assert view["applied"] == {"text": "a", "key": None, "phones": None}
    assert (view["status"], view["id"], view["protected"]) == ("none", "7", True)
    changed = Drift(address=ADDRESS, status=DriftStatus.CHANGED, id="7")
    assert drift_view(row, changed, ADDRESS, None)["status"] == "changed"


def test_an_object_that_nobody_owns_has_the_same_keys():
    found = Drift(address=ADDRESS, status=DriftStatus.UNMANAGED, id="7")
    view = drift_view(None, found, ADDRESS, None)
    assert view["applied"] == {}
    assert EMPTY["drift"].keys() <= view.keys()


def test_tests_of_policies_have_the_keys_that_there_are():
    view = resource_view(Resource(address=ADDRESS, spec={}), THING)
    assert view.keys() == EMPTY["resource"].keys()
