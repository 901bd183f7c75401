"""What an unsettled write means, as a table: the journal and the listing, and what is decided.

Where `listings_agree` is `NOT_YET`, the settle window has not passed; elsewhere it has, and two
listings were equal. The last column is the decision in words, as `said` renders it: `watch 1 2`
looks for late twins from now on, which 1 and 2 are not.
"""

from __future__ import annotations

import pytest
from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.settling.decision import Ask, SecretLost, Settled, Situation, Wait
from reconciler.engine.settling.decisions import decide
from reconciler.engine.settling.follow_ups import (
    absent_after_orphan,
    ask_about_found,
    take_chosen,
    take_found,
)
from reconciler.engine.settling.watches import watch_of_gone
from reconciler.model.address import Address
from reconciler.model.journal import (
    ANY_ID,
    IntentStatus,
    JournalEntry,
    Response,
    Verb,
    Watch,
)
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.providers.nhncloud_sms.kinds import KINDS as NHN
from reconciler.providers.octeth.kinds import KINDS as OCTETH
from tests.support import intents
from tests.support.scripted import KINDS as SCRIPTED
from tests.support.scripted import ScriptedProvider

NOT_YET = False

NATURAL, MARKED, PLAIN, KEYED, MARKED_KEY, PLAIN_KEY, BLIND_KEY = (
    SCRIPTED[name]
    for name in ("Natural", "Marked", "Plain", "Keyed", "MarkedKey", "PlainKey", "BlindKey")
)
TAG, HOOK, DOMAIN = NHN["Tag"], OCTETH["Webhook"], OCTETH["SenderDomain"]
MARKER = "[mp:aaaaaaaaaa]"
TITLED = {"title": "t", "note": "n"}
SINK = {"file": "key"}
NOTED, WITH_SINK = {"note": "n"}, {"note": "n", "deliverTo": SINK}
KEY = {"deliverTo.key": Secret("made-up-secret")}


# --- the sides ------------------------------------------------------------------------------------


def lost(verb=Verb.CREATE, **intent):
    """A write that was journaled and perhaps sent; no answer."""
    return {"verb": verb} | intent, None


def answered(verb=Verb.CREATE, *, given=None, secrets=None, extra=None, **intent):
    """A write whose answer is stored; `given` is the id in it."""
    response = Response(server_id=given, secrets=secrets or {}, extra=extra or {})
    return {"verb": verb} | intent, response


def there(identifier, fields=None, *, key=None, marker="", **extra):
    """A live object."""
    given = fields or NOTED
    return LiveObject(kind="", id=identifier, key=key, fields=given, extra=extra, marker=marker)


def titled(identifier, **fields):
    return there(identifier, TITLED | fields, key="t")


def owns(identifier="1", **row):
    """A row of state."""
    return OwnedObject(address=Address("p", "", "one"), remote_id=identifier, **row)


def watch(*pre_ids, operation="before"):
    return Watch(address=Address("p", "", "one"), op_id=operation, pre_ids=pre_ids)


FAILED = Collection(kind="", complete=False, error="HTTP 500")
NOT_READ = Collection(kind="", complete=False, error="it was not read")


class Case(Struct, kw_only=True):
    kind: object
    journal: list
    listed: object = ()
    listings_agree: bool = True
    row: object = None
    taken: frozenset = frozenset()
    watch: object = None

    @property
    def situation(self):
        address = Address("p", self.kind.name, "one")
        collection = self.listed
        if isinstance(collection, tuple | list):
            collection = Collection(kind=self.kind.name, objects=tuple(collection))
        return Situation(
            address=address,
            entries=[self._entry(n, *each, address) for n, each in enumerate(self.journal, 1)],
            row=self.row and replace(self.row, address=address),
            provider=ScriptedProvider(Account(name="p", type="scripted"), {}, None),
            kind=self.kind,
            collection=collection,
            digest=lambda text: text,
            listings_agree=self.listings_agree,
            taken=self.taken,
            watch=self.watch and replace(self.watch, address=address),
        )

    def _entry(self, number, intent, response, address):
        given = {
            "op_id": f"op{number}",
            "address": address,
            "step": str(intent["verb"]),
            "creation": self.kind.creation,
            "account": "",
        }
        status = IntentStatus.OPEN if response is None else IntentStatus.RESPONDED
        return JournalEntry(
            intent=intents.intent(**(given | intent)), status=status, response=response
        )


