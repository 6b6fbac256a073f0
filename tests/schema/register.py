"""What a running server puts on record of its answers, looked up past the graph."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from backend.database import BASE_DIR
from tests.schema.graph import Answer
from tests.schema.serving import Server

PATIENCE_SECONDS = 30
# What everybody sees in clear who sees customers at all is on record, so that what came before it is, too.
_MARKER = "{ customers(first: 1, filter: {phone: {isNull: false}}) { nodes { phone } } }"
_NUMBERS = count(1)
Entry = tuple[str, tuple[str, ...], tuple[str, ...], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was answered, and the id it was sent under."""

    answer: Answer
    request_id: str
    query: str

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        assert self.answer.errors == []
        return self.answer.data


@dataclass(frozen=True, slots=True)
class Recorded:
    """One stored read record, its entries as (type, fields, categories, global ids)."""

    columns: Mapping[str, Any]
    entries: tuple[Entry, ...]


_COLUMNS = (
    "id", "principal_kind", "principal_id", "roles", "client", "ip", "request_id", "operation", "document_hash",
    "purpose", "policy_version",
)  # fmt: skip


@dataclass(slots=True)
class Register:
    """A server, and where it keeps its journals."""

    server: Server
    folder: Path

    def ask(
        self, query: str, *, role: str | None = "director", purpose: str | None = None, name: str | None = None,
        largest_status: int = 499, **variables: Any,
    ) -> Asked:  # fmt: skip
        """POST a query under a request id of its own."""
        request_id = f"r-{os.getpid()}-{next(_NUMBERS)}"
        headers = {"x-request-id": request_id, "user-agent": "prism-tests/1"}
        if role is not None:
            headers["authorization"] = f"Bearer {self.server.token(role)}"
        body: dict[str, Any] = {"query": query, "variables": variables, "operationName": name}
        if purpose is not None:
            body["extensions"] = {"purpose": purpose}
        response = self.server.client.post("/graphql", json=body, headers=headers)
        return Asked(Answer(response, largest_status=largest_status), request_id, query)

    def settle(self) -> None:
        """Return when all that was answered before is stored: records of one process keep their order."""
        marker = self.ask(_MARKER)
        assert marker.data["customers"]["nodes"][0]["phone"]
        self.until(lambda: bool(self.stored(marker.request_id)))

    def until(self, holds: Callable[[], bool]) -> None:
        """Look until it holds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline

    def records(self, asked: Asked) -> list[Recorded]:
        """Return what is on record of a request."""
        self.settle()
        return self.stored(asked.request_id)

    def record(self, asked: Asked) -> Recorded:
        """Return the one record of a request."""
        (record,) = self.records(asked)
        assert record.columns["document_hash"] == hashlib.sha256(asked.query.encode()).hexdigest()
        return record

    def stored(self, request_id: str) -> list[Recorded]:
        """Return what is stored of a request by now."""
        sql = f"SELECT {', '.join(_COLUMNS)} FROM audit_auditread WHERE request_id = %s ORDER BY sequence"  # noqa: S608
        found = [dict(zip(_COLUMNS, row, strict=True)) for row in self.server.rows.all(sql, request_id)]
        return [Recorded(columns, tuple(self._entries(columns["id"]))) for columns in found]

    def _entries(self, key: Any) -> Iterator[Entry]:
        sql = (
            "SELECT type, fields, categories, row_ids FROM audit_auditreadentry WHERE read_id = %s "
            "ORDER BY type, fields, row_ids"
        )
        for type_, fields, categories, row_ids in self.server.rows.all(sql, key):
            assert len(set(row_ids)) == len(row_ids)
            yield type_, tuple(fields), tuple(categories), frozenset(f"{type_}_{each}" for each in row_ids)

    def manage(self, *arguments: str, status: int = 0) -> str:
        """Run a management command on the server's database and journals, and return what it prints."""
        env = os.environ | {"DATABASE_URL": self.server.rows.url, "PRISM_VAR": str(self.folder)}
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, env=env, cwd=BASE_DIR, check=False, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        return done.stdout
