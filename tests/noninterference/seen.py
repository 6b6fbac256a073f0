"""The oracle: a principal's view of a world as one value. Worlds with equal values must give equal answers.

Built row by row from the policy's grants (`tests.differential.sight`) and the committed SDL: nothing of the engine.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from graphql import GraphQLSchema, build_schema, get_named_type, is_leaf_type

from backend.database import BASE_DIR
from permissions.categories import Sensitive
from permissions.masks import apply_mask
from permissions.policy import Grant, Policy
from permissions.principal import Principal
from permissions.resources import Action, Level, Resource
from permissions.scopes import PARTS, SCOPES, Scope
from tests.differential.nouns import LINKED, MANY, NOUNS, SUBJECTS, sensitive_of, snake, stored
from tests.differential.rows import World
from tests.differential.sight import Sight

Seen = dict[tuple[str, Any], tuple[Any, ...]]


@cache
def full_schema() -> GraphQLSchema:
    """Return the schema of everything there is, as committed."""
    return build_schema((BASE_DIR / "schema" / "schema.graphql").read_text(encoding="utf-8"))


@cache
def fields_of(type_name: str) -> dict[str, str]:
    """Return a node type's fields, each with the name of its type; `scalar` for leaves."""
    fields: Any = full_schema().type_map[type_name]
    return {
        name: "scalar" if is_leaf_type(get_named_type(each.type)) else get_named_type(each.type).name
        for name, each in fields.fields.items()
        if name not in {"id", "maskedFields"}
    }


@dataclass(frozen=True)
class Cell:
    """A gated cell: what is shown of it, whether that is all of it, and whether it may be asked about."""

    shown: Any
    is_clear: bool
    may_ask: bool
    summed: Any


