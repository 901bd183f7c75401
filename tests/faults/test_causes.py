"""Who changed what, where something that others refer to has gone and is made anew."""

from tests.support.project import resource


def test_a_tag_deleted_by_hand_makes_its_contact_changed_outside_alone(make_lab):
    lab = make_lab()
    contact = resource("Contact", "kim", tags=["vip", "new"])
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"), resource("Tag", "new"), contact)
    lab.apply()
    lab.pass_time(99)
    lab.call("nhn", "DELETE", "/tags/<Tag/vip>")
    reasons = {str(change.address): change.reason for change in lab.plan().changes}
    assert reasons == {"nhn/Tag/vip": "missing", "nhn/Contact/kim": "drift"}


def test_a_domain_that_is_replaced_is_called_by_its_name(make_lab):
    lab = make_lab()
    key = resource("ApiKey", "k", domain="a.example", deliverTo={"file": "secrets/k"})
    lab.write(lab.provider("octeth"), resource("SenderDomain", "a.example"), key)
    lab.apply()
    lab.pass_time(99)
    moved = resource("SenderDomain", "a.example", domain="b.example")
    lab.write(lab.provider("octeth"), moved, key)
    fields = {
        (change.address.kind, each.path): each.before
        for change in lab.plan().changes
        for each in change.fields
    }
    assert fields["ApiKey", "domain"] == "a.example"