WORDS = {Settled: "settled", SecretLost: "recover-secret", Wait: "wait", Ask: "ask"}


def said(decision):
    """A decision in words: what follows from it, part by part."""
    settled = decision.so_far
    row, words = settled.row, [WORDS[type(decision)], *settled.closes.values()]
    if row is not None:
        inferred = " by inference" if row.provenance is Provenance.INFERRED else ""
        words.append(f"owns {row.remote_id}{inferred}")
        words += [f"owes {name}" for name in row.needs_delivery]
        words += [f"still to delete {each}" for each in row.deposed]
        words += [f"{name}: {value}" for name, value in row.extra.items()]
    if isinstance(decision, SecretLost):
        words.append(f"found {decision.found.id}{', proven' if decision.proven else ''}")
    words += [f"delivers {name}" for name in settled.secrets]
    words += [f"deletes {each.id}" for each in settled.orphans]
    if isinstance(decision, Ask) and decision.candidates:
        words.append(f"choose {' or '.join(decision.candidates)}")
    if settled.watch is not None:
        words.append(" ".join(("watch", *settled.watch.pre_ids)))
    return "; ".join(words)


# --- the table ------------------------------------------------------------------------------------

A = {"kind": NATURAL, "journal": [lost(key="t", applied=TITLED)]}
B = {"kind": MARKED, "journal": [lost(marker=MARKER, applied=NOTED)]}
C = {"kind": PLAIN, "journal": [lost(pre_ids=("1",), applied=NOTED)]}
F = {"kind": PLAIN_KEY, "journal": [lost(pre_ids=("1",), applied=NOTED)]}
F_MARKED = {"kind": MARKED_KEY, "journal": [lost(marker=MARKER, applied=NOTED)]}
F_BLIND = {"kind": BLIND_KEY, "journal": [lost(marker=MARKER, pre_ids=("1",), applied=NOTED)]}
UNNAMED = {"kind": PLAIN_KEY, "journal": [answered(pre_ids=("1",), applied=NOTED, secrets=KEY)]}

