"""A view: a policy compiled for a set of roles. Nothing is decided per row or per request but by looking it up here."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from permissions.categories import Category, Sensitive
from permissions.errors import PolicyError
from permissions.policy import Denial, Grant, Policy
from permissions.predicates import NEVER, Predicate, any_of, covers, through, without
from permissions.resources import Action, Level, Resource
from permissions.revealing import RevealRule, RevealSettings
from permissions.scopes import PARTS, SCOPES


class CellLevel(StrEnum):
    """What a principal may expect of a field over all the rows they see."""

    CLEAR = "CLEAR"
    VARIES = "VARIES"
    MASKED = "MASKED"
    ABSENT = "ABSENT"


@dataclass(frozen=True, slots=True)
class CellRule:
    """On which of the visible rows a field is clear, and on which masked. On the rest it is withheld: null.

    On rows where `revealed` holds it is shown clear for the time being. Nothing else counts it as clear: the level is
    what it is without reveals, and no filter, order or sum learns of it.
    """

    level: CellLevel
    clear: Predicate
    masked_elsewhere: bool
    masked: Predicate
    revealed: Predicate = NEVER


_CLEAR = CellRule(CellLevel.CLEAR, NEVER, masked_elsewhere=False, masked=NEVER)


@dataclass(frozen=True)
class ResourceView:
    """One resource as a principal sees it."""

    # Invariant: rows and cell levels come from the same grants. A cell is clear on a row only if a grant that contains
    # the row says so, and no denial that contains the row takes it away.

    resource: Resource
    grants: tuple[Grant, ...]
    denials: tuple[Denial, ...]
    path: str = ""

    @cached_property
    def rows(self) -> Predicate:
        """The rows the principal sees."""
        return self.rows_for(Action.READ)

    def rows_for(self, action: Action) -> Predicate:
        """Return the rows on which the principal may take `action`."""
        allowed = self._union(grant for grant in self.grants if action in grant.actions)
        denied = self._union(denial for denial in self.denials if action in denial.actions)
        return without(allowed, denied)

    def allows(self, action: Action) -> bool:
        """Whether the principal may take `action` on any row at all."""
        return self.rows_for(action) != NEVER

    def cell(self, column: str, sensitive: Sensitive | None, *, filtering: bool = False) -> CellRule:
        """Return the rule for one column. A plain column is clear wherever its row is visible.

        With `filtering`, the rule for questions about the column: a grant that lets a category be read, but nothing be
        asked about it, counts for nothing.
        """
        if sensitive is None:
            return _CLEAR
        readable = [
            grant
            for grant in self.grants
            if Action.READ in grant.actions and not (filtering and sensitive.category in grant.unfilterable)
        ]
        denied = self._union(denial for denial in self.denials if sensitive.category in denial.categories)

        def rows_at(*levels: Level) -> Predicate:
            chosen = (grant for grant in readable if grant.level(sensitive.category, column) in levels)
            return without(self._union(chosen), denied)

        clear, masked = rows_at(Level.CLEAR), rows_at(Level.MASKED)
        return CellRule(
            level=self._level(clear, masked),
            clear=clear,
            masked_elsewhere=covers(rows_at(Level.CLEAR, Level.MASKED), self.rows),
            masked=masked,
            revealed=NEVER if filtering else self.reveal(column, sensitive).revealed(self.resource, column, self.rows),
        )

    def reveal(self, column: str, sensitive: Sensitive) -> RevealRule:
        """Return the rule by which masked values of one column are revealed."""
        category = sensitive.category
        grants = [
            grant
            for grant in self.grants
            if {Action.READ, Action.REVEAL} <= grant.actions and grant.level(category, column) is Level.MASKED
        ]
        denied = self._union(
            denial for denial in self.denials if Action.REVEAL in denial.actions or category in denial.categories
        )
        at_once = self._union(grant for grant in grants if category not in grant.approval)
        return RevealRule(without(at_once, denied), without(self._union(grants), denied))

    def summed(self, column: str, sensitive: Sensitive) -> Predicate:
        """Return the rows whose value counts in sums though it is hidden: it is seen in groups, not one by one."""
        allowed = self._union(
            grant
            for grant in self.grants
            if Action.READ in grant.actions
            and sensitive.category in grant.aggregable
            and grant.fields.get(column, Level.MASKED) is not Level.ABSENT
        )
        denied = self._union(denial for denial in self.denials if sensitive.category in denial.categories)
        return without(allowed, denied)

    def may_reveal(self, column: str, sensitive: Sensitive) -> bool:
        """Whether the principal may ask for a masked value of this column on some of the rows they see."""
        return self.reveal(column, sensitive).at_all != NEVER

    @cached_property
    def may_reveal_something(self) -> bool:
        """Whether the principal may ask for a masked value of some column."""
        columns = {"", *(column for grant in self.grants for column in grant.fields)}
        return any(self.may_reveal(column, Sensitive(category)) for category in Category for column in columns)

    def _level(self, clear: Predicate, masked: Predicate) -> CellLevel:
        if clear == NEVER and masked == NEVER:
            return CellLevel.ABSENT
        if clear == NEVER:
            return CellLevel.MASKED
        return CellLevel.CLEAR if covers(clear, self.rows) else CellLevel.VARIES

    def _union(self, row_sets: Iterable[Grant | Denial]) -> Predicate:
        predicate = any_of(SCOPES[each.resource][each.scope] for each in row_sets)
        return through(self.path, predicate) if self.path else predicate


@dataclass(frozen=True)
class View:
    """A policy compiled for one set of roles and token scopes. Principals with equal sets share it."""

    fingerprint: str
    resources: Mapping[Resource, ResourceView]
    roles: tuple[str, ...] = ()
    smallest_group: int = 5
    token_scopes: frozenset[str] | None = None
    reveal: RevealSettings = field(default_factory=RevealSettings)
    _rules: dict[tuple[Resource, str, bool], CellRule] = field(default_factory=dict, compare=False)

    def sees(self, resource: Resource) -> bool:
        """Whether any row of the resource can be visible; if not, the resource is no part of the principal's graph."""
        return resource in self.resources

    def may(self, resource: Resource, action: Action) -> bool:
        """Whether the principal may take `action` on some rows, by their roles and by their credential."""
        if resource not in self.resources or not _token_allows(resource, self.token_scopes, action):
            return False
        return self.resources[resource].allows(action)

    @property
    def may_reveal(self) -> bool:
        """Whether the principal may ask for masked values of some resource."""
        return any(each.may_reveal_something for each in self.resources.values())

    def rows(self, resource: Resource) -> Predicate:
        """Return the rows of `resource` the principal sees."""
        return self.resources[resource].rows if resource in self.resources else NEVER

    def cell(self, resource: Resource, column: str, sensitive: Sensitive | None) -> CellRule:
        """Return the rule for one column of a resource the view sees."""
        return self._rule(resource, column, sensitive, filtering=False)

    def filter_cell(self, resource: Resource, column: str, sensitive: Sensitive | None) -> CellRule:
        """Return the rule for filters, orders, groups and sums over one column."""
        return self._rule(resource, column, sensitive, filtering=True)

    def summed(self, resource: Resource, column: str, sensitive: Sensitive | None) -> Predicate:
        """Return the rows whose hidden value of a column counts in sums of groups large enough."""
        return NEVER if sensitive is None else self.resources[resource].summed(column, sensitive)

    def _rule(self, resource: Resource, column: str, sensitive: Sensitive | None, *, filtering: bool) -> CellRule:
        key = (resource, column, filtering)
        if key not in self._rules:
            self._rules[key] = self.resources[resource].cell(column, sensitive, filtering=filtering)
        return self._rules[key]


