"""What an answer gave in clear goes on record before it leaves. See docs/adr/0014."""

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from backend.audit.actors import Origin
from backend.audit.records import ReadEntry, ReadRecord
from backend.models import new_id
from permissions.categories import Category
from permissions.principal import Principal
from schema.engine.sealed import Reads
from schema.transport.requests import GraphRequest

LONGEST_CLIENT = 200
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def origin_of(headers: Mapping[str, str], address: tuple[str, int] | None, operation: str = "") -> Origin:
    """Return a request's origin. The client's own request id is taken where it is fit to be written down."""
    given = headers.get("x-request-id", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())
    client = headers.get("user-agent", "")[:LONGEST_CLIENT]
    return Origin(client, address[0] if address else "", request_id, operation)


def read_record(
    reads: Reads, request: GraphRequest, principal: Principal, origin: Origin, policy_version: str
) -> ReadRecord | None:
    """Return the record of an answer; None where nothing in it was clear that has to be recorded."""
    entries = tuple(_entries(reads))
    if not entries:
        return None
    return ReadRecord(
        id=new_id(),
        at=datetime.now(UTC),
        principal_kind=principal.kind.value,
        principal_id=principal.user_id or principal.partner_id,
        roles=tuple(sorted(principal.roles)),
        client=origin.client,
        ip=origin.ip,
        request_id=origin.request_id,
        operation=request.operation_name or "",
        document_hash=hashlib.sha256(request.query.encode()).hexdigest(),
        purpose=request.purpose,
        policy_version=policy_version,
        entries=entries,
    )


# What is joined into one entry: the fields, each with its category, that were read of the same rows of a type.
_Joined = dict[tuple[str, tuple[bytes, ...]], set[tuple[str, Category | None]]]


def _entries(reads: Reads) -> Iterator[ReadEntry]:
    """Join what was read of the same rows of one type, as the fields of one list are."""
    joined: _Joined = {}
    for site, keys in reads.rows.items():
        if keys:
            # The same row can stand in an answer many times.
            rows = tuple(dict.fromkeys(keys))
            joined.setdefault((site.type_name, rows), set()).add((site.field_name, site.category))
    for note in reads.notes:
        rows = tuple(key.hex.encode() for key in note.rows)
        joined.setdefault((note.type_name, rows), set()).add((note.field_name, note.category))
    for (type_name, rows), read in joined.items():
        fields = tuple(sorted({field for field, _ in read}))
        categories = tuple(sorted({category.name for _, category in read if category is not None}))
        yield ReadEntry(type_name, fields, categories, tuple(_row_id(key) for key in rows))


def _row_id(digits: bytes) -> str:
    return str(uuid.UUID(digits.decode()))
