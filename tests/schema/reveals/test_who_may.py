"""Who may have what revealed, by role, category and the row's relation to them: by hand from the roles' table."""

import uuid

import pytest

from tests.matrix.world import CUSTOMERS
from tests.schema.policies.desk import ROLES
from tests.schema.reveals.desk import ID_NUMBER, MASKED_ID_NUMBER, MASKED_MOBILE, MOBILE, WITH_IDENTITY, Desks

pytestmark = pytest.mark.django_db

DONE, CLEAR, HIDDEN, NO_FIELD = "DONE", "NOT_MASKED", "NOT_FOUND", "UNKNOWN_FIELD"
_CONTRACTED = ("own", "sub_team", "collaborator", "signed")
# (role, field) → relation → what becomes of it; every other row is out of their sight.
EXPECTED: dict[tuple[str, str], dict[str, str]] = {
    ("sales_manager", "mobile"): {"own": CLEAR, "teammate": DONE, "sub_team": DONE},
    ("sales_manager", "idNumber"): {"own": DONE, "teammate": DONE, "sub_team": DONE},
    ("support", "mobile"): dict.fromkeys(_CONTRACTED, DONE),
    ("support", "idNumber"): dict.fromkeys(_CONTRACTED, NO_FIELD),
    ("director", "mobile"): dict.fromkeys(CUSTOMERS, CLEAR),
    ("director", "idNumber"): dict.fromkeys(CUSTOMERS, DONE),
}
MAY = {role for role, _ in EXPECTED}
MUTATIONS = ("reveal", "revealRequest", "revealApprove", "revealReject")


@pytest.mark.parametrize("relation", [*CUSTOMERS, "deleted"])
@pytest.mark.parametrize(("role", "field"), EXPECTED)
def test_a_role_reveals_what_the_table_says(desks: Desks, role: str, field: str, relation: str) -> None:
    desks.give(me=role)
    made_up = f"Contact_{uuid.uuid4()}"
    row = desks.world.ids["Contact"].get(relation, made_up)

    assert desks.code("me", row, field) == EXPECTED[role, field].get(relation, HIDDEN)


@pytest.mark.parametrize("role", ["sales", "finance", "marketing", "intern", "admin", "auditor", "wizard"])
def test_whoever_may_reveal_nothing_has_no_such_field(desks: Desks, role: str) -> None:
    desks.give(me=role)
    for text in (*(f"mutation {{ {name} {{ __typename }} }}" for name in MUTATIONS), "{ revealRequests { id } }"):
        answer = desks.ask("me", text)
        assert answer.response.status_code == 200
        assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
        assert "Did you mean" not in answer.response.text
    for near in ("mutation { revea }", "mutation { revealApprov }", "{ revealRequest { id } }"):
        text = desks.ask("me", near).response.text.replace(near.strip("{} ").split()[-1], "")
        assert "revealApprove" not in text
        assert "revealRequests" not in text


def test_a_partners_server_has_no_such_field(desks: Desks) -> None:
    assert desks.ask("partner", "mutation { reveal { __typename } }").codes == ["GRAPHQL_VALIDATION_FAILED"]


@pytest.mark.parametrize("role", sorted(MAY))
def test_whoever_may_reveal_has_the_mutations(desks: Desks, role: str) -> None:
    desks.give(me=role)
    fields = desks.ask("me", "{ __schema { mutationType { fields { name } } } }").data["__schema"]["mutationType"]

    assert {each["name"] for each in fields["fields"]} == set(MUTATIONS)


def test_the_roles_of_the_table_are_all_roles() -> None:
    assert set(ROLES) - MAY == {"sales", "finance", "marketing", "intern", "admin", "auditor", "partner"}


def test_the_values_are_returned_and_nothing_else_of_the_row(desks: Desks) -> None:
    desks.give(me="sales_manager")
    row = desks.world.id("Contact", "teammate")
    before = desks.read("me", row, WITH_IDENTITY)
    payload = desks.reveal("me", row, "mobile", select=WITH_IDENTITY)

    assert (before["mobile"], before["idNumber"]) == (MASKED_MOBILE, MASKED_ID_NUMBER)
    assert payload["node"] == before | {
        "mobile": MOBILE,
        "maskedFields": [name for name in before["maskedFields"] if name != "mobile"],
    }
    assert payload["remainingToday"] == 29
    assert desks.read("me", row, WITH_IDENTITY) == payload["node"]
    assert desks.reveal("me", row, "idNumber", select=WITH_IDENTITY)["node"]["idNumber"] == ID_NUMBER


def test_other_rows_and_other_people_stay_masked(desks: Desks) -> None:
    desks.give(me="sales_manager", mate="sales_manager")
    contacts = desks.world.ids["Contact"]
    desks.reveal("me", contacts["teammate"], "mobile")

    assert desks.read("me", contacts["sub_team"])["mobile"] == MASKED_MOBILE
    assert desks.read("mate", contacts["sub_team"])["mobile"] == MASKED_MOBILE
    desks.reveal("mate", contacts["sub_team"], "mobile")
    assert desks.read("mate", contacts["sub_team"])["mobile"] == MOBILE
    assert desks.read("me", contacts["sub_team"])["mobile"] == MASKED_MOBILE


def test_a_hidden_row_and_a_missing_one_give_the_same_bytes(desks: Desks) -> None:
    desks.give(me="sales_manager")
    ids = [desks.world.id("Contact", "other_team"), desks.world.id("Contact", "pool"), f"Contact_{uuid.uuid4()}"]
    for fields in ([], ["mobile"], ["nothing"], ["mobile", "riskNote"], ["id"]):
        for reason in ("why", " "):
            given = [{"id": each, "fields": fields, "reason": reason} for each in ids]
            for name, kind in (("reveal", "RevealInput"), ("revealRequest", "RevealRequestInput")):
                text = (
                    f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code path message }} }} }}"
                )
                assert len({desks.ask("me", text, input=each).response.content for each in given}) == 1
    payloads = [desks.reveal("me", each, "mobile") for each in ids]
    assert payloads[0] == payloads[1] == payloads[2]
    assert payloads[0]["remainingToday"] == 30


def test_a_field_that_is_absent_and_one_that_never_was_are_the_same(desks: Desks) -> None:
    desks.give(me="support")
    row = desks.world.id("Contact", "own")

    unknown = ("idNumber", "nothing", "", "id", "customer", "x" * 999)
    answers = {str(desks.reveal("me", row, field)) for field in unknown}
    assert len(answers) == 1
    assert "UNKNOWN_FIELD" in answers.pop()
    assert desks.code("me", row, "name") == "NOT_MASKED"
