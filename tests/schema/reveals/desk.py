"""Several people at their desks, over HTTP in process: each asks as themselves, in the roles they have just now."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from asgiref.sync import sync_to_async
from django.db import connection, connections

from backend.audit.models import AuditRead, AuditReadEntry
from backend.identity.models import RoleAssignment
from backend.identity.principals import PrincipalDirectory
from backend.identity.tokens import Subject, SubjectKind, issue_token
from permissions.policy import Policy, default_document, parse_policy
from schema.transport.app import GraphApp
from tests.matrix.world import MatrixWorld

# What everybody of these tests may select; with identity numbers where they are part of the asker's graph.
PLAIN, WITH_IDENTITY = "mobile phone", "mobile phone idNumber birthday"


def reveal_text(select: str = PLAIN) -> str:
    """Return the mutation that reveals."""
    node = f"node {{ id ... on Contact {{ {select} maskedFields }} }}"
    payload = f"{{ {node} expiresAt remainingToday userErrors {{ code path message }} }}"
    return f"mutation ($input: RevealInput!) {{ reveal(input: $input) {payload} }}"


def read_text(select: str = PLAIN) -> str:
    """Return the query that reads one contact."""
    return f"query ($id: ID!) {{ node(id: $id) {{ id ... on Contact {{ {select} maskedFields }} }} }}"


REQUEST = "request { id state fields reason note requester { name } decidedBy { name } node { id } }"
PAYLOAD = f"{{ {REQUEST} expiresAt userErrors {{ code path }} }}"
MOBILE, ID_NUMBER = "+8613912345678", "11010119900101123X"
MASKED_MOBILE, MASKED_ID_NUMBER = "139****5678", "1****************X"


def policy_with(*changes: tuple[str, str]) -> Policy:
    """Return the shipped policy with some of its text replaced."""
    text = default_document()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_policy(text)


# Identity takes a second person at the director's desk.
_DIRECTOR = '[[roles.director.grants]]\nresources = ["customer", '
APPROVAL = (_DIRECTOR, _DIRECTOR.replace("resources", 'approval = ["identity"]\nresources'))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP."""

    response: httpx.Response

    @property
    def body(self) -> Any:
        """The answer as JSON."""
        return self.response.json()

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.body
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        """The codes of the errors of the operation."""
        return [error["extensions"]["code"] for error in self.body["errors"]]


class Desks:
    """The application, and the people of the matrix's world."""

    def __init__(self, world: MatrixWorld, policy: Policy) -> None:
        self.world = world
        self.app = GraphApp(policy)
        self.runner = asyncio.Runner()
        transport = httpx.ASGITransport(app=self.app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://graph.test")
        self.runner.run(self.app.startup())
        # A server's heap is settled after the start; that of a test process is not.
        gc.unfreeze()

    def close(self) -> None:
        """Disconnect from everything."""
        self.runner.run(self._client.aclose())
        self.runner.run(self.app.shutdown())
        self.runner.run(sync_to_async(connections.close_all)())
        self.runner.close()

    def give(self, **roles: str) -> None:
        """Give people roles, in place of those they have: `me="sales support"`."""
        self.commit(lambda: self._give(roles))
        # What was known of them may have changed.
        self.app._directory = PrincipalDirectory()

    def commit(self, write: Callable[[], Any]) -> None:
        """Run a write in the application's own thread, outside the test's transaction."""
        self.runner.run(sync_to_async(write)())

    def _give(self, roles: Mapping[str, str]) -> None:
        for person, names in roles.items():
            user = self.world.people[person]
            RoleAssignment.objects.filter(user=user).delete()
            RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in names.split())

    async def send(self, person: str, query: str, **variables: Any) -> Reply:
        """Send an operation as somebody, or as the partner's server."""
        kind, key = SubjectKind.USER, (self.world.people[person].pk if person != "partner" else self.world.partner.pk)
        if person == "partner":
            kind = SubjectKind.PARTNER
        token = issue_token(Subject(kind, key), lifetime=timedelta(minutes=5))
        headers = {"authorization": f"Bearer {token}", "user-agent": "a test", "x-request-id": "request-1"}
        body = {"query": query, "variables": variables}
        return Reply(await self._client.post("/graphql", json=body, headers=headers))

    def ask(self, person: str, query: str, **variables: Any) -> Reply:
        """Send an operation and wait for the answer."""
        return self.runner.run(self.send(person, query, **variables))

    def reveal(
        self,
        person: str,
        global_id: str,
        *fields: str,
        reason: str = "to call back",
        select: str = PLAIN,
        key: str = "",
    ) -> Any:
        """Reveal, and return the payload."""
        given = {"id": global_id, "fields": list(fields), "reason": reason, "idempotencyKey": key or None}
        return self.ask(person, reveal_text(select), input=given).data["reveal"]

    def code(self, person: str, global_id: str, *fields: str, **more: str) -> str:
        """Reveal, and return why not; `DONE` when it was."""
        payload = self.reveal(person, global_id, *fields, **more)
        if not payload["userErrors"]:
            return "DONE"
        assert payload["node"] is None
        assert payload["expiresAt"] is None
        return str(payload["userErrors"][0]["code"])

    def read(self, person: str, global_id: str, select: str = PLAIN) -> Any:
        """Read a row as somebody sees it now."""
        return self.ask(person, read_text(select), id=global_id).data["node"]

    def call(self, person: str, mutation: str, **given: Any) -> Any:
        """Send a mutation about a request, and return its payload."""
        kind = "RevealRequestInput!" if mutation == "revealRequest" else "RevealDecisionInput!"
        text = f"mutation ($input: {kind}) {{ {mutation}(input: $input) {PAYLOAD} }}"
        return self.ask(person, text, input=given).data[mutation]

    def clear_reads(self) -> list[Mapping[str, Any]]:
        """Return what is on record of clear reads, the oldest first."""
        assert self.runner.run(self.app._drain.settle())
        return [
            {"operation": read.operation, "who": read.principal_id, "fields": entry.fields, "rows": entry.row_ids}
            for read in AuditRead.objects.order_by("sequence")
            for entry in AuditReadEntry.objects.filter(read=read).order_by("position")
        ]


def forget() -> None:
    """Empty what is kept of reveals and of the audit, which the application never does."""
    tables = "reveals_revealgrant, reveals_revealrequest, reveals_revealattempt, reveals_alert"
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}, audit_auditread, audit_auditreadentry, audit_auditchange")
