"""Credentials that prove nothing, over a real server."""

import base64
import string
import uuid
from datetime import timedelta

import pytest

from backend.identity.principals import FRESH_SECONDS
from backend.identity.tokens import Subject, SubjectKind, issue_token
from tests.schema.graph import Answer
from tests.schema.serving import Server

VIEWER = "{ viewer { isAuthenticated kind } }"


def ask_with(server: Server, authorization: str | bytes) -> Answer:
    """Ask who one is, with a raw Authorization header."""
    headers = {b"authorization": authorization if isinstance(authorization, bytes) else authorization.encode("latin-1")}
    return Answer(server.client.post("/graphql", json={"query": VIEWER}, headers=headers))


def test_without_a_credential_one_is_anonymous_and_sees_only_that(server: Server) -> None:
    assert server.ask(VIEWER, role=None).data == {"viewer": {"isAuthenticated": False, "kind": "ANONYMOUS"}}
    for field in ("customers { nodes { id } }", "users { nodes { id } }", "tags { totalCount }"):
        answer = server.ask(f"{{ {field} }}", role=None)
        assert (answer.code, answer.data) == ("GRAPHQL_VALIDATION_FAILED", None)
        assert "Did you mean" not in answer.response.text
    known = server.rows.one("SELECT id FROM crm_customer LIMIT 1")
    node = "query($i: ID!) { node(id: $i) { id } nodes(ids: [$i]) { id } }"
    answers = [server.ask(node, role=None, i=f"Customer_{key}") for key in (known, uuid.uuid4())]
    assert answers[0].response.content == answers[1].response.content
    assert answers[0].data in ({"node": None, "nodes": [None]}, None)


def test_anonymous_introspection_names_nothing_of_the_domain(server: Server) -> None:
    answer = server.ask("{ __schema { types { name fields { name } } } }", role=None)
    assert answer.errors == []
    for word in ("Customer", "Payment", "creditLimit", "salary", "phone"):
        assert word not in answer.response.text


@pytest.mark.parametrize(
    "scheme",
    ["Basic dXNlcjpwYXNz", "Digest username=x", "Token x", "Bearer", "bearer", "Bearer\tx", "x" * 5000, ",",
     "Bearer a, Bearer b", "NotBearer TOKEN", "Negotiate YII"],
)  # fmt: skip
def test_another_scheme_or_no_token_is_unauthenticated(server: Server, scheme: str) -> None:
    answer = ask_with(server, scheme.replace("TOKEN", server.token("director")))
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert answer.response.headers["www-authenticate"] == "Bearer"


def test_an_empty_authorization_is_not_taken_for_anonymous(server: Server) -> None:
    assert ask_with(server, "").status == 401


def test_a_token_altered_anywhere_is_unauthenticated(server: Server) -> None:
    token = server.token("director")
    assert ask_with(server, f"bearer {token}").data["viewer"]["kind"] == "USER"
    for place in range(0, len(token), 3):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        answer = ask_with(server, f"Bearer {altered}")
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("character", [*string.punctuation, " ", "\xe9", "\xff"], ids=repr)
def test_a_token_with_strange_characters_is_unauthenticated(server: Server, character: str) -> None:
    token = server.token("director")
    altered = token[:40] + character + token[41:]
    if altered != token:
        assert ask_with(server, f"Bearer {altered}".encode("latin-1")).code == "UNAUTHENTICATED"


def test_an_expired_token_says_so_and_a_forged_one_does_not(server: Server) -> None:
    expired = server.rows.token("director", timedelta(seconds=-1))
    answer = ask_with(server, f"Bearer {expired}")
    assert (answer.status, answer.code) == (401, "TOKEN_EXPIRED")
    body = base64.urlsafe_b64decode(expired)
    forged = base64.urlsafe_b64encode(body[:-1] + bytes([body[-1] ^ 1])).decode()
    assert ask_with(server, f"Bearer {forged}").code == "UNAUTHENTICATED"


@pytest.mark.parametrize("kind", SubjectKind)
def test_a_genuine_token_for_nobody_is_unauthenticated(server: Server, kind: SubjectKind) -> None:
    token = issue_token(Subject(kind, uuid.uuid4()), lifetime=timedelta(hours=1))
    assert ask_with(server, f"Bearer {token}").code == "UNAUTHENTICATED"


def test_a_users_token_does_not_serve_as_a_partners(server: Server) -> None:
    user = server.rows.subject("director")
    token = issue_token(Subject(SubjectKind.PARTNER, user.id), lifetime=timedelta(hours=1))
    assert ask_with(server, f"Bearer {token}").code == "UNAUTHENTICATED"


@pytest.mark.parametrize(("role", "table"), [("auditor", "identity_user"), ("partner", "identity_partnerclient")])
def test_a_deactivated_account_is_unauthenticated_within_a_second(server: Server, role: str, table: str) -> None:
    subject = server.rows.subject(role)
    authorization = f"Bearer {server.token(role)}"
    assert ask_with(server, authorization).data["viewer"]["isAuthenticated"] is True
    switch = {
        "identity_user": "UPDATE identity_user SET is_active = %s WHERE id = %s",
        "identity_partnerclient": "UPDATE identity_partnerclient SET is_active = %s WHERE id = %s",
    }[table]
    server.rows.write(switch, False, subject.id)
    try:
        refused = wait_for(server, authorization, 401)
        assert (refused.code, refused.data) == ("UNAUTHENTICATED", None)
    finally:
        server.rows.write(switch, True, subject.id)
    assert wait_for(server, authorization, 200).data["viewer"]["isAuthenticated"] is True


def wait_for(server: Server, authorization: str, status: int) -> Answer:
    """Ask until the answer has a status, for little longer than a principal may be kept."""
    spent = 0.0
    while True:
        answer = ask_with(server, authorization)
        spent += answer.response.elapsed.total_seconds()
        if answer.status == status:
            return answer
        assert spent < 2 * FRESH_SECONDS, answer.body
