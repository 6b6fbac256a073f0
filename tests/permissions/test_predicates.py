"""Predicates as data: unions, differences, rewriting, and what is provable about them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permissions.predicates import (
    ALWAYS,
    NEVER,
    Always,
    AnyOf,
    Except,
    Has,
    Is,
    IsConstant,
    Linked,
    Never,
    Predicate,
    alternatives_of,
    any_of,
    covers,
    through,
    without,
)
from permissions.principal import PrincipalValue

OWN = Is("owner_id", PrincipalValue.USER_ID)
TEAM = Is("team_id", PrincipalValue.TEAM_IDS)
POOL = IsConstant("pool_status", "in_pool")
HELPS = Linked("collaborations", "user_id", PrincipalValue.USER_ID)
SIGNED = Has("contracts")
ATOMS: tuple[Predicate, ...] = (OWN, TEAM, POOL, HELPS, SIGNED)

PREDICATES = st.recursive(
    st.sampled_from([*ATOMS, ALWAYS, NEVER]),
    lambda inner: st.lists(inner, max_size=3).map(any_of) | st.tuples(inner, inner).map(lambda pair: without(*pair)),
    max_leaves=6,
)


def holds(predicate: Predicate, true: set[Predicate]) -> bool:
    """Evaluate a predicate where exactly these atoms are true."""
    match predicate:
        case Always():
            return True
        case Never():
            return False
        case AnyOf(alternatives):
            return any(holds(each, true) for each in alternatives)
        case Except(base, excluded):
            return holds(base, true) and not holds(excluded, true)
        case _:
            return predicate in true


def test_a_union_has_one_form() -> None:
    assert any_of([OWN, TEAM]) == any_of([TEAM, OWN, OWN]) == any_of([any_of([OWN]), any_of([TEAM, OWN])])
    assert hash(any_of([OWN, TEAM])) == hash(any_of([TEAM, OWN]))


def test_a_union_is_simplified() -> None:
    assert any_of([]) == NEVER
    assert any_of([NEVER, OWN]) == OWN
    assert any_of([OWN, ALWAYS]) == ALWAYS


def test_a_difference_is_simplified() -> None:
    assert without(OWN, NEVER) == OWN
    assert without(NEVER, OWN) == NEVER
    assert without(OWN, ALWAYS) == NEVER
    assert without(OWN, POOL) == Except(OWN, POOL)


def test_alternatives_of_a_predicate() -> None:
    assert alternatives_of(NEVER) == ()
    assert alternatives_of(OWN) == (OWN,)
    assert set(alternatives_of(any_of([OWN, TEAM]))) == {OWN, TEAM}


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        (ALWAYS, OWN),
        (OWN, NEVER),
        (OWN, OWN),
        (any_of([OWN, TEAM]), OWN),
        (any_of([OWN, TEAM, POOL]), any_of([POOL, OWN])),
        (OWN, Except(OWN, POOL)),
        (any_of([OWN, TEAM]), Except(OWN, POOL)),
    ],
)
def test_what_is_covered(wider: Predicate, narrower: Predicate) -> None:
    assert covers(wider, narrower)


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        (OWN, ALWAYS),
        (NEVER, OWN),
        (OWN, any_of([OWN, TEAM])),
        (Except(OWN, POOL), OWN),
        (Except(ALWAYS, POOL), OWN),
    ],
)
def test_what_is_not_covered(wider: Predicate, narrower: Predicate) -> None:
    assert not covers(wider, narrower)


@settings(max_examples=300, derandomize=True, database=None)
@given(PREDICATES, PREDICATES, st.sets(st.sampled_from(ATOMS)))
def test_covering_is_a_proof(wider: Predicate, narrower: Predicate, true: set[Predicate]) -> None:
    if covers(wider, narrower) and holds(narrower, true):
        assert holds(wider, true)


@settings(max_examples=300, derandomize=True, database=None)
@given(st.lists(PREDICATES, max_size=4), st.sets(st.sampled_from(ATOMS)))
def test_a_union_holds_where_a_member_does(predicates: list[Predicate], true: set[Predicate]) -> None:
    assert holds(any_of(predicates), true) == any(holds(each, true) for each in predicates)


@settings(max_examples=300, derandomize=True, database=None)
@given(PREDICATES, PREDICATES, st.sets(st.sampled_from(ATOMS)))
def test_a_difference_holds_where_the_base_alone_does(
    base: Predicate, excluded: Predicate, true: set[Predicate]
) -> None:
    assert holds(without(base, excluded), true) == (holds(base, true) and not holds(excluded, true))


def test_a_predicate_is_rewritten_through_a_relation() -> None:
    assert through("customer", OWN) == Is("customer.owner_id", PrincipalValue.USER_ID)
    assert through("customer", POOL) == IsConstant("customer.pool_status", "in_pool")
    assert through("customer", HELPS) == Linked("customer.collaborations", "user_id", PrincipalValue.USER_ID)
    assert through("customer", SIGNED) == Has("customer.contracts")
    assert through("contract", through("customer", OWN)) == Is("contract.customer.owner_id", PrincipalValue.USER_ID)
    assert through("customer", ALWAYS) == ALWAYS
    assert through("customer", NEVER) == NEVER


def test_unions_and_differences_are_rewritten_member_by_member() -> None:
    mine, pooled = through("customer", OWN), through("customer", POOL)

    assert through("customer", any_of([OWN, POOL])) == any_of([mine, pooled])
    assert through("customer", Except(OWN, POOL)) == Except(mine, pooled)
