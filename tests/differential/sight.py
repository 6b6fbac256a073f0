"""What a principal sees, decided row by row from the policy's grants: no view is compiled, no proof is needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from permissions.categories import Sensitive
from permissions.policy import Denial, Grant, Policy
from permissions.predicates import Always, AnyOf, Except, Has, Is, IsConstant, Linked, Never, Predicate, Revealed
from permissions.principal import Principal, PrincipalValue
from permissions.resources import Action, Level, Resource
from permissions.scopes import PARTS, SCOPES
from tests.differential.rows import World, is_live


@dataclass(frozen=True)
class Sight:
    """One principal's sight of one world under one policy."""

    policy: Policy
    principal: Principal
    world: World

    def sees(self, resource: Resource, row: Any) -> bool:
        """Whether the principal sees a row: some grant to read holds it, no denial does, and it is not deleted."""
        if row is None or not is_live(row):
            return False
        if resource in PARTS:
            path, whole = PARTS[resource]
            return self.sees(whole, self.world.along(row, [path]))
        readable = (grant for grant in self._grants(resource) if Action.READ in grant.actions)
        denials = (denial for denial in self._denials(resource) if Action.READ in denial.actions)
        return self._token_allows(resource) and self._any_holds(readable, row) and not self._any_holds(denials, row)

    def level(self, resource: Resource, row: Any, column: str, sensitive: Sensitive) -> Level:
        """Return the level of one cell: the highest any grant gives on this row, unless a denial takes it away."""
        if resource in PARTS:
            path, whole = PARTS[resource]
            return self.level(whole, self.world.along(row, [path]), column, sensitive)
        denials = (denial for denial in self._denials(resource) if sensitive.category in denial.categories)
        if self._any_holds(denials, row):
            return Level.ABSENT
        return max(
            (
                grant.level(sensitive.category, column)
                for grant in self._grants(resource)
                if Action.READ in grant.actions and self._any_holds([grant], row)
            ),
            default=Level.ABSENT,
        )

    def may_reveal(self, resource: Resource, column: str, sensitive: Sensitive) -> bool:
        """Whether some grant lets the principal ask for masked values of a column."""
        whole = PARTS[resource][1] if resource in PARTS else resource
        return self.principal.token_scopes is None and any(
            {Action.READ, Action.REVEAL} <= grant.actions and grant.level(sensitive.category, column) is Level.MASKED
            for grant in self._grants(whole)
        )

    def holds(self, predicate: Predicate, row: Any) -> bool:
        """Whether a predicate holds on a row. A missing value equals nothing."""
        match predicate:
            case Always():
                return True
            case Never():
                return False
            case Is(path, value):
                return self._equals(self._at(row, path), value)
            case IsConstant(path, constant):
                return bool(self._at(row, path) == constant)
            case Linked(relation, column, value):
                return any(self._equals(getattr(link, column), value) for link in self._linked(row, relation))
            case Has(relation):
                return any(is_live(link) for link in self._linked(row, relation))
            case AnyOf(alternatives):
                return any(self.holds(each, row) for each in alternatives)
            case Except(base, excluded):
                return self.holds(base, row) and not self.holds(excluded, row)
            case Revealed():
                # Nothing is revealed to anybody in these worlds.
                return False

    def _any_holds(self, row_sets: Iterable[Grant | Denial], row: Any) -> bool:
        return any(self.holds(SCOPES[each.resource][each.scope], row) for each in row_sets)

    def _grants(self, resource: Resource) -> list[Grant]:
        roles = [self.policy.roles[name] for name in self.principal.roles if name in self.policy.roles]
        return [grant for role in roles for grant in role.grants if grant.resource is resource]

    def _denials(self, resource: Resource) -> list[Denial]:
        roles = [self.policy.roles[name] for name in self.principal.roles if name in self.policy.roles]
        return [denial for role in roles for denial in role.denials if denial.resource is resource]

    def _token_allows(self, resource: Resource) -> bool:
        scopes = self.principal.token_scopes
        plural = "opportunities" if resource is Resource.OPPORTUNITY else f"{resource.value}s"
        return scopes is None or f"{plural}:read" in scopes

    def _at(self, row: Any, path: str) -> Any:
        *steps, column = path.split(".")
        holder = self.world.along(row, steps)
        return None if holder is None else getattr(holder, column)

    def _linked(self, row: Any, relation: str) -> list[Any]:
        *steps, name = relation.split(".")
        holder = self.world.along(row, steps)
        return [] if holder is None else self.world.related(holder, name)

    def _equals(self, stored: Any, value: PrincipalValue) -> bool:
        match value:
            case PrincipalValue.USER_ID:
                wanted = [self.principal.user_id]
            case PrincipalValue.PARTNER_ID:
                wanted = [self.principal.partner_id]
            case PrincipalValue.TEAM_IDS:
                wanted = list(self.principal.team_ids)
        return stored is not None and stored in wanted
