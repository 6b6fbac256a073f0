"""A list is ordered only by what is clear on every row the role sees."""

import pytest

from tests.matrix.api import Api, suggested
from tests.matrix.tables import NOUNS

pytestmark = pytest.mark.django_db

# (connection, order key): the roles that may use it, and those that see the list but may not.
ALLOWED = {
    ("customers", "creditLimit"): "sales_manager finance director",
    ("customers", "annualRevenue"): "sales_manager finance director",
    ("opportunities", "amount"): "sales_manager finance director",
    ("opportunities", "cost"): "sales_manager finance director",
    ("contracts", "amount"): "sales_manager finance director",
    ("payments", "amount"): "sales_manager finance director",
    ("customers", "name"): "sales sales_manager finance support marketing director intern partner",
}
REFUSED = {
    ("customers", "creditLimit"): "sales support marketing intern partner",
    ("customers", "annualRevenue"): "sales support marketing intern partner",
    ("opportunities", "amount"): "sales intern partner",
    ("opportunities", "cost"): "sales intern partner",
    ("contracts", "amount"): "sales support intern",
    ("payments", "amount"): "sales intern",
    ("customers", "phone"): "sales sales_manager finance support marketing director intern partner",
    ("contacts", "idNumber"): "sales sales_manager finance support marketing director intern",
}


def _each(table: dict[tuple[str, str], str]) -> list[tuple[str, str, str]]:
    return [(role, *place) for place, roles in table.items() for role in roles.split()]


@pytest.mark.parametrize(("role", "connection", "key"), _each(ALLOWED))
def test_a_role_orders_by_what_is_always_clear(api: Api, role: str, connection: str, key: str) -> None:
    data = api.data(role, f"{{ list: {connection}(orderBy: [{{{key}: ASC_NULLS_FIRST}}]) {{ totalCount }} }}")

    assert data["list"]["totalCount"] > 0


@pytest.mark.parametrize(("role", "connection", "key"), _each(REFUSED))
def test_an_order_key_that_is_not_always_clear_does_not_exist(api: Api, role: str, connection: str, key: str) -> None:
    literal = api.refusal(role, f"{{ {connection}(orderBy: [{{{key}: ASC}}]) {{ totalCount }} }}")
    kind = f"{NOUNS[connection]}Order"
    query = f"query($o: [{kind}!]) {{ {connection}(orderBy: $o) {{ totalCount }} }}"
    answer = api.post(role, query, {"o": [{key: "ASC"}]}).json()

    assert f"Expected value of type '{kind}' not to include unknown field '{key}'" in literal
    assert key not in suggested(literal)
    assert answer.get("data") is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert key not in suggested(answer["errors"][0]["message"])