class Eyes:
    """One principal's eyes on one world under one policy."""

    def __init__(self, policy: Policy, principal: Principal, world: World) -> None:
        self.policy, self.principal, self.world = policy, principal, world
        self.sight = Sight(policy, principal, world)
        self._visible: dict[str, dict[Any, Any]] = {}

    def visible(self, type_name: str) -> dict[Any, Any]:
        """Return the rows of a type that are seen, by key."""
        known = self._visible.get(type_name)
        if known is None:
            facts = NOUNS[type_name]
            rows = self.world.all(facts.model)
            known = self._visible[type_name] = {row.pk: row for row in rows if self.sight.sees(facts.resource, row)}
        return known

    @cached_property
    def seen(self) -> Seen:
        """Everything seen."""
        return {
            (type_name, pk): (
                self._memberships(type_name, row),
                *(self._field(type_name, name, kind, row) for name, kind in fields_of(type_name).items()),
            )
            for type_name in NOUNS
            for pk, row in self.visible(type_name).items()
        }

    def _memberships(self, type_name: str, row: Any) -> frozenset[Scope]:
        """Return which scopes of the principal's own grants and denials hold a row: `explainAccess` tells."""
        resource = NOUNS[type_name].resource
        if resource in PARTS:
            path, resource = PARTS[resource]
            row = self.world.along(row, [path])
        named: list[Any] = [*self.sight._grants(resource), *self.sight._denials(resource)]
        scopes = {each.scope for each in named}
        return frozenset(scope for scope in scopes if self.sight.holds(SCOPES[resource][scope], row))

    def absent_types(self) -> list[str]:
        """Return the types of which no row can be seen: no grant reads them, or no token scope does."""
        return [
            type_name
            for type_name, facts in NOUNS.items()
            if not self._readable(facts.resource) or not self._token_allows(facts.resource)
        ]

    def _token_allows(self, resource: Resource) -> bool:
        return self.sight._token_allows(PARTS[resource][1] if resource in PARTS else resource)

    def absent_fields(self) -> list[tuple[str, str]]:
        """Return the gated fields, by type, that no grant shows on any row, clear, masked or in sums."""
        return [
            (type_name, name)
            for type_name, facts in NOUNS.items()
            for name in fields_of(type_name)
            if (sensitive := sensitive_of(type_name, name)) is not None
            and not any(self._shows(grant, sensitive, snake(name)) for grant in self._readable(facts.resource))
        ]

    def _readable(self, resource: Resource) -> list[Grant]:
        whole = PARTS[resource][1] if resource in PARTS else resource
        return [grant for grant in self.sight._grants(whole) if Action.READ in grant.actions]

    def _shows(self, grant: Grant, sensitive: Sensitive, column: str) -> bool:
        summed = sensitive.category in grant.aggregable and grant.fields.get(column) is not Level.ABSENT
        return summed or grant.level(sensitive.category, column) is not Level.ABSENT

    def _field(self, type_name: str, name: str, kind: str, row: Any) -> Any:
        if kind == "Money":
            cell = self.cell(type_name, name, row)
            # Without an amount there is no money, and so no currency.
            return cell, row.currency if cell.shown is not None or cell.summed is not None else None
        if kind == "scalar":
            return (
                stored(type_name, name, row)
                if sensitive_of(type_name, name) is None
                else self.cell(type_name, name, row)
            )
        if kind == "TaskSubject":
            return self._about(row)
        if kind in NOUNS:
            pk = getattr(row, f"{snake(name)}_id")
            return pk if pk in self.visible(kind) else None
        return self._related(type_name, name, kind.removesuffix("Connection"), row)

    def cell(self, type_name: str, name: str, row: Any) -> Cell:
        """Return a gated cell as it is seen."""
        sensitive = sensitive_of(type_name, name)
        assert sensitive is not None
        resource, column, value = NOUNS[type_name].resource, snake(name), stored(type_name, name, row)
        level = self.sight.level(resource, row, column, sensitive)
        may_ask = level is Level.CLEAR and self._may_ask(resource, column, sensitive, row)
        summed = value if self.is_summed(type_name, name, row) else None
        if level is Level.CLEAR:
            return Cell(value, True, may_ask, summed)
        return Cell(apply_mask(sensitive.mask, value) if level is Level.MASKED else None, False, False, summed)

    def is_summed(self, type_name: str, name: str, row: Any) -> bool:
        """Whether the policy counts the value in sums, and some group could be large enough to show it."""
        return len(self.visible(type_name)) >= self.policy.smallest_group and self.may_sum(type_name, name, row)

    def may_sum(self, type_name: str, name: str, row: Any) -> bool:
        """Whether the policy counts the value in sums of groups that are large enough."""
        sensitive = sensitive_of(type_name, name)
        assert sensitive is not None
        column = snake(name)
        return self._some_grant(
            NOUNS[type_name].resource,
            sensitive,
            row,
            lambda grant: sensitive.category in grant.aggregable and grant.fields.get(column) is not Level.ABSENT,
        )

    def _may_ask(self, resource: Resource, column: str, sensitive: Sensitive, row: Any) -> bool:
        return self._some_grant(
            resource,
            sensitive,
            row,
            lambda grant: (
                sensitive.category not in grant.unfilterable and grant.level(sensitive.category, column) is Level.CLEAR
            ),
        )

    def _some_grant(self, resource: Resource, sensitive: Sensitive, row: Any, fits: Any) -> bool:
        """Whether a grant to read that fits holds the row, and no denial of the category does."""
        if resource in PARTS:
            path, resource = PARTS[resource]
            row = self.world.along(row, [path])
        sight = self.sight
        denials = [each for each in sight._denials(resource) if sensitive.category in each.categories]
        grants: list[Grant] = [each for each in sight._grants(resource) if Action.READ in each.actions and fits(each)]
        return sight._any_holds(grants, row) and not sight._any_holds(denials, row)

    def _about(self, row: Any) -> Any:
        for column, type_name in SUBJECTS:
            pk = getattr(row, column)
            if pk is not None:
                return (type_name, pk) if pk in self.visible(type_name) else None
        return None

    def _related(self, type_name: str, name: str, target: str, row: Any) -> tuple[Any, ...]:
        visible = self.visible(target)
        if (type_name, name) in MANY:
            model, foreign_key = MANY[type_name, name]
            keys = {each.pk for each in self.world.pointing(model, foreign_key, row.pk)}
        else:
            links, here, there = LINKED[type_name, name]
            keys = {getattr(link, there) for link in self.world.pointing(links, here, row.pk)}
        return tuple(sorted(pk for pk in keys if pk in visible))