# fmt: off
TABLE = [
    # nothing is open
    ("nothing open, nothing owned",       Case(kind=PLAIN, journal=[]), "settled"),
    ("nothing open, something owned",     Case(kind=PLAIN, journal=[], row=owns()), "settled; owns 1"),

    # a create whose answer was lost, while nothing can be told
    ("its collection was not read",       Case(**A, listed=NOT_READ), "wait"),
    ("its collection could not be read",  Case(**A, listed=FAILED), "wait"),

    # A: the client picks the key
    ("A none there yet",                  Case(**A, listings_agree=NOT_YET), "wait"),
    ("A none there",                      Case(**A), "settled; absent; watch"),
    ("A none there, lost twice",          Case(**A, watch=watch("8")), "settled; absent; watch 8"),
    ("A one there, equal",                Case(**A, listed=[titled("1")], listings_agree=NOT_YET), "settled; recovered-inferred; owns 1 by inference; watch 1"),
    ("A one there, different",            Case(**A, listed=[titled("1", note="x")]), "ask; choose 1"),
    ("A several there",                   Case(**A, listed=[titled("2"), titled("1")]), "ask; choose 1 or 2"),
    ("A another address owns it",         Case(**A, listed=[titled("1")], taken=frozenset({"1"})), "settled; absent; watch"),
    ("A it is the one in state",          Case(**A, listed=[titled("1")], row=owns()), "settled; recovered-inferred; owns 1; watch 1"),

    # B: the list shows a marker
    ("B none there yet",                  Case(**B, listings_agree=NOT_YET), "wait"),
    ("B none there",                      Case(**B), "settled; absent; watch"),
    ("B none there, lost twice",          Case(**B, watch=watch()), "settled; absent; watch"),
    ("B one there",                       Case(**B, listed=[there("1", marker=MARKER)], listings_agree=NOT_YET), "settled; recovered-proven; owns 1; watch 1"),
    ("B several there",                   Case(**B, listed=[there(i, marker=MARKER) for i in ("10", "9", "11")]), "settled; recovered-proven; owns 9; deletes 10; deletes 11; watch 9"),
    ("B another's marker",                Case(**B, listed=[there("1", marker="[mp:bbbbbbbbbb]")]), "settled; absent; watch"),

    # C: only a new id tells
    ("C no new one yet",                  Case(**C, listed=[there("1")], listings_agree=NOT_YET), "wait"),
    ("C no new one",                      Case(**C, listed=[there("1")]), "settled; absent; watch 1"),
    ("C no new one, lost twice",          Case(**C, listed=[there("1")], watch=watch("1")), "ask"),
    ("C no new one, once gone",           Case(**C, listed=[there("1")], watch=watch("1", operation="")), "settled; absent; watch 1"),
    ("C one new, too early",              Case(**C, listed=[there("1"), there("2")], listings_agree=NOT_YET), "wait"),
    ("C one new",                         Case(**C, listed=[there("1"), there("2")]), "settled; recovered-inferred; owns 2 by inference; watch 1 2"),
    ("C one new, but different",          Case(**C, listed=[there("2", {"note": "x"})]), "settled; absent; watch 1"),
    ("C one new, another address's",      Case(**C, listed=[there("2")], taken=frozenset({"2"})), "settled; absent; watch 1"),
    ("C one new, lost twice",             Case(**C, listed=[there("2")], watch=watch("1", "0")), "settled; recovered-inferred; owns 2 by inference; watch 1 0 2"),
    ("C one new, none was said to be it", Case(**C, listed=[there("2")], watch=watch(ANY_ID)), "settled; recovered-inferred; owns 2 by inference; watch 1 2"),
    ("C several new",                     Case(**C, listed=[there("3"), there("2")]), "ask; choose 2 or 3"),
    ("C what it owns is not new",         Case(**C, listed=[there("2"), there("3")], row=owns("2", deposed=("3",))), "settled; absent; owns 2; still to delete 3; watch 1"),
    ("C with a key: another key",         Case(kind=KEYED, journal=[lost(key="t", pre_ids=(), applied=TITLED)], listed=[there("2", {"title": "u"}, key="u")]), "settled; absent; watch"),

    # F: as C, and a secret that is shown once
    ("F no new one",                      Case(**F, listed=[there("1")]), "settled; absent; watch 1"),
    ("F no new one, lost twice",          Case(**F, listed=[there("1")], watch=watch("1")), "ask"),
    ("F one new, too early",              Case(**F, listed=[there("2")], listings_agree=NOT_YET), "wait"),
    ("F one new",                         Case(**F, listed=[there("2")]), "recover-secret; found 2"),
    ("F several new",                     Case(**F, listed=[there("3"), there("2")]), "ask; choose 2 or 3"),
    ("F marked, none there",              Case(**F_MARKED), "settled; absent; watch"),
    ("F marked, one there",               Case(**F_MARKED, listed=[there("2", marker=MARKER)], listings_agree=NOT_YET), "recover-secret; found 2, proven"),
    ("F marked, several there",           Case(**F_MARKED, listed=[there("3", marker=MARKER), there("2", marker=MARKER)]), "recover-secret; found 2, proven; deletes 3"),
    ("F marker not shown, one new",       Case(**F_BLIND, listed=[there("1"), there("2")]), "recover-secret; found 2"),
    ("F marker not shown, lost twice",    Case(**F_BLIND, watch=watch("1")), "settled; absent; watch 1"),

    # parts: a list of a grouped object says less than its manifest
    ("grouped, a list is not compared",   Case(kind=KEYED, journal=[lost(key="t", pre_ids=(), applied={"title": "t", "note": ["a", "b"]})], listed=Collection(kind="", parts=(titled("2", note=["a"]),))), "settled; recovered-inferred; owns 2 by inference; watch 2"),

    # answered: the answer holds
    ("create answered",                   Case(kind=PLAIN, journal=[answered(given="2", applied=NOTED)]), "settled; done; owns 2"),
    ("create answered, the key is the id", Case(kind=NATURAL, journal=[answered(key="t", applied=TITLED)]), "settled; done; owns t"),
    ("create answered with its secret",   Case(kind=PLAIN_KEY, journal=[answered(given="2", applied=WITH_SINK, secrets=KEY)]), "settled; done; owns 2; delivers deliverTo.key"),
    ("create answered, lists may lag",    Case(kind=TAG, journal=[answered(given="2", applied={"displayName": "t"})]), "settled; done; owns 2; unlisted: ['2']"),
    ("create answered by parts, no id",   Case(kind=HOOK, journal=[answered(key="1|open|u", extra={"parts": {"open|u": "7"}})]), "settled; done; owns 1|open|u; parts: {'open|u': '7'}; unlisted: ['7']"),
    ("update answered",                   Case(kind=PLAIN, journal=[answered(Verb.UPDATE, applied=NOTED)], row=owns()), "settled; done; owns 1"),
    ("delete answered",                   Case(kind=PLAIN, journal=[answered(Verb.DELETE, target="1")], row=owns()), "settled; done"),
    ("delete of the old one answered",    Case(kind=PLAIN, journal=[answered(Verb.DELETE, target="1")], row=owns("2", deposed=("1",))), "settled; done; owns 2"),
    ("replacement answered, old remains", Case(kind=PLAIN, journal=[answered(given="2", target="1", applied=NOTED)], row=owns()), "settled; done; owns 2; still to delete 1"),

    # answered without the id that alone tells its object apart
    ("unnamed, not read",                 Case(**UNNAMED, listed=NOT_READ), "wait"),
    ("unnamed, could not be read",        Case(**UNNAMED, listed=FAILED), "wait"),
    ("unnamed, no new one yet",           Case(**UNNAMED, listed=[there("1")], listings_agree=NOT_YET), "wait"),
    ("unnamed, no new one",               Case(**UNNAMED, listed=[there("1")]), "ask"),
    ("unnamed, one new",                  Case(**UNNAMED, listed=[there("1"), there("2")], listings_agree=NOT_YET), "settled; recovered-proven; owns 2; delivers deliverTo.key; watch 1 2"),
    ("unnamed, several new",              Case(**UNNAMED, listed=[there("2"), there("3")]), "ask; choose 2 or 3"),
    ("unnamed, one new and one taken",    Case(**UNNAMED, listed=[there("2"), there("3")], taken=frozenset({"3"})), "settled; recovered-proven; owns 2; delivers deliverTo.key; watch 1 2"),

    # updates and deletes whose answer was lost: the next plan looks again
    ("update lost",                       Case(kind=PLAIN, journal=[lost(Verb.UPDATE, applied=NOTED)], row=owns()), "settled; looked-again; owns 1"),
    ("update lost, nothing owned",        Case(kind=PLAIN, journal=[lost(Verb.UPDATE)]), "settled; looked-again"),
    ("update lost, others may suffer",    Case(kind=PLAIN, journal=[lost(Verb.UPDATE, in_doubt={"restore": {"open|u": "lost"}})], row=owns()), "settled; looked-again; owns 1; restore: {'open|u': 'lost'}"),
    ("delete lost",                       Case(kind=PLAIN, journal=[lost(Verb.DELETE, target="1")], row=owns()), "settled; looked-again; owns 1; leaving: True"),
    ("delete of the old one lost",        Case(kind=PLAIN, journal=[lost(Verb.DELETE, target="1")], row=owns("2", deposed=("1",))), "settled; looked-again; owns 2; still to delete 1"),

    # several, oldest first; what is not settled stops the rest
    ("create answered, then update lost", Case(kind=PLAIN, journal=[answered(given="2", applied=NOTED), lost(Verb.UPDATE)]), "settled; done; looked-again; owns 2"),
    ("delete answered, then create lost", Case(kind=PLAIN, journal=[answered(Verb.DELETE, target="1"), lost(pre_ids=())], row=owns()), "settled; done; absent; watch"),
    ("create lost, then update answered", Case(kind=PLAIN, journal=[lost(pre_ids=()), answered(Verb.UPDATE)], listings_agree=NOT_YET), "wait"),
    ("update lost, then a create to ask", Case(kind=PLAIN, journal=[lost(Verb.UPDATE), lost(pre_ids=())], listed=[there("2"), there("3")]), "ask; looked-again; choose 2 or 3"),

    # what an object owes to its sinks
    ("shown once and not at hand",        Case(kind=PLAIN_KEY, journal=[answered(given="2", applied=WITH_SINK)]), "settled; done; owns 2; owes deliverTo"),
    ("served before, the object stays",   Case(kind=PLAIN_KEY, journal=[answered(Verb.UPDATE, applied=NOTED)], row=owns("2", applied=WITH_SINK)), "settled; done; owns 2"),
    ("owed before, and still",            Case(kind=PLAIN_KEY, journal=[answered(Verb.UPDATE, applied=NOTED)], row=owns("2", applied=WITH_SINK, needs_delivery=("deliverTo",))), "settled; done; owns 2; owes deliverTo"),
    ("served before, another object",     Case(kind=PLAIN_KEY, journal=[answered(given="2", target="1", applied=WITH_SINK)], row=owns(applied=WITH_SINK)), "settled; done; owns 2; owes deliverTo; still to delete 1"),
]
# fmt: on


