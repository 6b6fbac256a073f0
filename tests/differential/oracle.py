"""The graph once more, in the plainest way: graphql-core's own execution over Python objects, a resolver a field.

Nothing of schema/ is used but the text of the principal's SDL, so what both answer alike is right for two reasons.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    build_schema,
    execute_sync,
    get_named_type,
    is_enum_type,
    parse,
    validate,
)

from permissions.masks import apply_mask
from permissions.principal import PrincipalKind
from permissions.resources import Level
from tests.differential.nouns import (
    LINKED,
    MANY,
    NOUNS,
    SUBJECTS,
    Order,
    global_id,
    sensitive_of,
    snake,
    stored,
    written,
)
from tests.differential.pages import Listing, Page, cut
from tests.differential.sight import Sight

_GLOBAL_ID = re.compile(r"([A-Za-z]+)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True)
class Row:
    """A row as a node of the graph."""

    type_name: str
    row: Any


@dataclass(frozen=True)
class List:
    """A page of rows as a connection of the graph."""

    listing: Listing
    page: Page


def _error(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def _not_found() -> GraphQLError:
    return _error("NOT_FOUND", "There is no such object, or you may not see it.")


class Oracle:
    """Answers operations as one principal."""

    def __init__(self, sight: Sight, sdl: str) -> None:
        self.sight, self.world = sight, sight.world
        self.schema = build_schema(sdl)
        # The engine's cursors that operations may use, and the places they stand for.
        self.places: dict[str, tuple[str, Order, uuid.UUID]] = {}

    def ask(self, document: str, variables: Mapping[str, Any], operation_name: str | None) -> dict[str, Any]:
        """Return the answer, as the specification formats it."""
        ast = parse(document)
        refused = validate(self.schema, ast)
        assert not refused, f"{document}\n{refused}"
        result = execute_sync(
            self.schema,
            ast,
            variable_values=dict(variables),
            operation_name=operation_name,
            field_resolver=self._resolve,
            type_resolver=lambda value, *_: value.type_name,
        )
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        return answer

    def visible(self, type_name: str) -> list[Any]:
        """Return the rows of a type that the principal sees."""
        facts = NOUNS[type_name]
        return [row for row in self.world.all(facts.model) if self.sight.sees(facts.resource, row)]

    def node(self, type_name: str, key: uuid.UUID | None) -> Row | None:
        """Return a row as a node, if the principal sees it."""
        facts = NOUNS[type_name]
        row = self.world.row(facts.model, key)
        return Row(type_name, row) if self.sight.sees(facts.resource, row) else None

    def cell(self, source: Row, field: str) -> Any:
        """Return one value at its level: clear, masked or withheld."""
        value, sensitive = stored(source.type_name, field, source.row), sensitive_of(source.type_name, field)
        if sensitive is None:
            return value
        match self._level(source, field):
            case Level.CLEAR:
                return value
            case Level.MASKED:
                return apply_mask(sensitive.mask, value)
            case _:
                return None

    # ── Resolvers ───────────────────────────────────────────────────────────
    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        match source:
            case None:
                return self._root(info, arguments)
            case Row():
                return self._field(source, info, arguments)
            case List():
                return self._of_list(source, info.field_name)
            case _:
                return source[info.field_name]

    def _root(self, info: GraphQLResolveInfo[Any], arguments: Mapping[str, Any]) -> Any:
        named = get_named_type(info.return_type).name
        match info.field_name:
            case "viewer":
                return self._viewer
            case "node":
                return self._looked_up(*split_id(arguments["id"]))
            case "nodes":
                return [self.node(*split_id(each)) or _not_found() for each in arguments["ids"]]
            case _ if named in NOUNS:
                return self._looked_up(*split_id(arguments["id"], expected=named))
            case _:
                target = named.removesuffix("Connection")
                return self._list(target, self.visible(target), arguments)

    def _looked_up(self, type_name: str, key: uuid.UUID) -> Row:
        found = self.node(type_name, key)
        if found is None:
            raise _not_found()
        return found

    def _field(self, source: Row, info: GraphQLResolveInfo[Any], arguments: Mapping[str, Any]) -> Any:
        named = get_named_type(info.return_type)
        match info.field_name:
            case "id":
                return global_id(source.type_name, source.row.pk)
            case "maskedFields":
                return self._masked_fields(source)
            case "about":
                return self._about(source.row)
            case field if named.name == "Money":
                amount = self.cell(source, field)
                money = {"amount": written(amount), "currency": source.row.currency}
                return None if amount is None else money
            case field if isinstance(named, GraphQLObjectType):
                if named.name in NOUNS:
                    return self.node(named.name, getattr(source.row, f"{snake(field)}_id"))
                return self._relation(source, field, named.name.removesuffix("Connection"), arguments)
            case field:
                value = written(self.cell(source, field))
                return value.upper() if is_enum_type(named) and value is not None else value

    def _relation(self, source: Row, field: str, target: str, arguments: Mapping[str, Any]) -> List:
        facts = NOUNS[target]
        if (source.type_name, field) in MANY:
            model, foreign_key = MANY[source.type_name, field]
            rows = self.world.pointing(model, foreign_key, source.row.pk)
        else:
            links, here, there = LINKED[source.type_name, field]
            keys = [getattr(link, there) for link in self.world.pointing(links, here, source.row.pk)]
            rows = [self.world.row(facts.model, key) for key in keys]
        return self._list(target, [row for row in rows if self.sight.sees(facts.resource, row)], arguments)

    def _list(self, target: str, rows: list[Any], arguments: Mapping[str, Any]) -> List:
        asked = tuple(key for entry in arguments.get("orderBy") or () for key in entry.items())

        def is_clear(field: str, row: Any) -> bool:
            sensitive = sensitive_of(target, field)
            level = sensitive and self.sight.level(NOUNS[target].resource, row, snake(field), sensitive)
            return level is None or level is Level.CLEAR

        listing = Listing(target, asked or NOUNS[target].default_order, is_clear)
        places = [self._place(listing, arguments.get(name)) for name in ("after", "before")]
        return List(listing, cut(listing, rows, arguments, *places))

    def _place(self, listing: Listing, cursor: str | None) -> Any:
        if cursor is None:
            return None
        type_name, order, key = self.places[cursor]
        assert (type_name, order) == (listing.type_name, listing.order), "a cursor was drawn for another list"
        return self.world.row(NOUNS[type_name].model, key)

    def _of_list(self, source: List, field: str) -> Any:
        listing, page = source.listing, source.page
        nodes = [Row(listing.type_name, row) for row in page.rows]
        cursors = [listing.cursor(row) for row in page.rows]
        return {
            "nodes": nodes,
            "edges": [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, cursors, strict=True)],
            "pageInfo": {
                "hasNextPage": page.has_next,
                "hasPreviousPage": page.has_previous,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
            "totalCount": page.total,
            "totalCountIsCapped": False,
        }[field]

    def _about(self, task: Any) -> Row | None:
        for column, type_name in SUBJECTS:
            if getattr(task, column) is not None:
                return self.node(type_name, getattr(task, column))
        return None

    def _masked_fields(self, source: Row) -> list[str]:
        fields: Any = self.schema.type_map[source.type_name]
        gated = [field for field in fields.fields if sensitive_of(source.type_name, field) is not None]
        return [field for field in gated if self._level(source, field) is not Level.CLEAR]

    def _level(self, source: Row, field: str) -> Level:
        sensitive = sensitive_of(source.type_name, field)
        assert sensitive is not None
        return self.sight.level(NOUNS[source.type_name].resource, source.row, snake(field), sensitive)

    @cached_property
    def _viewer(self) -> dict[str, Any]:
        principal, roles = self.sight.principal, self.sight.policy.roles
        known = [roles[name] for name in sorted(principal.roles) if name in roles]
        return {
            "isAuthenticated": principal.kind is not PrincipalKind.ANONYMOUS,
            "kind": principal.kind.name,
            "roles": [{"name": role.name, "label": role.label} for role in known],
            "tokenScopes": None if principal.token_scopes is None else sorted(principal.token_scopes),
            "user": self.node("User", principal.user_id),
        }


def split_id(text: str, *, expected: str | None = None) -> tuple[str, uuid.UUID]:
    """Return the type and the key in a global id, refusing what is none."""
    match = _GLOBAL_ID.fullmatch(text)
    if match is None or (expected is None and match[1] not in NOUNS):
        raise _error("INVALID_ID", "This is not an id of this graph.")
    if expected is not None and match[1] != expected:
        raise _error("INVALID_ID", f"This is not the id of a {expected}.")
    return match[1], uuid.UUID(match[2])
