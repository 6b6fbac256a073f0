"""Every answer that holds a recorded value in clear is on record: who, when, from where, what for, which cells."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.schema.register import Asked, Recorded, Register

Node = Mapping[str, Any]

# Every field of a recorded category that somebody sees in clear under the shipped policy: list, type, field, category.
CLEAR = [
    ("customers", "Customer", "phone", "CONTACT_INFO"),
    ("customers", "Customer", "email", "CONTACT_INFO"),
    ("customers", "Customer", "address", "CONTACT_INFO"),
    ("customers", "Customer", "creditLimit { amount }", "FINANCIAL"),
    ("customers", "Customer", "annualRevenue { amount }", "FINANCIAL"),
    ("contacts", "Contact", "phone", "CONTACT_INFO"),
    ("contacts", "Contact", "mobile", "CONTACT_INFO"),
    ("contacts", "Contact", "email", "CONTACT_INFO"),
    ("contacts", "Contact", "wechatId", "CONTACT_INFO"),
    ("opportunities", "Opportunity", "amount { amount }", "FINANCIAL"),
    ("contracts", "Contract", "amount { amount }", "FINANCIAL"),
    ("payments", "Payment", "amount { amount }", "FINANCIAL"),
    ("payments", "Payment", "bankAccount", "FINANCIAL"),
]
NAMES = [f"{type_name}.{field.split()[0]}" for _, type_name, field, _ in CLEAR]
A_CUSTOMER = "{ customers(first: 1, filter: {phone: {isNull: false}}) { nodes { id } } }"


def clear_ids(nodes: list[Node], field: str) -> frozenset[str]:
    """Return the ids of the nodes that hold a field in clear."""
    return frozenset(node["id"] for node in nodes if node[field] is not None and field not in node["maskedFields"])


def entries(record: Recorded) -> dict[str, frozenset[str]]:
    """Return the ids on record by field: `Customer.phone`."""
    by_field: dict[str, frozenset[str]] = {}
    for type_, fields, _, ids in record.entries:
        for field in fields:
            by_field[f"{type_}.{field}"] = by_field.get(f"{type_}.{field}", frozenset()) | ids
    return by_field


@pytest.fixture
def customer(register: Register) -> str:
    """Return the id of a customer with a telephone number."""
    found: str = register.ask(A_CUSTOMER).data["customers"]["nodes"][0]["id"]
    return found


# ── What is recorded ────────────────────────────────────────────────────────
@pytest.mark.parametrize(("listed", "type_name", "field", "category"), CLEAR, ids=NAMES)
@pytest.mark.parametrize("role", ["director", "sales"])
def test_each_clear_field_is_on_record_with_exactly_its_rows(
    register: Register, role: str, listed: str, type_name: str, field: str, category: str
) -> None:
    name = field.split(maxsplit=1)[0]
    asked = register.ask(f"{{ {listed}(first: 60) {{ nodes {{ id maskedFields {field} }} }} }}", role=role)
    nodes = asked.data[listed]["nodes"]
    expected = clear_ids(nodes, name)
    assert expected
    assert register.record(asked).entries == ((type_name, (name,), (category,), expected),)
    if role == "sales" and any(name in node["maskedFields"] for node in nodes):
        assert len(expected) < len(nodes)


def test_a_record_says_who_from_where_and_what_for(register: Register) -> None:
    query = "query Other { viewer { kind } } query Callback { customers(first: 3) { nodes { id phone } } }"
    asked = register.ask(query, role="sales", name="Callback", purpose="回访")
    columns = register.record(asked).columns
    subject = register.server.rows.subject("sales")
    assert (columns["principal_kind"], columns["principal_id"]) == ("user", subject.id)
    assert columns["roles"] == ["sales"]
    assert (columns["client"], columns["ip"]) == ("prism-tests/1", "127.0.0.1")
    assert (columns["operation"], columns["purpose"]) == ("Callback", "回访")
    assert columns["request_id"] == asked.request_id
    assert columns["policy_version"]


def test_a_partners_server_is_on_record_by_its_own_key(register: Register) -> None:
    asked = register.ask("{ opportunities(first: 50) { nodes { id maskedFields amount { amount } } } }", role="partner")
    expected = clear_ids(asked.data["opportunities"]["nodes"], "amount")
    assert expected
    record = register.record(asked)
    assert (record.columns["principal_kind"], record.columns["principal_id"]) == (
        "partner", register.server.rows.subject("partner").id,
    )  # fmt: skip
    assert entries(record) == {"Opportunity.amount": expected}


@pytest.mark.parametrize("given", ["", "with a space", "x" * 65, "<b>"])
def test_a_request_id_unfit_to_be_written_down_is_replaced(register: Register, given: str) -> None:
    before = register.server.rows.one("SELECT count(*) FROM audit_auditread")
    headers = {"authorization": f"Bearer {register.server.token('director')}", "x-request-id": given}
    body = {"query": A_CUSTOMER.replace("{ id }", "{ id phone }")}
    assert register.server.client.post("/graphql", json=body, headers=headers).status_code == 200
    register.settle()
    ids = register.server.rows.all("SELECT request_id FROM audit_auditread ORDER BY sequence OFFSET %s", before)
    assert given not in {each for (each,) in ids}
    assert all(each for (each,) in ids)


# ── The ways to a value ─────────────────────────────────────────────────────
def test_one_row_by_its_own_field(register: Register, customer: str) -> None:
    asked = register.ask("query ($id: ID!) { customer(id: $id) { id phone } }", id=customer)
    assert asked.data["customer"]["phone"]
    assert entries(register.record(asked)) == {"Customer.phone": {customer}}


def test_one_row_asked_for_again_takes_the_short_way_and_is_on_record_again(register: Register, customer: str) -> None:
    query = "query Again($id: ID!) { customer(id: $id) { phone } }"
    for _ in range(3):
        assert entries(register.record(register.ask(query, id=customer))) == {"Customer.phone": {customer}}


def test_any_object_by_its_id(register: Register, customer: str) -> None:
    asked = register.ask("query ($id: ID!) { node(id: $id) { ... on Customer { phone } } }", id=customer)
    assert entries(register.record(asked)) == {"Customer.phone": {customer}}


def test_several_objects_by_their_ids(register: Register) -> None:
    found = register.ask(
        "{ customers(first: 3, filter: {email: {isNull: false}}) { nodes { id } } "
        "contacts(first: 2, filter: {mobile: {isNull: false}}) { nodes { id } } }"
    ).data
    customers, contacts = ([node["id"] for node in found[name]["nodes"]] for name in ("customers", "contacts"))
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { email } ... on Contact { mobile } } }"
    asked = register.ask(query, ids=[*customers, *contacts, customers[0]])
    assert entries(register.record(asked)) == {"Customer.email": set(customers), "Contact.mobile": set(contacts)}


def test_rows_within_rows(register: Register) -> None:
    query = (
        "{ customers(first: 20) { edges { node { id contacts { nodes { id email maskedFields } } "
        "contracts { nodes { id amount { amount } maskedFields payments { nodes { id bankAccount maskedFields } } } } "
        "} } } }"
    )
    asked = register.ask(query)
    customers = [edge["node"] for edge in asked.data["customers"]["edges"]]
    contacts = [each for customer in customers for each in customer["contacts"]["nodes"]]
    contracts = [each for customer in customers for each in customer["contracts"]["nodes"]]
    payments = [each for contract in contracts for each in contract["payments"]["nodes"]]
    expected = {
        "Contact.email": clear_ids(contacts, "email"),
        "Contract.amount": clear_ids(contracts, "amount"),
        "Payment.bankAccount": clear_ids(payments, "bankAccount"),
    }
    assert all(expected.values())
    assert entries(register.record(asked)) == expected


def test_the_same_row_on_many_ways_is_named_once(register: Register, customer: str) -> None:
    query = (
        "query ($id: ID!) { a: customer(id: $id) { phone again: phone contacts(first: 1) { nodes { customer { phone } "
        "} } } b: customer(id: $id) { ...F } } fragment F on Customer { ... on Node { id } phone }"
    )
    record = register.record(register.ask(query, id=customer))
    assert entries(record) == {"Customer.phone": {customer}}


def test_fields_of_the_same_rows_stand_in_one_entry(register: Register) -> None:
    both = "filter: {phone: {isNull: false}, creditLimit: {isNull: false}}"
    asked = register.ask(f"{{ customers(first: 3, {both}) {{ nodes {{ id phone creditLimit {{ amount }} }} }} }}")
    ids = frozenset(node["id"] for node in asked.data["customers"]["nodes"])
    assert register.record(asked).entries == (
        ("Customer", ("creditLimit", "phone"), ("CONTACT_INFO", "FINANCIAL"), ids),
    )


def test_what_is_skipped_was_not_read(register: Register, customer: str) -> None:
    query = "query ($id: ID!, $no: Boolean!) { customer(id: $id) { id phone @include(if: $no) email @skip(if: true) } }"
    assert register.records(register.ask(query, id=customer, no=False)) == []
    assert entries(register.record(register.ask(query, id=customer, no=True))) == {"Customer.phone": {customer}}


# ── What is not ─────────────────────────────────────────────────────────────
def silent(register: Register, asked: Asked) -> bool:
    """Whether nothing is on record of a request that was answered."""
    assert asked.answer.errors == []
    return register.records(asked) == []


@pytest.mark.parametrize("role", ["support", "marketing", "intern", "finance"])
def test_a_role_that_sees_contact_details_masked_leaves_no_record(register: Register, role: str) -> None:
    asked = register.ask("{ customers(first: 50) { nodes { id phone email address } } }", role=role)
    assert any(node["phone"] for node in asked.data["customers"]["nodes"])
    assert silent(register, asked)


def test_masked_identity_leaves_no_record(register: Register) -> None:
    asked = register.ask("{ contacts(first: 50) { nodes { idNumber birthday } } }")
    assert any(node["idNumber"] for node in asked.data["contacts"]["nodes"])
    assert silent(register, asked)


def test_nulls_and_plain_fields_leave_no_record(register: Register) -> None:
    query = "{ customers(first: 50, filter: {phone: {isNull: true}}) { nodes { id name phone } } }"
    asked = register.ask(query)
    assert asked.data["customers"]["nodes"]
    assert silent(register, asked)


def test_categories_that_are_not_recorded_leave_no_record(register: Register) -> None:
    asked = register.ask("{ opportunities(first: 20) { nodes { cost { amount } discount } } }")
    assert any(node["cost"] for node in asked.data["opportunities"]["nodes"])
    assert silent(register, asked)


def test_rows_and_fields_that_are_hidden_leave_no_record(register: Register, customer: str) -> None:
    hidden = register.ask("query ($id: ID!) { customer(id: $id) { phone } }", role="intern", id=customer)
    assert hidden.answer.code == "NOT_FOUND"
    absent = register.ask("{ customers { nodes { creditLimit { amount } } } }", role="support")
    assert absent.answer.code == "GRAPHQL_VALIDATION_FAILED"
    assert register.records(hidden) == register.records(absent) == []


def test_a_mutation_whose_payload_holds_nothing_gated_leaves_no_record_of_a_read(register: Register) -> None:
    mutation = 'mutation { policyDraftCreate(input: {name: "x"}) { policyVersion { number author { name } } } }'
    asked = register.ask(mutation, role="admin")
    assert asked.data["policyDraftCreate"]["policyVersion"]["author"]["name"]
    assert silent(register, asked)


# ── Values that are given together, or inside a cursor ──────────────────────
SUMS = [
    ("customerAggregate", "Customer", "creditLimit"),
    ("opportunityAggregate", "Opportunity", "amount"),
    ("contractAggregate", "Contract", "amount"),
    ("paymentAggregate", "Payment", "amount"),
]


@pytest.mark.parametrize(("aggregate", "type_name", "field"), SUMS)
@pytest.mark.parametrize("function", ["sum", "avg", "min", "max", "countDistinct"])
def test_a_sum_is_on_record_without_rows(
    register: Register, aggregate: str, type_name: str, field: str, function: str
) -> None:
    asked = register.ask(f"{{ {aggregate} {{ groups {{ {field} {{ {function} }} }} }} }}", role="sales")
    assert asked.data[aggregate]["groups"]
    assert register.record(asked).entries == ((type_name, (field,), ("FINANCIAL",), frozenset()),)


@pytest.mark.parametrize(
    "arguments",
    ['having: {amount: {sum: {gt: "1"}}}', "orderBy: [{amount: {sum: DESC}}]"],
    ids=["of groups that are kept", "of groups that are ordered"],
)
def test_a_sum_that_only_chooses_groups_is_on_record(register: Register, arguments: str) -> None:
    asked = register.ask(f"{{ paymentAggregate(groupBy: [{{status: true}}], {arguments}) {{ groups {{ count }} }} }}")
    assert asked.data["paymentAggregate"]["groups"]
    assert entries(register.record(asked)) == {"Payment.amount": frozenset()}


def test_counts_and_sums_of_other_categories_are_not(register: Register) -> None:
    query = (
        "{ customerAggregate { groups { count creditLimit { maskedCount currency } } } "
        "opportunityAggregate { groups { count cost { sum } } } }"
    )
    assert silent(register, register.ask(query))


ORDERED = "orderBy: [{creditLimit: DESC}]"


@pytest.mark.parametrize(
    "selection",
    ["edges { cursor node { id } }", "nodes { id } pageInfo { startCursor endCursor }"],
    ids=["of each row", "of the page's ends"],
)
def test_a_cursor_that_holds_an_amount_is_on_record_with_its_row(register: Register, selection: str) -> None:
    asked = register.ask(f"{{ customers(first: 5, {ORDERED}) {{ {selection} }} }}")
    listed = asked.data["customers"]
    ids = [edge["node"]["id"] for edge in listed.get("edges", [])] or [
        node["id"] for node in (listed["nodes"][0], listed["nodes"][-1])
    ]
    assert register.record(asked).entries == (("Customer", ("creditLimit",), ("FINANCIAL",), frozenset(ids)),)


def test_a_cursor_that_holds_a_related_rows_amount_is_on_record_without_rows(register: Register) -> None:
    asked = register.ask("{ contacts(first: 5, orderBy: [{customer: {creditLimit: DESC}}]) { edges { cursor } } }")
    assert asked.data["contacts"]["edges"]
    assert entries(register.record(asked)) == {"Customer.creditLimit": frozenset()}


def test_cursors_that_hold_nothing_gated_leave_no_record(register: Register) -> None:
    for query in (
        "{ customers(first: 5) { edges { cursor } pageInfo { endCursor } } }",
        f"{{ customers(first: 5, {ORDERED}) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} }}",
        "{ opportunities(first: 5, orderBy: [{cost: DESC}]) { edges { cursor } } }",
    ):
        assert silent(register, register.ask(query))


def test_of_rows_whose_amount_is_hidden_the_cursor_holds_nothing(register: Register) -> None:
    node = "{ id maskedFields creditLimit { currency } }"
    asked = register.ask(f"{{ customers(last: 20, {ORDERED}) {{ edges {{ cursor node {node} }} }} }}", role="sales")
    nodes = [edge["node"] for edge in asked.data["customers"]["edges"]]
    clear = clear_ids(nodes, "creditLimit")
    assert len(clear) < len(nodes)
    expected = {"Customer.creditLimit": clear} if clear else {}
    assert {key: ids for record in register.records(asked) for key, ids in entries(record).items()} == expected
