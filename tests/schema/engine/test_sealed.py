"""Sealed cells through the graph: opened where they are clear, masked where they are not, never served when broken."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from backend.crm.models import Contact, Customer
from permissions.categories import Mask
from schema.engine import context, sealed
from schema.engine.notes import RECORDED
from tests.schema.graph import Graph

ONE = "query($id: ID!) { customer(id: $id) { id name phone email maskedFields } }"
FIND = "query($f: CustomerFilter) { customers(first: 500, filter: $f) { totalCount nodes { id phone } } }"


@contextmanager
def stored(graph: Graph, table: str, column: str, key: str, value: bytes | None) -> Iterator[None]:
    """Have a row hold other bytes meanwhile, as somebody with access to the database could."""
    before = graph.rows.one(f"SELECT {column} FROM {table} WHERE id = %s", key)  # noqa: S608  names of this module
    update = f"UPDATE {table} SET {column} = %s WHERE id = %s"  # noqa: S608  the same
    graph.rows.write(update, value, key)
    try:
        yield
    finally:
        graph.rows.write(update, before, key)


async def test_what_is_stored_is_not_what_is_shown(graph: Graph) -> None:
    key, phone = graph.rows.opened(Customer, "phone")
    data = await graph.data(ONE, id=f"Customer_{key}")
    assert data["customer"]["phone"] == phone
    assert phone.encode() not in graph.rows.one("SELECT phone FROM crm_customer WHERE id = %s", key)


@pytest.mark.parametrize(
    "written",
    ["{0}", "{0:.3} {0:.7}", "+86 {1}", "0086{1}", "{2} {3} {4}", "{2}-{3}-{4}", "（+86）{1}", "{5}"],
)
async def test_a_phone_is_found_however_it_is_written(graph: Graph, written: str) -> None:
    key, phone = graph.rows.opened(Customer, "phone", "owner_id IS NOT NULL")
    national = phone.removeprefix("+86")
    wide = national.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    asked = written.format(phone, national, national[:3], national[3:7], national[7:], wide)
    if written == "{0:.3} {0:.7}":
        asked = f"{phone[:3]} {phone[3:]}"
    found = (await graph.data(FIND, f={"phone": {"eq": asked}}))["customers"]
    assert [node["id"] for node in found["nodes"]] == [f"Customer_{key}"]
    assert found["totalCount"] == 1


async def test_several_are_found_at_once_and_other_values_are_not(graph: Graph) -> None:
    first, phone = graph.rows.opened(Customer, "phone")
    second, other = graph.rows.opened(Customer, "phone", f"id > '{first}'")
    found = (await graph.data(FIND, f={"phone": {"in": [phone, other, "+8613000000000"]}}))["customers"]
    assert {node["id"] for node in found["nodes"]} == {f"Customer_{first}", f"Customer_{second}"}
    written = f'{{ customers(filter: {{phone: {{notIn: ["{phone}"]}}}}) {{ totalCount }} }}'
    everything = graph.rows.one("SELECT count(*) FROM crm_customer WHERE deleted_at IS NULL")
    assert (await graph.data(written))["customers"]["totalCount"] == everything - 1


async def test_an_email_is_found_in_any_case(graph: Graph) -> None:
    key, email = graph.rows.opened(Contact, "email")
    query = "query($f: ContactFilter) { contacts(filter: $f) { nodes { id } } }"
    nodes = (await graph.data(query, f={"email": {"eq": f" {email.upper()} "}}))["contacts"]["nodes"]
    assert f"Contact_{key}" in {node["id"] for node in nodes}


async def test_text_that_no_column_holds_is_refused_with_a_code(graph: Graph) -> None:
    assert (await graph.ask(FIND, f={"phone": {"eq": "\x00"}})).errors == []
    assert (await graph.data(FIND, f={"phone": {"eq": "1" * 5000}}))["customers"]["totalCount"] == 0


@pytest.mark.parametrize("part", ["format", "key id", "nonce", "ciphertext", "tag"])
async def test_a_changed_value_is_not_served_and_is_reported(
    graph: Graph, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    key, phone = graph.rows.opened(Customer, "phone")
    value = bytearray(graph.rows.one("SELECT phone FROM crm_customer WHERE id = %s", key))
    place = {"format": 0, "key id": 2, "nonce": 8, "ciphertext": 18, "tag": -1}[part]
    value[place] ^= 0x40
    with stored(graph, "crm_customer", "phone", key, bytes(value)):
        answer = await graph.ask(ONE, id=f"Customer_{key}")
    assert answer.data["customer"]["phone"] is None
    assert answer.data["customer"]["name"]
    assert answer.codes == ["UNREADABLE"]
    assert key in caplog.text
    assert phone not in caplog.text
    assert bytes(value).hex() not in caplog.text


@pytest.mark.parametrize(("role", "owned"), [("director", True), ("sales", False)])
async def test_a_value_of_another_row_is_not_served(graph: Graph, role: str, owned: bool) -> None:
    """Clear or masked: what is somebody else's gives not even its masked form."""
    where = "owner_id IS NOT NULL" if owned else "pool_status = 'in_pool'"
    key, _ = graph.rows.opened(Customer, "phone", where)
    _, theirs = graph.rows.opened(Customer, "phone", f"id <> '{key}'")
    moved = graph.rows.one(
        "SELECT phone FROM crm_customer WHERE phone IS NOT NULL AND id <> %s ORDER BY id LIMIT 1", key
    )
    with stored(graph, "crm_customer", "phone", key, moved):
        answer = await graph.ask(ONE, role=role, id=f"Customer_{key}")
    assert answer.data["customer"]["phone"] is None
    assert answer.codes == ["UNREADABLE"]
    assert theirs[-4:] not in answer.response.text


