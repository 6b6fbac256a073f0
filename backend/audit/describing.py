"""A change in words: what of a row was before and is after, without a gated value in clear."""

import uuid
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

import orjson

from backend.audit.canonical import Value
from backend.audit.fingerprints import fingerprint
from permissions.categories import Sensitive
from permissions.masks import apply_mask


# Invariant: of a field in `sensitive`, nothing enters the result but its mask and its fingerprint.
def describe_change(
    before: Mapping[str, object], after: Mapping[str, object], sensitive: Mapping[str, Sensitive], *, key: bytes
) -> dict[str, Value]:
    """Return `{field: {"before": …, "after": …}}` for the fields that differ, fit for JSON.

    A row that is created has an empty `before`, one that is erased an empty `after`; a field that is missing is null
    there. A field in `sensitive` is described as `{"masked": …, "fingerprint": …}`.
    """
    names = dict.fromkeys([*before, *after])
    return {
        name: {
            "before": _described(before.get(name), sensitive.get(name), key),
            "after": _described(after.get(name), sensitive.get(name), key),
        }
        for name in names
        if before.get(name) != after.get(name)
    }


def _described(value: object, sensitive: Sensitive | None, key: bytes) -> Value:
    if value is None or sensitive is None:
        return _plain(value)
    masked = _plain(apply_mask(sensitive.mask, value))
    return {"masked": masked, "fingerprint": fingerprint(_text(value), key=key)}


def _text(value: object) -> str:
    """Return a value as the one text of all values equal to it: 1.5 and 1.50 have the same fingerprint."""
    match value:
        case str():
            return value
        case Decimal():
            return format(value.normalize(), "f")
    return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS).decode()


def _plain(value: object) -> Value:
    """Return a value as JSON holds it: decimals, dates and keys as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return format(value, "f")
        case date() | time():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case list() | tuple() | set() | frozenset():
            members = [_plain(each) for each in value]
            return sorted(members, key=str) if isinstance(value, set | frozenset) else members
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
    raise TypeError(f"a {type(value).__name__} cannot be described in a change")
