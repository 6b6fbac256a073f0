"""Views: what a set of roles and token scopes comes to."""

from dataclasses import replace

import pytest

from permissions.categories import Category, Mask, Sensitive
from permissions.policy import Policy, default_policy, parse_policy
from permissions.predicates import ALWAYS, NEVER, Except, Is, IsConstant, Predicate, Revealed, any_of, without
from permissions.principal import PrincipalValue
from permissions.resources import Action, Resource
from permissions.scopes import SCOPES, Scope
from permissions.view import CellLevel, compile_view, token_scope

PHONE = Sensitive(Category.CONTACT_INFO, Mask.PHONE)
CUSTOMER = Resource.CUSTOMER
_REVEAL = '"read", "reveal"'
OWN, POOL = SCOPES[CUSTOMER][Scope.OWN], SCOPES[CUSTOMER][Scope.POOL]


def grant(role: str, scope: str, level: str = "clear", *, actions: str = '"read"', fields: str = "") -> str:
    """Return a grant on customers, in TOML."""
    return (
        f'[[roles.{role}.grants]]\nresources = ["customer"]\nscopes = ["{scope}"]\nactions = [{actions}]\n'
        f'levels = {{ contact_info = "{level}" }}\nfields = {{ {fields} }}\n'
    )


def denial(role: str, scope: str, what: str) -> str:
    """Return a denial on customers, in TOML."""
    return f'[[roles.{role}.denials]]\nresources = ["customer"]\nscopes = ["{scope}"]\n{what}\n'


def phone_level(policy: Policy, *roles: str) -> CellLevel:
    """Return the level of the phone for these roles."""
    return compile_view(policy, roles).cell(CUSTOMER, "phone", PHONE).level


def test_what_nobody_granted_is_not_seen() -> None:
    view = compile_view(default_policy(), ["wizard"])

    assert not any(view.sees(resource) for resource in Resource)
    assert view.rows(CUSTOMER) == NEVER
    assert view.roles == ()


def test_the_rows_of_several_roles_are_their_union() -> None:
    policy = parse_policy(grant("a", "own") + grant("b", "pool"))

    assert compile_view(policy, ["a", "b"]).rows(CUSTOMER) == any_of([OWN, POOL])
    assert compile_view(policy, ["a", "wizard"]).rows(CUSTOMER) == OWN


def test_a_grant_without_read_shows_nothing() -> None:
    view = compile_view(parse_policy(grant("a", "own", actions='"update"')), ["a"])

    assert not view.sees(CUSTOMER)


def test_rows_are_for_the_action_that_was_granted() -> None:
    policy = parse_policy(grant("a", "own", actions='"read", "update"') + grant("a", "pool", actions='"claim"'))
    resource = compile_view(policy, ["a"]).resources[CUSTOMER]

    assert resource.rows == resource.rows_for(Action.UPDATE) == OWN
    assert resource.rows_for(Action.CLAIM) == POOL
    assert resource.rows_for(Action.DELETE) == NEVER


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (grant("a", "own", "clear"), CellLevel.CLEAR),
        (grant("a", "own", "masked"), CellLevel.MASKED),
        (grant("a", "own", "absent"), CellLevel.ABSENT),
        (grant("a", "own", "clear") + grant("a", "pool", "masked"), CellLevel.VARIES),
        (grant("a", "own", "clear") + grant("a", "pool", "absent"), CellLevel.VARIES),
        (grant("a", "own", "masked") + grant("a", "own", "clear"), CellLevel.CLEAR),
        (grant("a", "all", "clear") + grant("a", "own", "masked"), CellLevel.CLEAR),
        (grant("a", "own", "masked", fields='phone = "clear"'), CellLevel.CLEAR),
        (grant("a", "own", "clear", fields='phone = "absent"'), CellLevel.ABSENT),
        (grant("a", "own", "clear", fields='email = "absent"'), CellLevel.CLEAR),
        (grant("a", "own") + denial("b", "all", 'categories = ["contact_info"]'), CellLevel.ABSENT),
        (grant("a", "own") + denial("b", "pool", 'categories = ["contact_info"]'), CellLevel.VARIES),
        (grant("a", "own") + denial("b", "all", 'categories = ["financial"]'), CellLevel.CLEAR),
    ],
)
def test_the_level_of_a_cell(text: str, level: CellLevel) -> None:
    assert phone_level(parse_policy(text), "a", "b") is level


def test_a_clear_cell_says_where() -> None:
    policy = parse_policy(grant("a", "own", "clear") + grant("a", "pool", "masked"))
    rule = compile_view(policy, ["a"]).cell(CUSTOMER, "phone", PHONE)

    assert rule.clear == OWN
    assert rule.masked == POOL
    assert rule.masked_elsewhere


def test_a_cell_no_grant_levels_is_withheld_there() -> None:
    policy = parse_policy(grant("a", "own", "clear") + grant("a", "pool", "absent"))
    rule = compile_view(policy, ["a"]).cell(CUSTOMER, "phone", PHONE)

    assert not rule.masked_elsewhere
    assert rule.masked == NEVER


def test_a_plain_cell_is_clear() -> None:
    view = compile_view(parse_policy(grant("a", "own", "absent")), ["a"])

    assert view.cell(CUSTOMER, "name", None).level is CellLevel.CLEAR


def test_a_denial_takes_rows_from_every_role() -> None:
    text = grant("a", "all") + grant("b", "own") + denial("c", "pool", 'actions = ["read"]')

    assert compile_view(parse_policy(text), ["a", "b"]).rows(CUSTOMER) == ALWAYS
    assert compile_view(parse_policy(text), ["a", "b", "c"]).rows(CUSTOMER) == Except(ALWAYS, POOL)


