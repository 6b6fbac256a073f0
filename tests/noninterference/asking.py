"""Asks both worlds the same, in process, and keeps count."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from types import SimpleNamespace, TracebackType
from typing import Any, Self
from unittest.mock import patch

from graphql import GraphQLSchema

from permissions.policy import Policy
from permissions.principal import Principal
from schema.engine import cursors
from schema.origin import Origin
from schema.transport.app import GraphApp
from schema.transport.requests import GraphRequest, HttpError
from tests.noninterference.stores import SIDE, Side, TwinPool
from tests.noninterference.worlds import Change

# Cursors say in which hour they were made: time stands still, so that an hour's end is no difference.
_NOON = 1_780_000_000.0
ORIGIN = Origin("the proof", "", "")


class InterferenceError(AssertionError):
    """Two worlds that look alike to a principal gave different answers, to `requests` if they can be sent again."""

    def __init__(self, message: str, requests: "Mapping[Side, Request] | None" = None) -> None:
        super().__init__(message)
        self.requests = requests


@dataclass(frozen=True)
class Request:
    """A request, without the credential."""

    document: str
    variables: Mapping[str, Any] = field(default_factory=dict)


class Asker:
    """A graph application that reads from two worlds."""

    def __init__(self, urls: dict[Side, str]) -> None:
        self.pool = TwinPool(urls)
        self.pairs = 0
        self.codes: Counter[str] = Counter()
        self._runner = asyncio.Runner()
        self._clock = patch.object(cursors, "time", SimpleNamespace(time=lambda: _NOON))

    def __enter__(self) -> Self:
        self._clock.start()
        self._runner.run(self.pool.open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self.pool.close())
        self._runner.close()
        self._clock.stop()

    def app(self, policy: Policy) -> GraphApp:
        """Return an application under a policy."""
        app = GraphApp(policy)
        app._pool = self.pool
        app._keyring = self.pool.keys
        return app

    def schema(self, app: GraphApp, principal: Principal) -> GraphQLSchema:
        """Return the schema the application projects for a principal."""
        projected: GraphQLSchema = self._runner.run(_projected(app, principal))
        return projected

    def become(self, changes: dict[Side, Sequence[Change]]) -> None:
        """Make the two worlds what they should be."""
        self._runner.run(self.pool.become(changes))

    def ask(self, app: GraphApp, principal: Principal, requests: Mapping[Side, Request]) -> dict[Side, bytes]:
        """Return both answers' bytes."""
        self.pairs += 1
        return self._runner.run(_ask_both(app, principal, requests))


async def _projected(app: GraphApp, principal: Principal) -> Any:
    found: Any = app._context(principal)
    _, schema = await found if isawaitable(found) else found
    return schema._schema


async def _ask_both(app: GraphApp, principal: Principal, requests: Mapping[Side, Request]) -> dict[Side, bytes]:
    answers = await asyncio.gather(*(_ask(app, principal, side, request) for side, request in requests.items()))
    return dict(zip(requests, answers, strict=True))


async def _ask(app: GraphApp, principal: Principal, side: Side, request: Request) -> bytes:
    SIDE.set(side)
    try:
        status, body = await app._execute(
            GraphRequest(request.document, dict(request.variables), None), principal, ORIGIN, "POST"
        )
    except HttpError as error:
        return f"{error.status} {error.code} {error}".encode()
    return f"{status} ".encode() + body
