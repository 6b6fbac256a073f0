"""What an operation knows: who asks, their view, and what the engine needs to answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strawberry.types import Info

from permissions.policy import Role
from permissions.principal import Principal
from permissions.view import View
from schema.engine.cursors import CursorCodec
from schema.engine.documents import Document
from schema.engine.pool import ReadPool


@dataclass(slots=True)
class PrismContext:
    """One operation's context.

    `started` turns true when validation has passed; `access` gathers what `extensions.access` will say.
    """

    principal: Principal
    view: View
    roles: tuple[Role, ...]
    codec: CursorCodec
    pool: ReadPool
    document: Document | None = None
    started: bool = False
    access: dict[str, Mapping[str, Any]] = field(default_factory=dict)


PrismInfo = Info[PrismContext, None]
