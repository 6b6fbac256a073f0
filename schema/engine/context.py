"""What the engine needs to answer an operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.vault.keyring import Keyring, keyring
from permissions.principal import Principal
from permissions.view import View
from schema.engine.cursors import CursorCodec, with_cursors
from schema.engine.documents import Document
from schema.engine.plan import Plan
from schema.engine.pool import ReadPool
from schema.engine.sealed import Reads, finished


@dataclass(slots=True)
class EngineContext:
    """One operation: who asks, their view, and where rows come from.

    `started` turns true when validation has passed; `access` gathers what `extensions.access` will say, `reads` what
    is given in clear.
    """

    principal: Principal
    view: View
    codec: CursorCodec
    pool: ReadPool
    document: Document | None = None
    started: bool = False
    access: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    reads: Reads = field(default_factory=Reads)
    keyring: Keyring = field(default_factory=keyring)

    def finished(self, raw: bytes, plan: Plan) -> bytes:
        """Return a plan's answer as the principal gets it: values opened or masked, cursors signed."""
        self.reads.note(*plan.notes)
        body = finished(raw, plan.sites, self.reads, self.keyring)
        return with_cursors(body, plan.cursors, self.codec, self.reads)
