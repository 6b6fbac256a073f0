"""What the engine needs to answer an operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from permissions.principal import Principal
from permissions.view import View
from schema.engine.cursors import CursorCodec
from schema.engine.documents import Document
from schema.engine.pool import ReadPool


@dataclass(slots=True)
class EngineContext:
    """One operation: who asks, their view, and where rows come from.

    `started` turns true when validation has passed; `access` gathers what `extensions.access` will say.
    """

    principal: Principal
    view: View
    codec: CursorCodec
    pool: ReadPool
    document: Document | None = None
    started: bool = False
    access: dict[str, Mapping[str, Any]] = field(default_factory=dict)
