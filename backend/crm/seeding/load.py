"""Writes a whole seed in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from backend.crm.seeding.activities import FOLLOW_UP_TABLE, TASK_TABLE, write_follow_ups, write_tasks
from backend.crm.seeding.contacts import CONTACT_TABLE, write_contacts
from backend.crm.seeding.contracts import APPROVAL_TABLE, CONTRACT_TABLE, PAYMENT_TABLE, pick_state, write_contract
from backend.crm.seeding.copy import Table, Writer
from backend.crm.seeding.customers import (
    COLLABORATION_TABLE,
    CUSTOMER_TABLE,
    SHARE_TABLE,
    TAG_TABLE,
    TAGGING_TABLE,
    write_customer,
    write_surroundings,
    write_tags,
)
from backend.crm.seeding.dice import Dice
from backend.crm.seeding.errors import SeedError
from backend.crm.seeding.moments import DAY, UNTIL, YEARS, midnight
from backend.crm.seeding.opportunities import OPPORTUNITY_TABLE, STAGE_TABLE, write_opportunities
from backend.crm.seeding.people import PEOPLE_TABLES, ROLE_TABLE, Organisation, write_people
from backend.crm.seeding.story import Story, Storyteller

MOST_CUSTOMERS = 5_000_000
# Customers between two flushes: large enough for COPY, small enough to keep the rows in memory few.
BATCH = 1_000
# Parents before children.
TABLES: tuple[Table, ...] = (
    *PEOPLE_TABLES,
    *(TAG_TABLE, CUSTOMER_TABLE, TAGGING_TABLE, COLLABORATION_TABLE, SHARE_TABLE, CONTACT_TABLE),
    *(OPPORTUNITY_TABLE, STAGE_TABLE, CONTRACT_TABLE, APPROVAL_TABLE, PAYMENT_TABLE, TASK_TABLE, FOLLOW_UP_TABLE),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a seed is, what determines it, and the day its story ends. Equal plans give equal rows."""

    customers: int
    seed: int = 1
    until: date = UNTIL

    def __post_init__(self) -> None:
        if not 0 <= self.customers <= MOST_CUSTOMERS:
            raise SeedError(f"--customers must be from 0 to {MOST_CUSTOMERS:,}, not {self.customers:,}.")


def load(plan: Plan, *, advance: Callable[[int], None]) -> dict[str, int]:
    """Write the seed `plan` describes and return the number of rows per table.

    All or nothing: one transaction. `advance` is told how many customers each batch wrote.
    Raises: SeedError when a table the seed fills already holds rows.
    """
    with connection.cursor() as cursor:
        with transaction.atomic():
            _keep_others_out(cursor)
            _refuse_unless_empty(cursor)
            # Checking foreign keys batch by batch keeps the work beside the rows it reads, instead of at the very end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            writer = Writer(cursor, TABLES)
            _write(writer, plan, advance)
            _move_sequence(cursor, writer.counts[ROLE_TABLE.name])
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        writer.analyze()
    return writer.counts


def _keep_others_out(cursor: CursorWrapper) -> None:
    """Hold off a second seed, and autovacuum, until the transaction ends; readers and writers go on.

    Autovacuum does not see rows that are not committed: its ANALYZE in mid-load would record "no rows", and foreign
    key checks would then be planned as if the tables were empty (100,000 customers take hours instead of minutes).
    """
    tables = sql.SQL(", ").join(sql.Identifier(table.name) for table in TABLES)
    cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE").format(tables))


def _refuse_unless_empty(cursor: CursorWrapper) -> None:
    for table in TABLES:
        cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table.name)))
        if cursor.fetchone() == (True,):
            raise SeedError(f"The database already holds {table.plural}: seed only fills an empty one.")


def _write(writer: Writer, plan: Plan, advance: Callable[[int], None]) -> None:
    dice = Dice(f"prism:{plan.seed}")
    until = midnight(plan.until)
    founded = until - (YEARS * 365 + 30) * DAY
    organisation = write_people(writer, dice, founded)
    tags = write_tags(writer, dice, founded)
    teller = Storyteller(dice, organisation, plan.customers, until)
    for start in range(0, plan.customers, BATCH):
        batch = range(start, min(start + BATCH, plan.customers))
        for number in batch:
            _write_story(writer, dice, teller.tell(number), tags, organisation)
        writer.flush()
        if start == 0:
            # Foreign key checks are planned by what was last counted: nothing, or the rows of a seed that broke off.
            writer.analyze()
        advance(len(batch))
    writer.flush()


def _write_story(writer: Writer, dice: Dice, story: Story, tags: tuple[str, ...], organisation: Organisation) -> None:
    write_customer(writer, dice, story)
    write_surroundings(writer, dice, story, tags=tags, organisation=organisation)
    contacts = write_contacts(writer, dice, story)
    state = pick_state(dice, story)
    signed, other = write_opportunities(writer, dice, story, state=state, organisation=organisation)
    contract = write_contract(writer, dice, story, signed, state=state, organisation=organisation)
    write_tasks(writer, dice, story, about=(other.key, contract), organisation=organisation)
    write_follow_ups(writer, dice, story, contacts=contacts, opportunity=other.key, organisation=organisation)


def _move_sequence(cursor: CursorWrapper, used: int) -> None:
    """Set the sequence of role assignments past the numbers the seed wrote, so the next one does not collide."""
    cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [ROLE_TABLE.name, used])
