"""The schemas of the policy in force. A new version is taken up within a second, and no request waits for more than
its own schema.
"""

import asyncio
import gc
import logging
import time
from collections import OrderedDict

from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError
from graphql import GraphQLSchema

from backend.identity.principals import FRESH_SECONDS
from backend.policies.active import ActivePolicy, load_active
from permissions.errors import PolicyError
from permissions.policy import Policy
from permissions.view import View
from schema.schema import BUILDER, ProjectedSchema, SchemaCache

logger = logging.getLogger("prism.policy")

# Of the time a change may stay unnoticed, how much goes into preparing schemas for those who are asking now.
_WARMING_SHARE = 0.3
_SIMULATED = 2


class PolicyUnavailableError(Exception):
    """No policy has been read yet, and none can be read now: nobody can be told anything."""


class ActiveSchemas:
    """Knows the policy in force, as it was at most `fresh_seconds` ago, and the schemas made from it."""

    # Invariant: the policy a request gets was in force at some moment of the last `fresh_seconds`. A request keeps the
    # schema it began with. While the database cannot be read, the last policy that was read stays.

    def __init__(self, policy: Policy | None = None, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        """Follow the policy in force, or hold on to `policy`."""
        self._follows = policy is None
        self._schemas = None if policy is None else SchemaCache(policy)
        self._active: ActivePolicy | None = None
        self._fresh_seconds = fresh_seconds
        self._checked = float("-inf")
        self._check: asyncio.Task[None] | None = None
        self._is_failing = False
        self._simulated: OrderedDict[str, SchemaCache] = OrderedDict()
        self._whole: ProjectedSchema | None = None

    async def current(self) -> SchemaCache:
        """Return the schemas of the policy in force.

        Half-way through its time a policy is checked in the background; a request waits only when that came to nothing.
        Raises: PolicyUnavailableError.
        """
        age = time.monotonic() - self._checked if self._follows else 0.0
        if age >= self._fresh_seconds / 2:
            check = self._checking()
            if age >= self._fresh_seconds:
                await asyncio.shield(check)
        if self._schemas is None:
            raise PolicyUnavailableError
        return self._schemas

    async def projected(
        self, roles: frozenset[str], token_scopes: frozenset[str] | None, policy: Policy | None = None
    ) -> tuple[View, GraphQLSchema]:
        """Return what somebody with these roles sees under a policy, the one in force unless told."""
        schemas = await self.current()
        if policy is not None and policy.version != schemas.policy.version:
            schemas = self._simulated.setdefault(policy.version, SchemaCache(policy))
            if len(self._simulated) > _SIMULATED:
                self._simulated.popitem(last=False)
        view, schema = await schemas.ready(roles, token_scopes)
        return view, schema._schema  # noqa: SLF001  Strawberry keeps graphql-core's schema there

    async def whole(self) -> GraphQLSchema:
        """Return the schema of everything there is."""
        if self._whole is None:
            self._whole = await asyncio.get_running_loop().run_in_executor(BUILDER, ProjectedSchema, None)
        return self._whole._schema  # noqa: SLF001  Strawberry keeps graphql-core's schema there

    def _checking(self) -> "asyncio.Task[None]":
        if self._check is None or self._check.done():
            self._check = asyncio.ensure_future(self._refresh())
        return self._check

    async def _refresh(self) -> None:
        began = time.monotonic()
        try:
            active = await sync_to_async(load_active)(self._active)
        except (DatabaseError, InterfaceError, PolicyError) as error:
            self._report(error)
            return
        self._is_failing = False
        if self._active is None or active.policy.version != self._active.policy.version:
            self._schemas = await self._prepared(active.policy)
            _forget_the_frozen()
            logger.info("the policy in force is %s", active.policy.version)
        # After what was prepared is in place: a check that is cut short is made again.
        self._active, self._checked = active, began

    async def _prepared(self, policy: Policy) -> SchemaCache:
        """Return the schemas of a policy; those last asked for are made now, as many as time allows."""
        schemas = SchemaCache(policy)
        until = time.monotonic() + self._fresh_seconds * _WARMING_SHARE
        for audience in () if self._schemas is None else self._schemas.audiences():
            if time.monotonic() >= until:
                break
            await schemas.ready(*audience)
        return schemas

    def _report(self, error: Exception) -> None:
        if not self._is_failing:
            self._is_failing = True
            logger.error("the policy in force cannot be read: %s", type(error).__name__)


def _forget_the_frozen() -> None:
    """Free the schemas of the policy before: they lie among what the collector was told to leave alone."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
