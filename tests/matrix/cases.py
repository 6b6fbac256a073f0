"""The cases of the matrix, generated: who asks × noun × category, with the level the shipped policy gives."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from permissions.categories import Category, Sensitive
from permissions.policy import Grant, Policy, default_policy
from permissions.resources import Level, Resource
from permissions.view import CellLevel, View, compile_view
from schema.columns import cells_of
from schema.engine.fields import NOUNS, policy_name
from tests.matrix.api import ANONYMOUS, DEACTIVATED, PARTNER
from tests.matrix.world import PARTNER_SCOPES

RESOURCES: dict[str, Resource] = {noun.type_name: noun.resource for noun in NOUNS.all()}
ROLES = tuple(default_policy().roles)
# `wizard` is a role nobody defined.
STRANGERS = (ANONYMOUS, "wizard", DEACTIVATED)
# Sees every field of every noun, some of them masked: whoever is refused asks what the director is answered.
DIRECTOR = "director"
# A plain field of its own for each row of a noun: grouped by it, every row is a group.
OWN_NAMES = {"Customer": "name", "Contact": "name", "Opportunity": "name", "Contract": "number", "Payment": "position"}
# Sees what the director does, but nothing clear: no shipped role has every category masked on every row.
DIMMED = "dimmed"


@cache
def matrix_policy() -> Policy:
    """Return the shipped policy with one role more, which changes nothing for the others."""
    roles = default_policy().roles
    dimmed = replace(roles[DIRECTOR], name=DIMMED, grants=tuple(map(_dimmed, roles[DIRECTOR].grants)))
    return replace(default_policy(), version="matrix", roles={**roles, DIMMED: dimmed})


def _dimmed(grant: Grant) -> Grant:
    return replace(grant, levels={category: min(level, Level.MASKED) for category, level in grant.levels.items()})


@cache
def view_of(who: str) -> View:
    """Return what the policy lets somebody see."""
    # The policy knows no role by a stranger's name: they see nothing.
    return compile_view(matrix_policy(), [who], frozenset(PARTNER_SCOPES) if who == PARTNER else None)


def gated_fields(noun: str) -> dict[str, Sensitive]:
    """Return the classified fields of a noun, as they were declared."""
    cells = cells_of(RESOURCES[noun]).items()
    return {name: made_of.sensitive for name, made_of in cells if made_of.sensitive is not None}


def level_of(who: str, noun: str, field: str) -> CellLevel:
    """Return what somebody who sees a noun may expect of a gated field over all rows."""
    made_of = cells_of(RESOURCES[noun])[field]
    return view_of(who).cell(RESOURCES[noun], policy_name(made_of), made_of.sensitive).level


@dataclass(frozen=True)
class Case:
    """The fields of one category of one noun, as one asker meets them."""

    who: str
    noun: str
    category: Category

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field of the category, absent ones included."""
        gated = gated_fields(self.noun).items()
        return tuple(name for name, sensitive in gated if sensitive.category is self.category)

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields that are in the asker's schema."""
        return tuple(field for field in self.fields if self.level(field) is not CellLevel.ABSENT)

    def level(self, field: str) -> CellLevel:
        """Return the level of one field over all rows."""
        return level_of(self.who, self.noun, field)

    def __str__(self) -> str:
        return f"{self.who}-{self.noun}-{self.category.name}"


def _cases(who: str) -> Iterator[Case]:
    for noun, resource in RESOURCES.items():
        if view_of(who).sees(resource):
            categories = dict.fromkeys(sensitive.category for sensitive in gated_fields(noun).values())
            yield from (Case(who, noun, category) for category in categories)


# Nouns the asker sees, with each category that some field of theirs has; those of which the asker is shown something.
CASES = tuple(case for who in ROLES for case in _cases(who))
SHOWN = (*(case for case in CASES if case.shown), *_cases(DIMMED))
# Nouns that are no part of the asker's graph.
UNSEEN = tuple(
    (who, noun)
    for who in (*ROLES, *STRANGERS)
    for noun, resource in RESOURCES.items()
    if not view_of(who).sees(resource)
)
