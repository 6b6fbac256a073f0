"""The application, asked as `me` in some roles, as the partner's server, or as nobody."""

import asyncio
import gc
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import httpx
from asgiref.sync import sync_to_async
from django.db import connections

from backend.identity.models import RoleAssignment, User
from backend.identity.principals import PrincipalDirectory
from backend.identity.tokens import Subject, SubjectKind, issue_token
from permissions.policy import Policy
from schema.transport.app import GraphApp
from tests.matrix.world import MatrixWorld

# Besides roles of `me`: who else may ask. The deactivated asker is `me` as a director whose account is closed.
PARTNER, ANONYMOUS, DEACTIVATED = "partner", "anonymous", "deactivated"


class Api:
    """Sends requests through the ASGI application. Role changes are committed as an administrator's would be."""

    def __init__(self, world: MatrixWorld, policy: Policy | None = None) -> None:
        self.world = world
        self._app = GraphApp(policy)
        self._runner = asyncio.Runner()
        self._given: tuple[frozenset[str], bool] | None = None
        transport = httpx.ASGITransport(app=self._app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://graph.test")
        self._runner.run(self._app.startup())
        # A server's heap is settled after the start; that of a test process is not.
        gc.unfreeze()

    def close(self) -> None:
        """Disconnect from everything."""
        self._runner.run(self._client.aclose())
        self._runner.run(self._app.shutdown())
        self.commit(connections.close_all)
        self._runner.close()

    def commit(self, write: Callable[[], Any]) -> None:
        """Run a write in the application's own thread, outside the test's transaction."""
        self._runner.run(sync_to_async(write)())
        # What was known of the asker may have changed.
        self._app._directory = PrincipalDirectory()

    def post(self, who: str, query: str, variables: dict[str, Any] | None = None) -> httpx.Response:
        """Send a query as roles of `me` (`sales`, `sales+support`), as the partner, as nobody, or deactivated."""
        headers = {"accept": "application/graphql-response+json", **self._credential(who)}
        content = {"query": query, "variables": variables or {}}
        response: httpx.Response = self._runner.run(self._client.post("/graphql", json=content, headers=headers))
        return response

    def data(self, who: str, query: str, variables: dict[str, Any] | None = None) -> Any:
        """Return the data of an answer without errors."""
        answer = self.post(who, query, variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def refusal(self, who: str, query: str) -> str:
        """Return the messages of a document refused before it ran."""
        response = self.post(who, query)
        answer = response.json()
        assert response.status_code == 400, answer
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
        assert set(answer) == {"errors"}
        return "\n".join(error["message"] for error in answer["errors"])

    def _credential(self, who: str) -> dict[str, str]:
        if who == ANONYMOUS:
            return {}
        if who == PARTNER:
            subject = Subject(SubjectKind.PARTNER, self.world.partner.pk)
        else:
            self._give(frozenset({"director"} if who == DEACTIVATED else who.split("+")), active=who != DEACTIVATED)
            subject = Subject(SubjectKind.USER, self.world.people["me"].pk)
        return {"authorization": f"Bearer {issue_token(subject, lifetime=timedelta(minutes=5))}"}

    def _give(self, roles: frozenset[str], *, active: bool) -> None:
        # Another application may have given others meanwhile, and this one may still remember those before.
        if not self._given == self.world.given == (roles, active):
            self.commit(lambda: _set_roles(self.world.people["me"], roles, active=active))
            self._given = self.world.given = (roles, active)


def _set_roles(user: User, roles: Iterable[str], *, active: bool) -> None:
    User.objects.filter(pk=user.pk).update(is_active=active)
    RoleAssignment.objects.filter(user=user).delete()
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in sorted(roles))


def suggested(message: str) -> set[str]:
    """Return the names an error message offers instead."""
    return set(re.findall(r"'(\w+)'", message.partition("Did you mean")[2].partition("?")[0]))
