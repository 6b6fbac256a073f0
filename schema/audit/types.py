"""What records call a type of the graph, and what the graph calls what is on record."""

import re
import uuid

from strawberry import ID
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from permissions.resources import Resource
from schema.relay import encode_id

_VERSION = "PolicyVersion"
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def type_of(resource: str) -> str:
    """Return the type a record of a change speaks of: `follow_up` is FollowUp, `policy` a PolicyVersion."""
    if resource == Resource.POLICY:
        return _VERSION
    if not _WORD.fullmatch(resource):
        return resource
    camel = to_camel_case(resource)
    return f"{camel[0].upper()}{camel[1:]}"


def resource_of(type_name: str) -> str:
    """Return how records of changes call a type."""
    return Resource.POLICY.value if type_name == _VERSION else to_snake_case(type_name)


def row_id_of(type_name: str, key: uuid.UUID | str) -> ID:
    """Return the id of a row that is on record: opaque, and good for `node` where the asker sees the row."""
    return ID(encode_id(type_name, uuid.UUID(str(key))))
