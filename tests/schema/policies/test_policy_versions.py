"""Policy versions through the graph: for those who may, and for nobody else."""

from typing import Any

import pytest

from permissions.policy import default_document
from tests.schema.policies.desk import ROLES, STRICT, Desk

READS = {
    "policyVersions": "{ policyVersions { number } }",
    "policyVersion": "{ policyVersion(number: 1) { number } }",
    "policyDiff": "{ policyDiff(from: 1, to: 1) { changes { text } } }",
    "simulateAccess": '{ simulateAccess(role: "sales", operation: "{ __typename }") { isAccepted } }',
}
CHANGES: dict[str, dict[str, Any]] = {
    "policyDraftCreate": {"name": "x"},
    "policyDraftUpdate": {"number": 2, "revision": 1, "name": "x"},
    "policyValidate": {"number": 2},
    "policyActivate": {"number": 2, "revision": 1, "replaces": 1, "note": "x"},
    "policyRollback": {"number": 1, "replaces": 1, "note": "x"},
}
# Who has other mutations: what they are, tests/schema/reveals says.
REVEALS = {"sales_manager", "support", "director"}
ANYBODY = [*ROLES, None]


@pytest.mark.parametrize("role", ANYBODY)
@pytest.mark.parametrize("field", READS)
def test_versions_are_read_by_administrators_and_auditors(desk: Desk, role: str | None, field: str) -> None:
    answer = desk.server.ask(READS[field], role=role)
    if role in {"admin", "auditor"}:
        assert answer.errors == []
        assert answer.data[field]
    else:
        assert answer.code == "GRAPHQL_VALIDATION_FAILED"
        assert answer.data is None


@pytest.mark.parametrize("role", ANYBODY)
@pytest.mark.parametrize("field", CHANGES)
def test_versions_are_changed_by_administrators(desk: Desk, role: str | None, field: str) -> None:
    desk.draft()
    before = desk.everything()
    answer = desk.change(field, role=role, **CHANGES[field])
    if role == "admin":
        assert answer.errors == []
    else:
        assert answer.code == "GRAPHQL_VALIDATION_FAILED"
        assert answer.data is None
        assert desk.everything() == before


@pytest.mark.parametrize("role", ANYBODY)
def test_a_schema_has_mutations_only_where_one_is_allowed(desk: Desk, role: str | None) -> None:
    query = "{ __schema { mutationType { fields { name } } queryType { fields { name } } types { name } } }"
    schema = desk.server.ask(query, role=role).data["__schema"]
    types = {each["name"] for each in schema["types"]}
    if role == "admin":
        assert {each["name"] for each in schema["mutationType"]["fields"]} == set(CHANGES)
    elif role in REVEALS:
        assert not set(CHANGES) & {each["name"] for each in schema["mutationType"]["fields"]}
        assert not types & {"PolicyPayload", "PolicyActivateInput"}
    else:
        assert schema["mutationType"] is None
        assert not types & {"Mutation", "PolicyPayload", "PolicyActivateInput", "UserError"} - (
            {"UserError"} if role == "auditor" else set()
        )
    assert ("PolicyVersion" in types) == (role in {"admin", "auditor"})
    assert ("PolicyEffect" in types) == (role == "admin")


@pytest.mark.parametrize("role", ["sales", "auditor", None])
def test_no_message_names_a_mutation_to_whoever_has_none(desk: Desk, role: str | None) -> None:
    for text in ("mutation { policyActivat }", "{ policyVersion }", "{ policyDif }", "mutation { x }"):
        answer = desk.server.ask(text, role=role)
        assert answer.code == "GRAPHQL_VALIDATION_FAILED"
        assert "policyActivate" not in answer.response.text


def test_version_1_is_the_shipped_policy(desk: Desk) -> None:
    query = (
        "{ policyVersions { number state document author { name } createdAt problems { code } activations { note } } }"
    )
    (only,) = desk.server.ask(query, role="admin").data["policyVersions"]
    assert only == {
        "number": 1, "state": "ACTIVE", "document": default_document(), "author": None, "createdAt": None,
        "problems": [], "activations": [],
    }  # fmt: skip


