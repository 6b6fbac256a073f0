"""A policy: roles, each a list of grants and denials. Read from TOML, checked whole before anything uses it."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from permissions.categories import Category
from permissions.errors import PolicyError
from permissions.resources import Action, Level, Resource
from permissions.revealing import RevealSettings, parse_reveal
from permissions.scopes import SCOPES, Scope

_POLICIES = Path(__file__).parent / "policies"
_Name = TypeVar("_Name", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to act on the rows of one resource in one scope, with a level for each category of field.

    `fields` overrides the category for single fields, by column name. What is not named is ABSENT. Categories in
    `unfilterable` are read at their level, but nothing may be asked about them: no filter, order, group or sum. Values
    of categories in `aggregable` count in sums and averages of groups large enough, though not seen one by one. To
    reveal categories in `approval` takes a second person.
    """

    resource: Resource
    scope: Scope
    actions: frozenset[Action]
    levels: Mapping[Category, Level]
    fields: Mapping[str, Level]
    unfilterable: frozenset[Category] = frozenset()
    aggregable: frozenset[Category] = frozenset()
    approval: frozenset[Category] = frozenset()

    def level(self, category: Category, column: str) -> Level:
        """Return the level of one field on the rows of this grant."""
        return self.fields.get(column, self.levels.get(category, Level.ABSENT))


@dataclass(frozen=True, slots=True)
class Denial:
    """What no grant of any role of the principal can give: actions, or categories of fields, on rows in a scope."""

    resource: Resource
    scope: Scope
    actions: frozenset[Action]
    categories: frozenset[Category]


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of grants and denials."""

    name: str
    label: str
    grants: tuple[Grant, ...]
    denials: tuple[Denial, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may see and do what, in one version.

    `smallest_group` is the least number of rows in a group of an aggregate over values seen only in sums.
    """

    version: str
    roles: Mapping[str, Role]
    smallest_group: int = 5
    reveal: RevealSettings = field(default_factory=RevealSettings)


def parse_policy(text: str) -> Policy:
    """Read a policy from TOML.

    Raises: PolicyError naming the role and the first thing in it that does not exist.
    """
    try:
        document = tomllib.loads(text)
    except ValueError as error:
        # Its own error names line and column; a number too long to be one is a plain ValueError.
        end = f"at line {text.count(chr(10)) + 1}, the end"
        raise PolicyError(f"the policy is not valid TOML: {error}".replace("at end of document", end)) from error
    except RecursionError as error:
        raise PolicyError("the policy is not valid TOML: it is nested too deeply") from error
    _refuse_unknown_keys("the policy", document, {"version", "roles", "smallest_group", "reveal"})
    roles = {name: _parse_role(name, body) for name, body in _table(document, "roles", "the policy").items()}
    smallest_group = document.get("smallest_group", 5)
    if not isinstance(smallest_group, int) or isinstance(smallest_group, bool) or smallest_group < 1:
        raise PolicyError("'smallest_group' must be a whole number from 1 on")
    reveal = parse_reveal(document.get("reveal", {}))
    return Policy(str(document.get("version", "")), roles, smallest_group, reveal)


@cache
def default_policy() -> Policy:
    """Return the policy Prism ships with (permissions/policies/default.toml)."""
    return parse_policy(default_document())


def default_document() -> str:
    """Return the text of the policy Prism ships with."""
    return (_POLICIES / "default.toml").read_text(encoding="utf-8")


def _parse_role(name: str, body: Any) -> Role:
    where = f"role {name!r}"
    if not isinstance(body, dict):
        raise PolicyError(f"{where} is not a table")
    _refuse_unknown_keys(where, body, {"label", "grants", "denials"})
    for key in ("grants", "denials"):
        entries = body.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise PolicyError(f"{where}: {key!r} must be a list of tables")
    return Role(
        name=name,
        label=str(body.get("label", name)),
        grants=tuple(each for entry in _tables(body, "grants", where) for each in _parse_grants(where, entry)),
        denials=tuple(each for entry in _tables(body, "denials", where) for each in _parse_denials(where, entry)),
    )


# In the order of a grant's fields.
_CATEGORY_LISTS = ("unfilterable", "aggregable", "approval")
_GRANT_KEYS = {"resources", "scopes", "actions", "levels", "fields", *_CATEGORY_LISTS}


def _parse_grants(where: str, entry: dict[str, Any]) -> list[Grant]:
    _refuse_unknown_keys(where, entry, _GRANT_KEYS)
    actions = frozenset(_names(Action, entry, "actions", where))
    levels = {
        _name(Category, category, where): _level(level, where)
        for category, level in _table(entry, "levels", where).items()
    }
    fields = {column: _level(level, where) for column, level in _table(entry, "fields", where).items()}
    more = [frozenset(_names(Category, entry, key, where, required=False)) for key in _CATEGORY_LISTS]
    if entry.get("approval") and Action.REVEAL not in actions:
        raise PolicyError(f"{where} asks approval for reveals that the grant does not give")
    return _each_row_set(where, entry, lambda on, scope: Grant(on, scope, actions, levels, fields, *more))


def _parse_denials(where: str, entry: dict[str, Any]) -> list[Denial]:
    _refuse_unknown_keys(where, entry, {"resources", "scopes", "actions", "categories"})
    actions = frozenset(_names(Action, entry, "actions", where, required=False))
    categories = frozenset(_names(Category, entry, "categories", where, required=False))
    return _each_row_set(where, entry, lambda on, scope: Denial(on, scope, actions, categories))


_RowSet = TypeVar("_RowSet")


def _each_row_set(where: str, entry: dict[str, Any], make: Callable[[Resource, Scope], _RowSet]) -> list[_RowSet]:
    resources, scopes = _names(Resource, entry, "resources", where), _names(Scope, entry, "scopes", where)
    for resource in resources:
        for scope in scopes:
            if scope not in SCOPES.get(resource, {}):
                raise PolicyError(f"{where}: resource {resource.value!r} has no scope {scope.value!r}")
    return [make(resource, scope) for resource in resources for scope in scopes]


def _refuse_unknown_keys(where: str, table: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(table) - known):
        raise PolicyError(f"{where} has an unknown entry {unknown[0]!r}")


def _table(table: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise PolicyError(f"{where}: {key!r} is not a table")
    return value


def _tables(table: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise PolicyError(f"{where}: {key!r} is not a list of tables")
    return value


def _names(
    enum: type[_Name], entry: Mapping[str, Any], key: str, where: str, *, required: bool = True
) -> tuple[_Name, ...]:
    values = entry.get(key, [])
    if not isinstance(values, list) or (required and not values):
        raise PolicyError(f"{where}: {key!r} must be a list with at least one name")
    return tuple(_name(enum, value, where) for value in values)


def _name(enum: type[_Name], value: object, where: str) -> _Name:
    try:
        return enum(str(value))
    except ValueError as error:
        raise PolicyError(f"{where} names an unknown {enum.__name__.lower()} {value!r}") from error


def _level(value: object, where: str) -> Level:
    try:
        return Level[str(value).upper()]
    except KeyError as error:
        raise PolicyError(f"{where} names an unknown level {value!r}") from error
