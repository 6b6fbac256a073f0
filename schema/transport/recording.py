"""What an answer gave in clear goes on record before it leaves. See docs/adr/0014."""

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from backend.audit.records import ReadEntry, ReadRecord
from backend.models import new_id
from permissions.principal import Principal
from schema.engine.sealed import Reads, Site
from schema.origin import Origin
from schema.transport.requests import GraphRequest

LONGEST_CLIENT = 200
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def origin_of(headers: Mapping[str, str], address: tuple[str, int] | None) -> Origin:
    """Return a request's origin. The client's own request id is taken where it is fit to be written down."""
    given = headers.get("x-request-id", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())
    return Origin(headers.get("user-agent", "")[:LONGEST_CLIENT], address[0] if address else "", request_id)


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


def _entries(reads: Reads) -> Iterator[ReadEntry]:
    """Join the sites of one type that gave the same rows, as the fields of one list do."""
    joined: dict[tuple[str, tuple[bytes, ...]], list[Site]] = {}
    for site, keys in reads.rows.items():
        if keys:
            # The same row can stand in an answer many times.
            joined.setdefault((site.type_name, tuple(dict.fromkeys(keys))), []).append(site)
    for (type_name, rows), sites in joined.items():
        fields = tuple(sorted({site.field_name for site in sites}))
        categories = tuple(sorted({site.category.name for site in sites}))
        yield ReadEntry(type_name, fields, categories, tuple(_row_id(key) for key in rows))


def _row_id(digits: bytes) -> str:
    return str(uuid.UUID(digits.decode()))