def test_a_draft_remembers_its_author_and_what_it_was_made_from(desk: Desk) -> None:
    number = desk.draft()
    query = "query ($n: Int!) { policyVersion(number: $n) { state basedOn author { username } activatedAt revision } }"
    answer = desk.server.ask(query, role="admin", n=number)
    assert answer.data["policyVersion"] == {
        "state": "DRAFT", "basedOn": 1, "author": {"username": "admin"}, "activatedAt": None, "revision": 1,
    }  # fmt: skip


def test_a_missing_version_is_not_found(desk: Desk) -> None:
    for number in (0, -1, 2, 2_147_483_647):
        answer = desk.server.ask("query ($n: Int!) { policyVersion(number: $n) { name } }", role="admin", n=number)
        assert answer.code == "NOT_FOUND"
        diff = "query ($n: Int!) { policyDiff(from: 1, to: $n) { changes { text } } }"
        assert desk.server.ask(diff, role="admin", n=number).code == "NOT_FOUND"


def test_pages_of_versions_are_bounded(desk: Desk) -> None:
    for _ in range(3):
        desk.draft()
    ask = "query ($f: Int!, $b: Int) { policyVersions(first: $f, before: $b) { number } }"
    numbers = desk.server.ask(ask, role="admin", f=2, b=4).data["policyVersions"]
    assert [each["number"] for each in numbers] == [3, 2]
    for senseless in (0, -1, 201):
        assert desk.server.ask(ask, role="admin", f=senseless).code == "INVALID_PAGE"


def test_a_draft_that_is_no_policy_is_kept_and_never_activated(desk: Desk) -> None:
    number = desk.draft("[roles.admin]\nlabel = \n")
    answer = desk.change("policyValidate", number=number)
    (problem,) = answer.data["policyValidate"]["userErrors"]
    assert problem["code"] == "INVALID_POLICY"
    assert problem["path"] == ["document"]
    assert "line 2" in problem["message"]
    code, message = desk.refused("policyActivate", number=number, revision=1, replaces=1, note="x")
    assert code == "INVALID_POLICY"
    assert "line 2" in message
    diff = desk.server.ask(f"{{ policyDiff(from: 1, to: {number}) {{ changes {{ text }} }} }}", role="admin")
    assert diff.code == "BAD_USER_INPUT"


def test_what_is_refused_is_data(desk: Desk) -> None:
    number = desk.draft()
    activate = {"number": number, "revision": 1, "replaces": 1, "note": "x"}
    assert desk.refused("policyActivate", **activate | {"note": " "})[0] == "REQUIRED"
    assert desk.refused("policyActivate", **activate | {"revision": 2})[0] == "CONFLICT"
    assert desk.refused("policyActivate", **activate | {"replaces": 9})[0] == "CONFLICT"
    assert desk.refused("policyActivate", **activate | {"number": 9})[0] == "NOT_FOUND"
    assert desk.refused("policyActivate", **activate | {"number": 1})[0] == "NOT_A_DRAFT"
    assert desk.refused("policyRollback", number=number, replaces=1, note="x")[0] == "NEVER_ACTIVE"
    assert desk.refused("policyDraftUpdate", number=number, revision=1, document="a\0")[0] == "INVALID_TEXT"
    assert desk.refused("policyDraftUpdate", number=number, revision=1, document="#" * 200_001)[0] == "TOO_LONG"
    assert desk.refused("policyDraftCreate", name="")[0] == "REQUIRED"


def test_mutations_cannot_be_sent_by_get(desk: Desk) -> None:
    desk.draft()
    before = desk.everything()
    token = desk.server.token("admin")
    text = (
        'mutation { policyActivate(input: {number: 2, revision: 1, replaces: 1, note: "x"}) { userErrors { code } } }'
    )
    response = desk.server.client.get("/graphql", params={"query": text}, headers={"authorization": f"Bearer {token}"})
    assert response.status_code in {200, 405}
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert desk.everything() == before