@pytest.mark.parametrize(
    ("case", "expected"), [pytest.param(case, says, id=name) for name, case, says in TABLE]
)
def test_what_is_decided(case, expected):
    assert said(decide(case.situation)) == expected


# --- what the table's words leave out -------------------------------------------------------------


def test_a_value_that_nobody_can_read_is_sent_again_after_a_lost_update():
    applied = {"domain": "a.example", "linkTracking": {"hmac": "before"}}
    update = lost(Verb.UPDATE, applied={"linkTracking": {"hmac": "after"}})
    case = Case(kind=DOMAIN, journal=[update], row=owns(applied=applied))
    assert decide(case.situation).row.applied == {"domain": "a.example"}


def test_a_sink_that_can_change_in_place_is_served_by_the_next_plan_and_owes_nothing():
    hook = {"url": "u", "signingKeyTo": SINK}
    case = Case(kind=HOOK, journal=[answered(given="2", applied=hook, extra={"parts": {}})])
    row = decide(case.situation).row
    assert (row.applied, row.needs_delivery) == ({"url": "u"}, ())


def test_only_what_a_list_can_tell_speaks_against_an_object():
    applied = WITH_SINK | {"rotation": "1"}
    live = there("2", {"note": "n", "deliverTo": {"file": "other"}})
    case = Case(kind=PLAIN_KEY, journal=[lost(pre_ids=(), applied=applied)], listed=[live])
    assert isinstance(decide(case.situation), SecretLost)