def compile_view(policy: Policy, roles: Iterable[str], token_scopes: frozenset[str] | None = None) -> View:
    """Compile what somebody with these roles and token scopes sees.

    A role the policy does not know gives nothing. With token scopes, only the resources they name for reading remain.
    """
    known = sorted(set(roles) & set(policy.roles))
    grants = [grant for name in known for grant in policy.roles[name].grants]
    if token_scopes is not None:
        # A credential with token scopes is a program's: nobody sits there who could say what a value is for.
        grants = [replace(grant, actions=grant.actions - {Action.REVEAL}) for grant in grants]
    denials = [denial for name in known for denial in policy.roles[name].denials]
    resources: dict[Resource, ResourceView] = {}
    for resource in SCOPES:
        view = ResourceView(resource, _of(resource, grants), _of(resource, denials))
        if view.rows != NEVER and _token_allows(resource, token_scopes):
            resources[resource] = view
    for part, (path, whole) in PARTS.items():
        if whole in resources:
            resources[part] = ResourceView(part, resources[whole].grants, resources[whole].denials, path)
    fingerprint = _fingerprint(policy, known, token_scopes)
    return View(fingerprint, resources, tuple(known), policy.smallest_group, token_scopes, policy.reveal)


def token_scope(resource: Resource, action: Action = Action.READ) -> str:
    """Return the token scope an action on a resource needs: `customers:read`, `opportunities:read`."""
    noun = PARTS[resource][1] if resource in PARTS else resource
    plural = f"{noun.value[:-1]}ies" if noun.value.endswith("y") else f"{noun.value}s"
    return f"{plural}:{action.value}"


def check_columns(policy: Policy, columns: Callable[[Resource], Mapping[str, Sensitive | None]]) -> None:
    """Refuse a policy that overrides a column which does not exist or is not classified.

    Raises: PolicyError naming the role, resource and column.
    """
    for role in policy.roles.values():
        for grant in role.grants:
            classified = columns(grant.resource)
            for column in grant.fields:
                if classified.get(column) is None:
                    raise PolicyError(f"role {role.name!r}: {grant.resource.value} has no gated field {column!r}")


def _of(resource: Resource, row_sets: list[Grant] | list[Denial]) -> tuple:  # type: ignore[type-arg]
    return tuple(each for each in row_sets if each.resource is resource)


def _token_allows(resource: Resource, token_scopes: frozenset[str] | None, action: Action = Action.READ) -> bool:
    return token_scopes is None or token_scope(resource, action) in token_scopes


def _fingerprint(policy: Policy, roles: list[str], token_scopes: frozenset[str] | None) -> str:
    scopes = None if token_scopes is None else sorted(token_scopes)
    return hashlib.sha256(repr((policy.version, roles, scopes)).encode()).hexdigest()[:32]