def test_a_difference_is_told_and_counted(desk: Desk) -> None:
    number = desk.draft()
    query = """query ($n: Int!) { policyDiff(from: 1, to: $n) {
        from { number } to { number }
        changes { role type scope aspect what before after text }
        effects { role type category fields before after rows people text } } }"""
    diff = desk.server.ask(query, role="admin", n=number).data["policyDiff"]
    assert diff["from"]["number"] == 1
    changed = {(each["role"], each["type"], each["scope"], each["aspect"]) for each in diff["changes"]}
    assert ("sales", "Customer", "own", "READ_LEVEL") in changed
    assert {each["role"] for each in diff["changes"]} == {"sales", "sales_manager", "director"}
    assert {(each["what"], each["before"], each["after"]) for each in diff["changes"]} == {
        ("contact_info", "CLEAR", "MASKED")
    }
    effects = {(each["role"], each["type"]): each for each in diff["effects"]}
    owned = desk.server.rows.one(
        """SELECT count(DISTINCT c.id) FROM crm_customer c
        JOIN identity_roleassignment a ON a.user_id = c.owner_id AND a.role = 'sales'
        JOIN identity_user u ON u.id = a.user_id AND u.is_active WHERE c.deleted_at IS NULL"""
    )
    sales = effects["sales", "Customer"]
    assert (sales["before"], sales["after"], sales["rows"]) == ("CLEAR", "MASKED", owned)
    assert "phone" in sales["fields"]
    assert f"{owned:,} Customer rows" in sales["text"]
    everything = desk.server.rows.one("SELECT count(*) FROM crm_customer WHERE deleted_at IS NULL")
    directors = desk.server.rows.one("SELECT count(*) FROM identity_roleassignment WHERE role = 'director'")
    assert effects["director", "Customer"]["rows"] == everything
    assert effects["director", "Customer"]["people"] == directors


def test_rows_that_come_and_go_are_counted_once(desk: Desk) -> None:
    document = default_document().replace(
        'scopes = ["pool"]\nactions = ["read", "claim"]', 'scopes = ["pool"]\nactions = ["claim"]'
    )
    assert document != default_document()
    number = desk.draft(document)
    query = "query ($n: Int!) { policyDiff(from: 1, to: $n) { effects { role type fields before after rows text } } }"
    effects = desk.server.ask(query, role="admin", n=number).data["policyDiff"]["effects"]
    (lost,) = [each for each in effects if each["type"] == "Customer" and not each["fields"]]
    pooled = desk.server.rows.one(
        "SELECT count(*) FROM crm_customer WHERE pool_status = 'in_pool' AND deleted_at IS NULL"
    )
    assert (lost["role"], lost["before"], lost["after"]) == ("sales", "CLEAR", "ABSENT")
    assert 0 < lost["rows"] <= pooled
    assert lost["text"].startswith("sales lose sight of")


def test_no_difference_is_none(desk: Desk) -> None:
    number = desk.draft(f"{default_document()}\n# a comment\n")
    query = "query ($n: Int!) { policyDiff(from: 1, to: $n) { changes { text } effects { text } } }"
    assert desk.server.ask(query, role="admin", n=number).data["policyDiff"] == {"changes": [], "effects": []}


def test_an_auditor_sees_what_changed_but_no_counts(desk: Desk) -> None:
    number = desk.draft(STRICT)
    assert desk.server.ask(f"{{ policyDiff(from: 1, to: {number}) {{ changes {{ text }} }} }}", role="auditor").data
    counted = desk.server.ask(f"{{ policyDiff(from: 1, to: {number}) {{ effects {{ text }} }} }}", role="auditor")
    assert counted.code == "GRAPHQL_VALIDATION_FAILED"
