"""A read record as a line of a journal: a checksum, a space, JSON, a line feed.

A line cut short by a crash lacks its line feed; a line altered on the disk fails its checksum.
"""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

import orjson

from backend.audit.errors import AuditUnavailable, UnreadableRecordError
from backend.audit.records import ReadEntry, ReadRecord
from backend.audit.text import storable

# The first member of each line. Journals left by an older version of Prism are read by the version in them.
_FORMAT = 1
_KEY = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEYS = re.compile(f"{_KEY}(,{_KEY})*")
_HEX = b"0123456789abcdef"


def encode_line(record: ReadRecord) -> bytes:
    """Return the line for `record`.

    Raises: AuditUnavailable for a record the database would refuse: what cannot be stored must not be answered.
    """
    if not all(_look_like_keys(entry.row_ids) for entry in record.entries):
        raise AuditUnavailable("a row without a key cannot be put on record")
    members = (
        _FORMAT, record.id, record.at, record.principal_kind, record.principal_id, record.roles,
        storable(record.client), storable(record.ip), storable(record.request_id), storable(record.operation),
        storable(record.document_hash), storable(record.purpose), record.policy_version,
        [(each.type, each.fields, each.categories, each.row_ids) for each in record.entries],
    )  # fmt: skip
    content = orjson.dumps(members, option=orjson.OPT_NAIVE_UTC)
    return b"%08x %b\n" % (crc32(content), content)


def decode_line(line: bytes) -> ReadRecord:
    """Return the record of a line.

    Raises: UnreadableRecordError, which does not repeat the line.
    """
    checksum, content = line[:9], line[9:-1]
    if line[-1:] != b"\n" or checksum != b"%08x " % crc32(content):
        raise UnreadableRecordError("cut short, or altered")
    try:
        return _record(orjson.loads(content))
    except (ValueError, TypeError) as error:
        raise UnreadableRecordError(type(error).__name__) from None


def _record(members: Sequence[Any]) -> ReadRecord:
    version, key, at, kind, principal_id, roles, client, ip, request, operation, document, purpose, policy, rest = (
        members
    )
    if version != _FORMAT:
        raise ValueError("a format of another version")
    return ReadRecord(
        id=uuid.UUID(key),
        at=datetime.fromisoformat(at),
        principal_kind=kind,
        principal_id=None if principal_id is None else uuid.UUID(principal_id),
        roles=tuple(roles),
        client=client,
        ip=ip,
        request_id=request,
        operation=operation,
        document_hash=document,
        purpose=purpose,
        policy_version=policy,
        entries=tuple(_entry(*each) for each in rest),
    )


def _entry(type_: str, fields: list[str], categories: list[str], row_ids: list[str]) -> ReadEntry:
    if row_ids and not _KEYS.fullmatch(",".join(row_ids)):
        raise ValueError("a row without a key")
    return ReadEntry(type_, tuple(fields), tuple(categories), tuple(row_ids))


def _look_like_keys(row_ids: Sequence[str]) -> bool:
    """Whether each is 36 characters, four hyphens and else hexadecimal: all there is time for before an answer."""
    if not row_ids:
        return True
    hyphens = ",".join(row_ids).encode().translate(None, _HEX)
    return hyphens == (b"----," * len(row_ids))[:-1] and set(map(len, row_ids)) == {36}