def test_the_message_says_why_and_the_hint_names_the_commands():
    waiting = decide(Case(**A, listed=FAILED).situation)
    assert "(HTTP 500)" in waiting.message
    assert "reconciler apply" in waiting.hint
    asking = decide(Case(**A, listed=[titled("1", note="x")]).situation)
    assert "another note" in asking.message
    assert "state resolve p/Natural/one --adopt 1" in asking.hint
    lost_twice = decide(Case(**C, watch=watch("1")).situation)
    assert "lost twice" in lost_twice.message
    assert "--adopt ID" in lost_twice.hint


# --- after the search for a secret ----------------------------------------------------------------

FOUND = [there("2", marker=MARKER)]
NEW = [there("2")]


@pytest.mark.parametrize(
    ("case", "after", "expected"),
    [
        pytest.param(
            Case(**F_MARKED, listed=FOUND),
            lambda decision: take_found(decision, None),
            "settled; recovered-proven; owns 2; watch 2",
            id="proven, and the secret is readable",
        ),
        pytest.param(
            Case(**F, listed=NEW),
            lambda decision: take_found(decision, None),
            "settled; recovered-inferred; owns 2 by inference; watch 1 2",
            id="inferred, and the secret is readable",
        ),
        pytest.param(
            Case(**F_MARKED, listed=FOUND),
            lambda decision: absent_after_orphan(decision, None),
            "settled; orphan-deleted; watch 2",
            id="proven, and the secret is lost",
        ),
        pytest.param(
            Case(**F, listed=NEW),
            ask_about_found,
            "ask; choose 2",
            id="inferred, and the secret is lost",
        ),
    ],
)
def test_what_becomes_of_an_object_whose_secret_was_shown_once(case, after, expected):
    assert said(after(decide(case.situation))) == expected


