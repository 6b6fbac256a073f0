"""Whoever owns the tables can pass the triggers by. What they do is found."""
# ruff: noqa: S608  the statements name our own tables

from dataclasses import dataclass

import pytest
from django.db import connection

from backend.audit import chained
from backend.audit.chain import Anchor, beginning, head_of, link_after
from backend.audit.chaining import chain_changes
from backend.audit.changes import record_change
from backend.audit.models import ChainName
from backend.audit.reads import append_reads
from backend.audit.verification import verify
from backend.models import new_id
from tests.backend.audit.making import as_owner, make_change, make_record

pytestmark = pytest.mark.django_db

COUNT = 9
TABLES = {ChainName.READS: "audit_auditread", ChainName.CHANGES: "audit_auditchange"}
# Every column of a record, and another value for it.
READ_COLUMNS = {
    "id": "gen_random_uuid()",
    "at": "at + interval '1 microsecond'",
    "principal_kind": "'partner'",
    "principal_id": "NULL",
    "roles": "'{sales}'",
    "client": "''",
    "ip": "'192.0.2.8'",
    "request_id": "'r-2'",
    "operation": "'Another'",
    "document_hash": "''",
    "purpose": "''",
    "policy_version": "''",
    "previous_hash": "'\\x00'",
    "hash": "'\\x00'",
}
CHANGE_COLUMNS = {
    name: value for name, value in READ_COLUMNS.items() if name not in {"document_hash", "purpose", "policy_version"}
} | {
    "roles": "'{}'",
    "action": "'delete'",
    "resource": "'contact'",
    "row_id": "gen_random_uuid()",
    "changes": """'{"level": {"before": "B", "after": "C"}}'""",
    "correlation_id": "gen_random_uuid()",
}
ENTRY_COLUMNS = {
    "type": "'Contact'",
    "fields": "'{phone}'",
    "categories": "'{}'",
    "row_ids": "row_ids[1:1]",
}


@pytest.fixture(params=list(ChainName))
def chain(request: pytest.FixtureRequest) -> ChainName:
    """Have nine records in each chain, in more than one batch; return one chain after the other."""
    append_reads([make_record() for _ in range(COUNT)])
    for _ in range(COUNT):
        record_change(make_change())
    chain_changes()
    # As after a commit: no check of a foreign key is still to come.
    connection.check_constraints()
    return ChainName(request.param)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read four records at a time."""
    monkeypatch.setattr(chained, "BATCH", 4)


def found(chain: ChainName, *anchors: Anchor) -> list[str]:
    """Return what verification finds, as a person reads it."""
    return [str(finding) for finding in verify(chain, anchors)]


def tamper(statement: str, chain: ChainName) -> None:
    """Run a statement on the table of a chain, as the owner."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(statement.replace("TABLE", TABLES[chain]))
        assert cursor.rowcount > 0


def anchor_at(chain: ChainName, sequence: int) -> Anchor:
    """Return what an auditor would have noted when the chain had come to `sequence`."""
    (record,) = [each for each in chained.chained(chain) if each.sequence == sequence]
    return Anchor(chain, sequence, record.hash)


def test_what_nobody_touched_is_fine(chain: ChainName) -> None:
    reached: list[int] = []
    assert list(verify(chain, [beginning(chain), anchor_at(chain, 5)], advance=reached.append)) == []
    assert reached == [*range(1, COUNT + 1)]


def test_an_empty_chain_is_fine() -> None:
    assert [found(chain) for chain in ChainName] == [[], []]


@pytest.mark.parametrize(
    ("chain", "column", "value"),
    [
        *((ChainName.READS, *each) for each in READ_COLUMNS.items()),
        *((ChainName.CHANGES, *each) for each in CHANGE_COLUMNS.items()),
    ],
    indirect=["chain"],
)
def test_a_record_altered_in_any_column_is_found(chain: ChainName, column: str, value: str) -> None:
    # A read's key is where its entries are: with another it has none.
    tamper(f"UPDATE TABLE SET {column} = {value} WHERE sequence = 5", chain)
    assert f"{chain} 5: altered, or moved here from another place" in found(chain)


@pytest.mark.parametrize("chain", [ChainName.READS], indirect=True)
@pytest.mark.parametrize(("column", "value"), ENTRY_COLUMNS.items())
def test_an_entry_altered_in_any_column_is_found(chain: ChainName, column: str, value: str) -> None:
    where = "WHERE read_id = (SELECT id FROM audit_auditread WHERE sequence = 5)"
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_auditreadentry SET {column} = {value} {where}")
    assert found(chain) == ["reads 5: altered, or moved here from another place"]


@pytest.mark.parametrize("chain", [ChainName.READS], indirect=True)
def test_an_entry_removed_or_added_is_found(chain: ChainName) -> None:
    place = "(SELECT id FROM audit_auditread WHERE sequence = {})"
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM audit_auditreadentry WHERE read_id = {place.format(3)}")
        cursor.execute(
            "INSERT INTO audit_auditreadentry (read_id, position, type, fields, categories, row_ids)"
            f" VALUES ({place.format(7)}, 1, 'Contact', '{{}}', '{{}}', '{{}}')"
        )
    assert found(chain) == [f"reads {place}: altered, or moved here from another place" for place in (3, 7)]


@dataclass(frozen=True, slots=True)
class Crime:
    """Something done to the records, and what is found."""

    statement: str
    findings: tuple[str, ...]