async def test_a_value_of_another_column_is_not_served(graph: Graph) -> None:
    key, _ = graph.rows.opened(Customer, "phone", "email IS NOT NULL")
    moved = graph.rows.one("SELECT phone FROM crm_customer WHERE id = %s", key)
    with stored(graph, "crm_customer", "email", key, moved):
        answer = await graph.ask(ONE, id=f"Customer_{key}")
    assert answer.data["customer"]["email"] is None
    assert answer.codes == ["UNREADABLE"]


async def test_a_value_cut_short_is_not_served(graph: Graph) -> None:
    key, _ = graph.rows.opened(Customer, "phone")
    whole = graph.rows.one("SELECT phone FROM crm_customer WHERE id = %s", key)
    for length in (0, 1, 5, 9, 17, len(whole) - 1):
        with stored(graph, "crm_customer", "phone", key, whole[:length]):
            answer = await graph.ask(ONE, id=f"Customer_{key}")
        assert (answer.data["customer"]["phone"], answer.codes) == (None, ["UNREADABLE"]), length


async def test_one_broken_value_does_not_take_the_others_along(graph: Graph) -> None:
    key, _ = graph.rows.opened(Customer, "phone")
    with stored(graph, "crm_customer", "phone", key, b"\x01broken"):
        answer = await graph.ask(FIND, f={})
    phones = {node["id"]: node["phone"] for node in answer.data["customers"]["nodes"]}
    assert phones[f"Customer_{key}"] is None
    assert sum(phone is not None for phone in phones.values()) > 50
    assert answer.codes == ["UNREADABLE"]


async def test_what_the_mask_withholds_is_not_even_opened(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    finished: list[tuple[bytes, Any]] = []

    def noted(raw: bytes, sites: Any, *rest: Any) -> bytes:
        finished.append((raw, sites))
        return sealed.finished(raw, sites, *rest)

    monkeypatch.setattr(context, "finished", noted)
    data = await graph.data("{ contacts(first: 50) { nodes { birthday idNumber } } }", role="sales_manager")
    assert {node["birthday"] for node in data["contacts"]["nodes"]} == {None}
    assert any(node["idNumber"] for node in data["contacts"]["nodes"])
    ((raw, sites),) = finished
    marks = {sites[int(mark)].field_name for mark in re.findall(sealed._SPLIT + rb"[cm](\d{4})", raw)}
    assert marks == {"idNumber"}


def test_a_marked_text_in_a_value_stays_a_text() -> None:
    """Nobody outside the process knows the mark: what looks like one is data."""
    reads = sealed.Reads()
    raw = b'{"name":"~000000000000c0000ff"}'
    assert sealed.finished(raw, [sealed.Site("T", "f", "f", next(iter(RECORDED)))], reads, None) == raw  # type: ignore[arg-type]
    assert not any(reads.rows.values())


def test_a_mask_gives_text_for_whatever_was_sealed() -> None:
    column: Any = Contact._meta.get_field("birthday")
    assert sealed.redacting(column, Mask.NULL)("1990-01-01") is None
    assert sealed.redacting(Customer._meta.get_field("phone"), Mask.PHONE)("+8613812341234") == "138****1234"
