"""Phone numbers of contacts, compared by digest: differences are found and told masked."""

from reconciler.model.change import Cause
from reconciler.render.commands.drift import drift_text
from reconciler.render.layout.style import Style
from tests.support.project import Project, provider, resource

NUMBERS = ("01012345678", "01012345679")


def contact(*numbers):
    return resource("Contact", "k", tags=["x"], phoneNumbers=list(numbers))


def made(tmp_path, *numbers, **others):
    project = Project(tmp_path, **others)
    project.write(provider("nhncloud-sms"), resource("Tag", "x"), contact(*numbers))
    project.apply()
    return project


def causes(project):
    return {f.path: f.cause for change in project.plan().changes for f in change.fields}


def test_a_number_added_by_hand_is_drift_and_told_masked(tmp_path):
    project = made(tmp_path, *NUMBERS)
    assert not project.drift().drifted
    assert project.plan().changes == ()
    project.call("nhn", "POST", "/uids/k/phone-numbers", json={"phoneNumber": "01077777777"})
    report = project.drift()
    [drift] = report.drift
    [field] = drift.fields
    assert field.after == ["010****5678", "010****5679", "010****7777"]
    text = drift_text(report.drift, Style(width=80), heading="Drift")
    assert "(unknown)" in text
    assert causes(project) == {"phoneNumbers": Cause.DRIFT}


def test_who_changed_the_numbers_is_told_by_their_digest(tmp_path):
    project = made(tmp_path, *NUMBERS)
    project.write(provider("nhncloud-sms"), resource("Tag", "x"), contact(NUMBERS[0]))
    assert causes(project) == {"phoneNumbers": Cause.MANIFEST}
    project.call("nhn", "POST", "/uids/k/phone-numbers", json={"phoneNumber": "01077777777"})
    assert causes(project) == {"phoneNumbers": Cause.BOTH}
    project.apply()
    assert project.plan().changes == ()
    assert not project.drift().drifted


def test_the_order_of_numbers_is_no_difference(tmp_path):
    project = made(tmp_path, *NUMBERS)
    project.write(provider("nhncloud-sms"), resource("Tag", "x"), contact(*NUMBERS[::-1]))
    assert project.plan().changes == ()
    assert not project.drift().drifted