CRIMES = {
    "one removed": Crime("DELETE FROM TABLE WHERE sequence = 5", ("5: removed",)),
    "several removed": Crime("DELETE FROM TABLE WHERE sequence IN (2, 3, 7)", ("2-3: removed", "7: removed")),
    "the first removed": Crime("DELETE FROM TABLE WHERE sequence = 1", ("1: removed",)),
    "the tail removed": Crime("DELETE FROM TABLE WHERE sequence >= 8", ("8-9: removed from the end of the chain",)),
    "all removed": Crime("DELETE FROM TABLE", ("1-9: removed from the end of the chain",)),
    "one removed and the gap closed": Crime(
        "DELETE FROM TABLE WHERE sequence = 5; UPDATE TABLE SET sequence = -sequence WHERE sequence > 5;"
        " UPDATE TABLE SET sequence = -sequence - 1 WHERE sequence < 0",
        (
            *(f"{place}: altered, or moved here from another place" for place in (5, 6, 7, 8)),
            "9: removed from the end of the chain",
        ),
    ),
    "two swapped": Crime(
        "UPDATE TABLE SET sequence = -sequence WHERE sequence IN (4, 6);"
        " UPDATE TABLE SET sequence = 10 + sequence WHERE sequence < 0",
        (
            "4: altered, or moved here from another place",
            "5: does not follow the record before it",
            "6: altered, or moved here from another place",
            "7: does not follow the record before it",
        ),
    ),
}


@pytest.mark.parametrize("crime", CRIMES.values(), ids=CRIMES.keys())
def test_a_record_removed_or_moved_is_found(chain: ChainName, crime: Crime) -> None:
    tamper(crime.statement, chain)
    assert found(chain) == [f"{chain} {each}" for each in crime.findings]


def remake(chain: ChainName, place: int) -> None:
    """Make a record anew with a hash that fits it, as somebody who has read this code would."""
    (record,) = [each for each in chained.chained(chain) if each.sequence == place]
    previous = Anchor(chain, place - 1, record.previous_hash)
    with as_owner(), connection.cursor() as cursor:
        digest = link_after(previous, record.content).hash
        statement = f"UPDATE {TABLES[chain]} SET hash = %s WHERE sequence = %s"
        cursor.execute(statement, [digest, place])


def test_a_record_made_anew_does_not_fit_the_one_behind_it(chain: ChainName) -> None:
    tamper("UPDATE TABLE SET operation = 'Another' WHERE sequence = 5", chain)
    remake(chain, 5)
    assert found(chain) == [f"{chain} 6: does not follow the record before it"]


def test_the_last_record_made_anew_does_not_fit_the_head(chain: ChainName) -> None:
    tamper("UPDATE TABLE SET operation = 'Another' WHERE sequence = 9", chain)
    remake(chain, 9)
    assert found(chain) == [f"{chain} 9: not the record that was there when its hash was noted"]


def set_head(chain: ChainName, anchor: Anchor) -> None:
    """Put the head of a chain somewhere else, as the owner."""
    with as_owner(), connection.cursor() as cursor:
        statement = "UPDATE audit_auditchain SET sequence = %s, hash = %s WHERE name = %s"
        cursor.execute(statement, [anchor.sequence, anchor.hash, chain.value])


def test_a_tail_removed_with_the_head_put_back_is_found_by_an_anchor_kept_elsewhere(chain: ChainName) -> None:
    noted, before = head_of(chain), anchor_at(chain, 7)
    assert noted is not None
    tamper("DELETE FROM TABLE WHERE sequence > 7", chain)
    set_head(chain, before)
    assert found(chain) == []
    assert found(chain, noted) == [f"{chain} 8-9: removed from the end of the chain"]


def test_a_chain_made_anew_as_a_whole_is_found_by_an_anchor_kept_elsewhere(chain: ChainName) -> None:
    noted = anchor_at(chain, 7)
    tamper("UPDATE TABLE SET operation = 'Another' WHERE sequence = 5", chain)
    previous = beginning(chain)
    for place in range(1, COUNT + 1):
        with as_owner(), connection.cursor() as cursor:
            statement = f"UPDATE {TABLES[chain]} SET previous_hash = %s WHERE sequence = %s"
            cursor.execute(statement, [previous.hash, place])
        remake(chain, place)
        previous = anchor_at(chain, place)
    set_head(chain, previous)
    assert found(chain) == []
    assert found(chain, noted) == [f"{chain} 7: not the record that was there when its hash was noted"]


def test_a_record_smuggled_in_under_a_number_that_is_taken_is_found(chain: ChainName) -> None:
    table = TABLES[chain]
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_sequence_key")
        cursor.execute(f"SELECT * FROM {table} WHERE sequence = 4")
        names = [column.name for column in cursor.description]
        copied = ", ".join("%s" if name == "id" else name for name in names)
        # The last of a batch: what follows must not begin behind its number.
        statement = f"INSERT INTO {table} ({', '.join(names)}) SELECT {copied} FROM {table} WHERE sequence = 4"
        cursor.execute(statement, [new_id()])
    assert f"{chain} 4: there are two records of this number" in found(chain)


def test_a_head_that_is_gone_is_found(chain: ChainName) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditchain")
    assert found(chain) == [f"{chain} 9: the chain has records, and its head is missing"]


def test_records_behind_the_head_are_found(chain: ChainName) -> None:
    set_head(chain, anchor_at(chain, 7))
    assert found(chain) == [f"{chain} 8-9: added behind the head of the chain"]


def test_what_is_appended_during_the_verification_is_no_finding(chain: ChainName) -> None:
    def append(reached: int) -> None:
        if reached == COUNT:
            append_reads([make_record()])
            record_change(make_change())
            chain_changes()

    assert list(verify(chain, advance=append)) == []
