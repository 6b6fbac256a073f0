"""The system checks: each refuses what it is there for, and the graph that ships passes."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import strawberry
from django.core.checks import run_checks
from django.db import models
from django.db.models import F

from backend import fields
from backend.vault.fields import EncryptedTextField
from permissions.categories import Category, Sensitive
from permissions.errors import PolicyError
from permissions.policy import Policy, default_policy, parse_policy
from permissions.resources import Resource
from schema.checks import (
    gated_fields_that_cannot_be_null,
    misnamed_columns,
    nouns_of_the_graph,
    unclassified_columns,
    unclassified_computations,
    unsealed_columns,
)
from schema.engine.fields import METADATA_KEY, Column, Computed, Descriptor, Money, Noun, Output

FINANCIAL = Sensitive(Category.FINANCIAL)


class Sample(models.Model):  # noqa: DJ008  never stored
    """Columns of every kind, decided and undecided."""

    raw_text = models.TextField()
    raw_char = models.CharField(max_length=9)
    raw_amount = models.DecimalField(max_digits=9, decimal_places=2)
    raw_date = models.DateField()
    chosen = models.TextField(choices=[("a", "A")])
    moment = models.DateTimeField()
    number = models.IntegerField()
    plain_text = fields.TextField()
    plain_date = fields.DateField()
    secret_amount = fields.DecimalField(max_digits=9, decimal_places=2, sensitive=FINANCIAL)

    class Meta:
        """Outside the installed applications: there is no table."""

        app_label = "tests"
        managed = False


def noun(descriptor: Descriptor, annotation: Any = str | None) -> list[Noun]:
    """Return a noun with one field."""
    field = strawberry.field(description="A field.", metadata={METADATA_KEY: descriptor})
    made = strawberry.type(type("Sample", (), {"__annotations__": {"field": annotation}, "field": field}))
    return [Noun(Resource.TAG, Sample, "Sample", made, {})]


def test_the_graph_that_ships_passes() -> None:
    assert run_checks(tags=["prism"]) == []
    assert {noun.resource for noun in nouns_of_the_graph()} == set(Resource) - {Resource.POLICY, Resource.AUDIT}


@pytest.mark.parametrize("column", ["raw_text", "raw_char", "raw_amount", "raw_date"])
def test_a_column_nobody_decided_on_is_refused(column: str) -> None:
    for descriptor in (Column(column), Money(Column(column))):
        (error,) = unclassified_columns(noun(descriptor))
        assert error.id == "prism.E010"
        assert f"Sample.field exposes tests.Sample.{column}" in error.msg


@pytest.mark.parametrize("column", ["chosen", "moment", "number", "plain_text", "plain_date", "secret_amount"])
def test_a_decided_column_or_one_that_needs_no_decision_passes(column: str) -> None:
    assert unclassified_columns(noun(Column(column))) == []


POLICY = """
version = "x"
[roles.clerk]
[[roles.clerk.grants]]
resources = ["tag"]
scopes = ["all"]
actions = ["read"]
fields = { COLUMN = "masked" }
"""


def test_a_policy_may_decide_a_gated_column_only() -> None:
    gated = noun(Column("secret_amount", FINANCIAL))
    for column, count in {"secret_amount": 0, "plain_text": 1, "nothing": 1}.items():
        errors = misnamed_columns(partial(parse_policy, POLICY.replace("COLUMN", column)), gated)
        assert [error.id for error in errors] == ["prism.E011"] * count, column
    plain = noun(Column("plain_text"))
    (error,) = misnamed_columns(lambda: parse_policy(POLICY.replace("COLUMN", "plain_text")), plain)
    assert "'clerk'" in error.msg
    assert "'plain_text'" in error.msg


def broken() -> Policy:
    """Stand for a file that names what does not exist."""
    raise PolicyError("role 'clerk' names an unknown scope 'moon'")


@pytest.mark.parametrize(("load", "ids"), [(broken, ["prism.E011"]), (default_policy, [])])
def test_a_policy_that_does_not_parse_is_refused(load: Callable[[], Policy], ids: list[str]) -> None:
    errors = misnamed_columns(load, nouns_of_the_graph())
    assert [error.id for error in errors] == ids
    assert all("'moon'" in error.msg for error in errors)


def test_a_computed_field_may_not_show_what_a_gated_column_hides() -> None:
    leaking = Computed("leak", lambda ref: ref("number") + ref("secret_amount"))
    for descriptor in (leaking, Money(leaking)):
        (error,) = unclassified_computations(noun(descriptor))
        assert (error.id, "'secret_amount'" in error.msg) == ("prism.E012", True)
    classified = Computed("kept", lambda ref: ref("secret_amount"), FINANCIAL)
    harmless = Computed("sum", lambda ref: ref("number") + F("number"))
    for passing in (classified, harmless):
        assert unclassified_computations(noun(passing)) == []


def test_a_gated_field_can_be_null() -> None:
    gated = Column("secret_amount", FINANCIAL)
    for descriptor in (gated, Money(gated), Computed("kept", lambda ref: ref("number"), FINANCIAL)):
        (error,) = gated_fields_that_cannot_be_null(noun(descriptor, str))
        assert error.id == "prism.E013"
        assert gated_fields_that_cannot_be_null(noun(descriptor, str | None)) == []
    assert gated_fields_that_cannot_be_null(noun(Column("plain_date"), dt.date)) == []


PHONE = Sensitive(Category.CONTACT_INFO)
SEALED = EncryptedTextField(null=True, sensitive=PHONE)


@pytest.mark.parametrize(
    ("descriptor", "refused"),
    [
        (Column("plain_text", PHONE), True),
        (Column("plain_text", Sensitive(Category.IDENTITY)), True),
        (Column("plain_text", FINANCIAL), True),
        (Computed("count", lambda ref: ref("number"), FINANCIAL), True),
        (Computed("half", lambda ref: ref("secret_amount"), FINANCIAL, Output.TEXT), False),
        (Money(Column("secret_amount", FINANCIAL, Output.TEXT)), False),
        (Column("plain_text", PHONE, encrypted=SEALED), False),
        (Column("plain_text", Sensitive(Category.INTERNAL)), False),
        (Column("plain_text"), False),
    ],
)
def test_what_is_read_in_clear_can_be_put_on_record(descriptor: Descriptor, refused: bool) -> None:
    assert [error.id for error in unsealed_columns(noun(descriptor))] == ["prism.E014"] * refused