# --- what a person says ---------------------------------------------------------------------------

ONE, TWO = there("1"), there("2")


@pytest.mark.parametrize(
    ("case", "chosen", "expected"),
    [
        pytest.param(
            Case(kind=PLAIN, journal=[]),
            TWO,
            "settled",
            id="nothing is open: there is no row to make",
        ),
        pytest.param(
            Case(**C, listed=[ONE, TWO]),
            TWO,
            "settled; recovered-proven; owns 2; watch 1 2",
            id="new",
        ),
        pytest.param(
            Case(**C, listed=[ONE, TWO]),
            ONE,
            "settled; recovered-inferred; owns 1 by inference; watch 1",
            id="there before",
        ),
        pytest.param(
            Case(**C, listed=NOT_READ),
            TWO,
            "settled; recovered-inferred; owns 2 by inference; watch 1 2",
            id="not read",
        ),
        pytest.param(
            Case(
                kind=PLAIN, journal=[lost(pre_ids=("1", "2")), lost(pre_ids=("1",))], listed=[TWO]
            ),
            TWO,
            "settled; recovered-proven; owns 2; watch 1 2",
            id="of two creates that which can have made it; the other stays open",
        ),
        pytest.param(
            Case(kind=PLAIN, journal=[answered(given="2", applied=NOTED), lost(Verb.UPDATE)]),
            TWO,
            "settled; done; looked-again; owns 2",
            id="no create is in doubt",
        ),
    ],
)
def test_what_a_person_chose_is_the_object(case, chosen, expected):
    assert said(take_chosen(case.situation, chosen)) == expected


def test_what_the_chosen_object_visibly_is_not_is_left_to_the_next_plan():
    case = Case(**A, listed=[titled("1", note="x")])
    assert take_chosen(case.situation, titled("1", note="x")).row.applied == {"title": "t"}


def test_what_was_called_gone_is_watched_by_the_ids_of_its_parts():
    gone = owns(extra={"parts": {"open|u": "8", "click|u": "7"}})
    assert watch_of_gone(gone, None).gone_ids == ("7", "8")
    before = replace(watch("3"), gone_ids=("8", "9"), clean_since=5.0)
    after = watch_of_gone(gone, before)
    assert (after.gone_ids, after.pre_ids, after.clean_since) == (("8", "9", "7"), ("3",), 0.0)
