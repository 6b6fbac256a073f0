"""Row predicates as data: hashable, printable, and compiled to SQL by the engine.

Being data, they can be compared (is every visible row also clear?), rewritten (a contact's scope is its customer's),
explained, and evaluated by a test's oracle without a database. Paths are dotted: `customer.owner_id`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from permissions.principal import PrincipalValue
from permissions.resources import Resource


@dataclass(frozen=True, slots=True, order=True)
class Always:
    """Holds for every row."""


@dataclass(frozen=True, slots=True, order=True)
class Never:
    """Holds for no row."""


@dataclass(frozen=True, slots=True, order=True)
class Is:
    """The column at `path` equals the principal's value (or is one of them, where the value is plural)."""

    path: str
    value: PrincipalValue


@dataclass(frozen=True, slots=True, order=True)
class IsConstant:
    """The column at `path` equals a constant of the domain."""

    path: str
    constant: str


@dataclass(frozen=True, slots=True, order=True)
class Linked:
    """A row reached through the to-many `relation` has `column` equal to the principal's value."""

    relation: str
    column: str
    value: PrincipalValue


@dataclass(frozen=True, slots=True, order=True)
class Has:
    """Some row is reached through the to-many `relation`."""

    relation: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the alternatives holds. Built by `any_of`, which keeps them in one order."""

    alternatives: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Except:
    """`base` holds and `excluded` does not (an unknown exclusion excludes nothing)."""

    base: "Predicate"
    excluded: "Predicate"


@dataclass(frozen=True, slots=True)
class Revealed:
    """`within` holds, and the value of `column` on this very row was revealed to the principal and has not expired.

    With `is_approved`, only what a second person approved counts.
    """

    resource: Resource
    column: str
    within: "Predicate"
    is_approved: bool = False


Predicate = Always | Never | Is | IsConstant | Linked | Has | AnyOf | Except | Revealed

ALWAYS = Always()
NEVER = Never()


def any_of(predicates: Iterable[Predicate]) -> Predicate:
    """Return the union, simplified and in a canonical order, so equal unions are equal values."""
    flat: set[Predicate] = set()
    for predicate in predicates:
        flat |= set(alternatives_of(predicate))
    if ALWAYS in flat:
        return ALWAYS
    ordered = tuple(sorted(flat, key=repr))
    match ordered:
        case ():
            return NEVER
        case (only,):
            return only
        case _:
            return AnyOf(ordered)


def without(base: Predicate, excluded: Predicate) -> Predicate:
    """Return `base` less `excluded`, simplified."""
    if NEVER in (base, excluded):
        return base
    return NEVER if excluded == ALWAYS else Except(base, excluded)


def alternatives_of(predicate: Predicate) -> tuple[Predicate, ...]:
    """Return the members of a union; another predicate is its own only member; Never has none."""
    match predicate:
        case Never():
            return ()
        case AnyOf(alternatives):
            return alternatives
        case _:
            return (predicate,)


def covers(wider: Predicate, narrower: Predicate) -> bool:
    """Whether `wider` provably holds wherever `narrower` does. True is a proof; false may be want of one."""
    if wider in (ALWAYS, narrower) or narrower == NEVER:
        return True
    if isinstance(narrower, Except):
        return covers(wider, narrower.base)
    if isinstance(wider, Except):
        return False
    return set(alternatives_of(narrower)) <= set(alternatives_of(wider))


def through(relation: str, predicate: Predicate) -> Predicate:
    """Return the predicate on a row whose `relation` leads to the row that `predicate` speaks of."""
    match predicate:
        case Always() | Never():
            return predicate
        case Is() | IsConstant():
            return replace(predicate, path=f"{relation}.{predicate.path}")
        case Linked() | Has():
            return replace(predicate, relation=f"{relation}.{predicate.relation}")
        case AnyOf(alternatives):
            return any_of(through(relation, each) for each in alternatives)
        case Except(base, excluded):
            return Except(through(relation, base), through(relation, excluded))
        case Revealed():
            raise ValueError("a reveal is of the row itself: no relation leads to it")
