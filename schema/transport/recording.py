"""What an answer gave in clear goes on record before it leaves. See docs/adr/0014."""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from backend.audit.actors import Origin
from backend.audit.records import ReadEntry, ReadRecord
from backend.models import new_id
from permissions.principal import Principal
from schema.engine.notes import Note
from schema.engine.sealed import Reads, Site, row_key
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


def _entries(reads: Reads) -> Iterator[ReadEntry]:
    """Join what was read of the same rows of one type, as the fields of one list are."""
    cells: dict[tuple[str, tuple[bytes, ...]], list[Site]] = {}
    for site, keys in reads.rows.items():
        if keys:
            # The same row can stand in an answer many times.
            cells.setdefault((site.type_name, tuple(dict.fromkeys(keys))), []).append(site)
    for (type_name, rows), sites in cells.items():
        yield _entry(type_name, sites, [str(row_key(key)) for key in rows])
    noted: dict[tuple[str, tuple[uuid.UUID, ...]], list[Note]] = {}
    for note, keys_of in reads.notes.items():
        noted.setdefault((note.type_name, tuple(keys_of)), []).append(note)
    for (type_name, about), notes in noted.items():
        yield _entry(type_name, notes, map(str, about))


def _entry(type_name: str, read: Sequence[Site] | Sequence[Note], rows: Iterable[str]) -> ReadEntry:
    fields = tuple(sorted({each.field_name for each in read}))
    categories = tuple(sorted({each.category.name for each in read if each.category is not None}))
    return ReadEntry(type_name, fields, categories, tuple(rows))