def test_a_denial_of_everything_leaves_nothing() -> None:
    text = grant("a", "all") + denial("c", "all", 'actions = ["read"]')

    assert not compile_view(parse_policy(text), ["a", "c"]).sees(CUSTOMER)


def test_a_part_has_the_rows_and_levels_of_its_whole() -> None:
    view = compile_view(default_policy(), ["sales"])
    step = view.resources[Resource.APPROVAL_STEP]

    assert Is("contract.owner_id", PrincipalValue.USER_ID) in getattr(step.rows, "alternatives", ())
    comment = view.cell(Resource.APPROVAL_STEP, "comment", Sensitive(Category.INTERNAL))
    assert comment.level is CellLevel.ABSENT
    assert not compile_view(default_policy(), ["marketing"]).sees(Resource.APPROVAL_STEP)


def test_token_scopes_only_take_away() -> None:
    policy = default_policy()
    free = compile_view(policy, ["director"])
    narrow = compile_view(policy, ["director"], frozenset({"customers:read", "opportunities:read", "dragons:read"}))

    assert {each for each in Resource if narrow.sees(each)} == {
        Resource.CUSTOMER,
        Resource.OPPORTUNITY,
        Resource.STAGE_CHANGE,
    }
    assert narrow.rows(CUSTOMER) == free.rows(CUSTOMER)
    assert not any(compile_view(policy, ["director"], frozenset()).sees(each) for each in Resource)
    assert not compile_view(policy, ["marketing"], frozenset({"contracts:read"})).sees(Resource.CONTRACT)


@pytest.mark.parametrize(
    ("resource", "scope"),
    [
        (Resource.CUSTOMER, "customers:read"),
        (Resource.OPPORTUNITY, "opportunities:read"),
        (Resource.FOLLOW_UP, "follow_ups:read"),
        (Resource.STAGE_CHANGE, "opportunities:read"),
        (Resource.APPROVAL_STEP, "contracts:read"),
    ],
)
def test_the_token_scope_of_a_resource(resource: Resource, scope: str) -> None:
    assert token_scope(resource) == scope


def test_the_token_scope_of_an_action() -> None:
    assert token_scope(Resource.PAYMENT, Action.UPDATE) == "payments:update"


def test_views_have_equal_fingerprints_exactly_when_they_are_equal() -> None:
    policy = default_policy()
    same = [compile_view(policy, roles).fingerprint for roles in (["sales", "support"], ["support", "sales", "wizard"])]
    others = [
        compile_view(policy, ["sales"]).fingerprint,
        compile_view(policy, ["sales", "support"], frozenset()).fingerprint,
        compile_view(policy, ["sales", "support"], frozenset({"customers:read"})).fingerprint,
    ]

    assert same[0] == same[1]
    assert len({same[0], *others}) == 4


def test_reveal_needs_the_action_and_something_to_reveal() -> None:
    text = grant("a", "own", "masked", actions='"read", "reveal"') + grant("b", "own", "masked")
    policy = parse_policy(text)

    assert compile_view(policy, ["a"]).resources[CUSTOMER].may_reveal("phone", PHONE)
    assert not compile_view(policy, ["a"]).resources[CUSTOMER].may_reveal("amount", Sensitive(Category.FINANCIAL))
    assert not compile_view(policy, ["b"]).resources[CUSTOMER].may_reveal("phone", PHONE)
    assert [compile_view(policy, [role]).may_reveal for role in "ab"] == [True, False]


_MASKED = grant("a", "own", "masked", actions=_REVEAL)
_APPROVED = 'approval = ["contact_info"]\n'


@pytest.mark.parametrize(
    ("text", "revealed"),
    [
        (_MASKED, Revealed(CUSTOMER, "phone", ALWAYS)),
        (grant("a", "own", "clear", actions=_REVEAL), NEVER),
        (grant("a", "own", "masked", actions='"reveal"') + grant("b", "own", "masked"), NEVER),
        (grant("a", "own", "clear", actions=_REVEAL, fields='phone = "masked"'), Revealed(CUSTOMER, "phone", ALWAYS)),
        (_MASKED + denial("b", "all", 'actions = ["reveal"]'), NEVER),
        (_MASKED + denial("b", "all", 'categories = ["contact_info"]'), NEVER),
        (_MASKED + denial("b", "pool", 'actions = ["reveal"]'), Revealed(CUSTOMER, "phone", without(OWN, POOL))),
        (_MASKED + grant("b", "pool"), Revealed(CUSTOMER, "phone", OWN)),
        (_MASKED + _APPROVED, Revealed(CUSTOMER, "phone", ALWAYS, is_approved=True)),
        (
            _MASKED + _APPROVED + grant("b", "pool", "masked", actions=_REVEAL),
            any_of([Revealed(CUSTOMER, "phone", POOL), Revealed(CUSTOMER, "phone", ALWAYS, is_approved=True)]),
        ),
    ],
)
def test_a_revealed_cell_is_one_a_grant_still_lets_be_revealed(text: str, revealed: Predicate) -> None:
    view = compile_view(parse_policy(text), ["a", "b"])
    rule, asked = view.cell(CUSTOMER, "phone", PHONE), view.filter_cell(CUSTOMER, "phone", PHONE)

    assert rule.revealed == revealed
    assert asked == replace(rule, revealed=NEVER)


def test_a_credential_with_token_scopes_reveals_nothing() -> None:
    view = compile_view(parse_policy(_MASKED), ["a"], frozenset({"customers:read", "customers:reveal"}))

    assert not view.may_reveal
    assert not view.may(CUSTOMER, Action.REVEAL)
    assert view.cell(CUSTOMER, "phone", PHONE).revealed == NEVER


def test_the_pool_is_the_pool() -> None:
    assert IsConstant("pool_status", "in_pool") == POOL
