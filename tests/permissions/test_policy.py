"""Reading a policy: what is in it, and one clear sentence for each way to be wrong."""

import pytest

from permissions.categories import Category, Sensitive
from permissions.errors import PolicyError
from permissions.policy import default_policy, parse_policy
from permissions.resources import Action, Level, Resource
from permissions.revealing import RevealSettings
from permissions.scopes import Scope
from permissions.view import check_columns

GRANT = """
[[roles.sales.grants]]
resources = ["customer"]
scopes = ["own"]
actions = ["read"]
"""


def test_a_grant_is_one_for_each_resource_and_scope() -> None:
    policy = parse_policy(
        'version = "1"\n'
        + GRANT.replace('["customer"]', '["customer", "contact"]').replace('["own"]', '["own", "pool"]')
        + 'levels = { contact_info = "masked" }\nfields = { phone = "clear" }'
    )

    grants = policy.roles["sales"].grants
    assert {(grant.resource, grant.scope) for grant in grants} == {
        (resource, scope) for resource in (Resource.CUSTOMER, Resource.CONTACT) for scope in (Scope.OWN, Scope.POOL)
    }
    assert {grant.actions for grant in grants} == {frozenset({Action.READ})}
    assert grants[0].level(Category.CONTACT_INFO, "email") is Level.MASKED
    assert grants[0].level(Category.CONTACT_INFO, "phone") is Level.CLEAR
    assert grants[0].level(Category.FINANCIAL, "credit_limit") is Level.ABSENT


@pytest.mark.parametrize("entries", ["grants = 1", "grants = [1]", 'denials = "x"'])
def test_grants_and_denials_are_lists_of_tables(entries: str) -> None:
    with pytest.raises(PolicyError, match="role 'sales'"):
        parse_policy(f"[roles.sales]\n{entries}")


def test_a_denial_needs_neither_actions_nor_categories() -> None:
    policy = parse_policy('[[roles.sales.denials]]\nresources = ["customer"]\nscopes = ["pool"]\n')

    denial = policy.roles["sales"].denials[0]
    assert (denial.actions, denial.categories) == (frozenset(), frozenset())


def test_the_label_is_the_name_unless_told() -> None:
    assert parse_policy(GRANT).roles["sales"].label == "sales"
    assert parse_policy('[roles.sales]\nlabel = "销售"').roles["sales"].label == "销售"


def test_the_default_policy_has_the_ten_roles() -> None:
    assert set(default_policy().roles) == {
        "sales", "sales_manager", "finance", "support", "marketing", "director", "intern", "admin", "auditor",
        "partner",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version = ", "not valid TOML"),
        ('colour = "red"', "the policy has an unknown entry 'colour'"),
        ("roles = 3", "the policy: 'roles' is not a table"),
        ("[roles]\nsales = 3", "role 'sales' is not a table"),
        ('[roles.sales]\ncolour = "red"', "role 'sales' has an unknown entry 'colour'"),
        (GRANT + 'colour = "red"', "role 'sales' has an unknown entry 'colour'"),
        (GRANT.replace('"customer"', '"kingdom"'), "role 'sales' names an unknown resource 'kingdom'"),
        (GRANT.replace('"own"', '"everywhere"'), "role 'sales' names an unknown scope 'everywhere'"),
        (GRANT.replace('"own"', '"deal"'), "role 'sales': resource 'customer' has no scope 'deal'"),
        (GRANT.replace('"read"', '"fly"'), "role 'sales' names an unknown action 'fly'"),
        (GRANT.replace('["read"]', "[]"), "role 'sales': 'actions' must be a list with at least one name"),
        (GRANT.replace('["read"]', '"read"'), "role 'sales': 'actions' must be a list with at least one name"),
        (GRANT.replace('resources = ["customer"]\n', ""), "role 'sales': 'resources' must be a list"),
        (GRANT + 'levels = { gossip = "clear" }', "role 'sales' names an unknown category 'gossip'"),
        (GRANT + 'levels = { identity = "blurred" }', "role 'sales' names an unknown level 'blurred'"),
        (GRANT + "levels = 1", "role 'sales': 'levels' is not a table"),
        (GRANT + 'fields = { phone = "blurred" }', "role 'sales' names an unknown level 'blurred'"),
        (GRANT.replace("grants", "denials") + 'categories = ["gossip"]', "unknown category 'gossip'"),
        (GRANT.replace("grants", "denials") + 'levels = { identity = "clear" }', "unknown entry 'levels'"),
        (GRANT.replace('"customer"', '"stage_change"'), "resource 'stage_change' has no scope 'own'"),
    ],
)
def test_a_wrong_policy_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parse_policy(text)

    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_override_must_name_a_gated_column() -> None:
    columns = {"phone": Sensitive(Category.CONTACT_INFO), "name": None}
    check_columns(parse_policy(GRANT + 'fields = { phone = "clear" }'), lambda _: columns)

    for field in ("name", "shoe_size"):
        policy = parse_policy(GRANT + f'fields = {{ {field} = "clear" }}')
        with pytest.raises(PolicyError, match=f"role 'sales': customer has no gated field '{field}'"):
            check_columns(policy, lambda _: columns)


def test_the_settings_of_reveals_have_defaults() -> None:
    assert parse_policy(GRANT).reveal == default_policy().reveal == RevealSettings(15, 30, 24, 20, 10)
    assert parse_policy(f"[reveal]\nminutes = 5\ndaily_quota = 0\n{GRANT}").reveal == RevealSettings(5, 0)


def test_a_grant_says_which_categories_take_a_second_person() -> None:
    text = GRANT.replace('"read"', '"read", "reveal"') + '\napproval = ["identity"]\n'
    (grant,) = parse_policy(text).roles["sales"].grants
    assert grant.approval == frozenset({Category.IDENTITY})
