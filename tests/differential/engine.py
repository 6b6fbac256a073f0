"""The graph's application in this process, asked without a socket, and the cursors it gave."""

import asyncio
import gc
import json
from types import TracebackType
from typing import Any, Self

from asgiref.sync import sync_to_async
from django.db import connections

from permissions.policy import Policy
from permissions.principal import Principal
from permissions.view import View
from schema.origin import Origin
from schema.transport.app import GraphApp
from schema.transport.requests import GraphRequest
from tests.differential.nouns import global_id
from tests.differential.operations import CursorNeed

_OWNERS = {
    "StageChange": ("opportunities", "stageHistory"),
    "ApprovalStep": ("contracts", "approvalSteps"),
}
ORIGIN = Origin("the comparison", "", "")
_EDGES = "edges { cursor node { id } }"


class Engine:
    """A running graph application, for tests that are not coroutines."""

    def __init__(self, policy: Policy) -> None:
        self.app = GraphApp(policy)
        self._runner = asyncio.Runner()
        self._cursors: dict[tuple[Any, ...], dict[str, str]] = {}

    def __enter__(self) -> Self:
        self.run(self.app.startup())
        # A server's heap is settled after the start; that of a test process is not.
        gc.unfreeze()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(self.app.shutdown())
        # Principals are looked up in a thread of their own, which has its own connection.
        self.run(sync_to_async(connections.close_all)())
        self._runner.close()

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine in the application's loop."""
        return self._runner.run(coroutine)

    def view(self, principal: Principal) -> tuple[View, str]:
        """Return what the application compiled for a principal: the view, and the SDL of their schema."""
        schemas = self.run(self.app._schemas.current())
        view, schema = schemas.get(principal.roles, principal.token_scopes)
        return view, schema.as_str()

    def ask(
        self, principal: Principal, document: str, variables: dict[str, Any], operation_name: str | None
    ) -> dict[str, Any]:
        """Return the answer, its keys in the order they were sent, none of them twice."""
        request = GraphRequest(document, variables, operation_name)
        _, body = self.run(self.app._execute(request, principal, ORIGIN, "POST"))
        answer: dict[str, Any] = json.loads(body, object_pairs_hook=_object)
        return answer

    def cursor(self, principal: Principal, need: CursorNeed) -> str:
        """Return the cursor of a row in a list the principal has read."""
        listing = (principal, need.type_name, need.order)
        if listing not in self._cursors:
            self._cursors[listing] = self._read(principal, need)
        return self._cursors[listing][global_id(need.type_name, need.key)]

    def _read(self, principal: Principal, need: CursorNeed) -> dict[str, str]:
        order = ", ".join(f"{{{name}: {direction}}}" for name, direction in need.order)
        arguments = f"(first: 500, orderBy: [{order}])"
        listed = f"{arguments} {{ {_EDGES} }}"
        if need.type_name in _OWNERS:
            owners, parts = _OWNERS[need.type_name]
            document = f"{{ owners: {owners}(first: 500) {{ nodes {{ list: {parts}{listed} }} }} }}"
            lists = [each["list"] for each in self.ask(principal, document, {}, None)["data"]["owners"]["nodes"]]
        else:
            document = f"{{ list: {_plural(need.type_name)}{listed} }}"
            lists = [self.ask(principal, document, {}, None)["data"]["list"]]
        return {edge["node"]["id"]: edge["cursor"] for each in lists for edge in each["edges"]}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a key twice in one object: {names}"
    return dict(pairs)


def _plural(type_name: str) -> str:
    name = f"{type_name[0].lower()}{type_name[1:]}"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
