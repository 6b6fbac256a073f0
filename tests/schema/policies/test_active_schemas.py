"""How the policy in force is followed, step by step, with a clock of the test's own."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from backend.policies.active import ActivePolicy
from permissions.errors import PolicyError
from permissions.policy import Policy, default_policy
from schema import active as module
from schema.active import ActiveSchemas, PolicyUnavailableError

SALES = frozenset({"sales"})


class Source:
    """Stands for the database: says which policy is in force, counts how often it is asked, and waits when told."""

    def __init__(self) -> None:
        self.policy = default_policy()
        self.asked = 0
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.now = 1000.0

    def load(self, known: ActivePolicy | None) -> ActivePolicy:
        """Return the policy in force."""
        self.asked += 1
        assert self.gate.wait(30)
        if self.error is not None:
            raise self.error
        if known is not None and known.policy is self.policy:
            return known
        return ActivePolicy(self.policy, None)


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    """Put a source of the test's own in the place of the database and the clock."""
    made = Source()
    monkeypatch.setattr(module, "load_active", made.load)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


def other() -> Policy:
    """Return another policy."""
    return Policy("other", {"sales": default_policy().roles["intern"]})


async def test_a_fresh_policy_is_not_asked_for_again(source: Source) -> None:
    schemas = ActiveSchemas()
    first = await schemas.current()
    source.now += 0.4
    assert await schemas.current() is first
    assert source.asked == 1


async def test_an_old_policy_is_never_served(source: Source) -> None:
    schemas = ActiveSchemas()
    await schemas.current()
    source.policy = other()
    source.now += 3600
    assert (await schemas.current()).policy is source.policy


async def test_half_way_it_is_checked_in_the_background(source: Source) -> None:
    schemas = ActiveSchemas()
    first = await schemas.current()
    view, schema = await first.ready(SALES, None)
    source.policy = other()
    source.gate.clear()
    source.now += 0.6
    assert await schemas.current() is first
    assert await schemas.current() is first
    source.gate.set()
    assert schemas._check is not None
    await schemas._check
    second = await schemas.current()
    assert second.policy is source.policy
    assert list(second.audiences()) == [(SALES, None)], "the schema in use was not prepared"
    assert source.asked == 2
    # Who began under the first policy still has its schema.
    assert (await first.ready(SALES, None)) == (view, schema)


async def test_those_who_wait_share_one_check(source: Source) -> None:
    schemas = ActiveSchemas()
    found = await asyncio.gather(*(schemas.current() for _ in range(20)))
    assert len({id(each) for each in found}) == 1
    assert source.asked == 1


async def test_a_client_that_leaves_does_not_end_the_check(source: Source) -> None:
    schemas = ActiveSchemas()
    source.gate.clear()
    leaving, staying = (asyncio.ensure_future(schemas.current()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    source.gate.set()
    assert (await staying).policy is source.policy


@pytest.mark.parametrize("error", [OperationalError("gone"), PolicyError("none can be read")])
async def test_without_a_policy_nobody_is_told_anything(source: Source, error: Exception) -> None:
    schemas = ActiveSchemas()
    source.error = error
    with pytest.raises(PolicyUnavailableError):
        await schemas.current()
    source.error = None
    assert (await schemas.current()).policy is source.policy


async def test_while_the_database_is_gone_the_last_policy_stays(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    schemas = ActiveSchemas()
    first = await schemas.current()
    source.error = OperationalError("password=secret")
    for _ in range(3):
        source.now += 5
        assert await schemas.current() is first
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1
    assert "secret" not in caplog.text


async def test_a_schema_is_built_once_for_all_who_wait() -> None:
    schemas = await ActiveSchemas(default_policy()).current()
    found = await asyncio.gather(*(schemas.ready(SALES, None) for _ in range(20)))
    assert len({id(schema) for _, schema in found}) == 1


async def test_a_given_policy_is_not_followed(source: Source) -> None:
    schemas = ActiveSchemas(other())
    assert (await schemas.current()).policy.version == "other"
    assert source.asked == 0
