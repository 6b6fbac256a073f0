"""Several roles, denials, and what nobody defined."""

from collections.abc import Callable
from typing import cast

import pytest

from permissions.policy import Policy, default_policy, parse_policy
from permissions.predicates import NEVER
from permissions.resources import Action, Resource
from permissions.view import compile_view
from tests.matrix.api import Api
from tests.matrix.tables import ROWS

pytestmark = pytest.mark.django_db

_CUSTOMERS = "{ customers { nodes { id maskedFields phone creditLimit { amount } } } }"


def _by_name(api: Api, who: str, query: str, noun: str, connection: str) -> dict[str, dict[str, object]]:
    nodes = api.data(who, query)[connection]["nodes"]
    return {api.world.name(noun, node["id"]): node for node in nodes}


@pytest.mark.parametrize(
    ("one", "other"), [("sales", "support"), ("sales", "finance"), ("intern", "marketing"), ("admin", "support")]
)
def test_two_roles_see_the_rows_of_both(api: Api, one: str, other: str) -> None:
    for connection, noun in (("customers", "Customer"), ("contacts", "Contact")):
        rows = {*ROWS[one][connection].split(), *ROWS[other][connection].split()} - {"-"}
        seen = _by_name(api, f"{one}+{other}", f"{{ {connection} {{ nodes {{ id }} }} }}", noun, connection)
        assert set(seen) == rows


def test_two_roles_combine_cell_by_cell(api: Api) -> None:
    # Sales: clear on own, masked elsewhere. Finance: contact info masked, money clear, on contracted customers.
    seen = _by_name(api, "sales+finance", _CUSTOMERS, "Customer", "customers")

    clear_phones = {name for name, node in seen.items() if node["phone"] == "+8613812341234"}
    clear_limits = {name for name, node in seen.items() if node["creditLimit"] == {"amount": "1234567.89"}}
    assert set(seen) == {"own", "collaborator", "pool", "sub_team", "signed"}
    assert clear_phones == {"own"}
    assert clear_limits == {"own", "collaborator", "sub_team", "signed"}
    assert seen["pool"]["creditLimit"] is None
    assert set(cast("list[str]", seen["pool"]["maskedFields"])) == {
        "address", "phone", "email", "creditLimit", "annualRevenue",
    }  # fmt: skip


def test_a_field_one_role_never_sees_is_withheld_on_rows_only_that_role_sees(api: Api) -> None:
    # Discounts: absent for sales, clear for finance. The deal without a customer is seen as sales alone.
    query = "{ opportunities { nodes { id discount maskedFields } } }"
    seen = _by_name(api, "sales+finance", query, "Opportunity", "opportunities")

    assert seen["own"]["discount"] == "12.50"
    assert seen["no_customer"]["discount"] is None
    assert "discount" in str(seen["no_customer"]["maskedFields"])
    assert "discount" not in str(seen["own"]["maskedFields"])


_DENYING = """
version = "denying"
[[roles.director.grants]]
resources = ["customer"]
scopes = ["all"]
actions = ["read"]
levels = { contact_info = "clear", financial = "clear" }
[[roles.restrained.denials]]
resources = ["customer"]
scopes = ["contracted"]
categories = ["contact_info"]
[[roles.restrained.denials]]
resources = ["customer"]
scopes = ["pool"]
actions = ["read"]
"""


def test_a_denial_beats_every_allow(api_under: Callable[[Policy], Api]) -> None:
    api = api_under(parse_policy(_DENYING))
    freely = _by_name(api, "director", _CUSTOMERS, "Customer", "customers")
    seen = _by_name(api, "director+restrained", _CUSTOMERS, "Customer", "customers")

    assert set(freely) - set(seen) == {"pool"}
    assert {name for name, node in freely.items() if node["phone"] is None} == set()
    assert {name for name, node in seen.items() if node["phone"] is None} == {
        "own", "sub_team", "collaborator", "signed",
    }  # fmt: skip
    assert {name for name, node in seen.items() if "phone" in str(node["maskedFields"])} == {
        "own", "sub_team", "collaborator", "signed",
    }  # fmt: skip
    assert all(node["creditLimit"] == {"amount": "1234567.89"} for node in seen.values())


def test_an_action_nobody_granted_covers_no_row() -> None:
    view = compile_view(default_policy(), ["director"])

    assert view.resources[Resource.CUSTOMER].rows_for(Action.CLAIM) == NEVER


def test_an_invented_role_adds_nothing(api: Api) -> None:
    alone = api.post("support", _CUSTOMERS.replace("creditLimit { amount }", "")).content
    with_wizard = api.post("support+wizard", _CUSTOMERS.replace("creditLimit { amount }", "")).content

    assert alone == with_wizard
