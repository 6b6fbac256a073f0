"""The guards of the view, each taken away in turn: the proof must notice every one that is missing.

A mutant is a patch of the engine, and the examples that show what it lets through.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Any
from unittest.mock import patch

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Value
from graphql.validation.rules import fields_on_correct_type

import permissions.view as view_module
import schema.schema as projection
from permissions.predicates import ALWAYS
from permissions.view import View
from schema.engine import (
    aggregating,
    compiler,
    connection_sql,
    connections,
    expressions,
    filtering,
    ordering,
    scoping,
    search,
)
from schema.engine.fields import NOUNS, Column, policy_name
from tests.noninterference.operations import Form
from tests.noninterference.principals import DENIALS, SUMS
from tests.noninterference.proving import Focus
from tests.noninterference.seen import full_schema
from tests.noninterference.worlds import Kind

_CELLS = (Kind.MASKED_CELL, Kind.WITHHELD_CELL)
_ROWS = (Kind.ADDED_ROW, Kind.REMOVED_ROW, Kind.HIDDEN_VALUE)
_LISTS = (Form.LIST,)


@dataclass(frozen=True)
class Mutant:
    """One guard taken away: how, and by whom and what it is noticed."""

    guard: str
    patched: Callable[[], Any]
    kinds: Sequence[Kind] = _ROWS
    forms: Sequence[Form] = _LISTS
    who: str = "sales"
    policy: str | None = None

    @property
    def focus(self) -> Focus:
        """Return the examples to try."""
        return Focus(self.kinds, self.forms, operations=12)


class _Unscoped(View):
    """A view with its cells, but without its rows' scopes."""

    def rows(self, resource: Any) -> Any:  # noqa: ARG002  the same for every resource
        """Return every row."""
        return ALWAYS


def _unscoped(view: View) -> View:
    return _Unscoped(**{each.name: getattr(view, each.name) for each in fields(view)})


def _everywhere(frame: Any, view: View) -> Any:
    return scoping.visible_rows(frame, _unscoped(view))


# ── Scopes ──────────────────────────────────────────────────────────────────
def _compiled_rows(*, nested: bool) -> Any:
    def rows(frame: Any, view: View) -> Any:
        return _everywhere(frame, view) if (frame.parent is not None) is nested else scoping.visible_rows(frame, view)

    # Without the branches of its scope, a list's page has no other guard than the one taken away.
    no_branches = patch.object(compiler, "union_of", lambda *_: None)
    return _all_of(no_branches, patch.object(compiler, "visible_rows", rows))


def _nested_lists() -> Any:
    original = filtering.related_rows
    return patch.object(compiler, "related_rows", lambda frame, to, view: original(frame, to, _unscoped(view)))


def _relation_filters(method: str) -> Any:
    original = getattr(filtering.FilterCompiler, method)

    @wraps(original)
    def unscoped(self: Any, *arguments: Any) -> Any:
        view, self._view = self._view, _unscoped(self._view)
        try:
            return original(self, *arguments)
        finally:
            self._view = view

    return patch.object(filtering.FilterCompiler, method, unscoped)


def _total_counts() -> Any:
    def written(body: Any, *, rows: Any, count: Any, **rest: Any) -> Any:
        everything = scoping.live_rows(rows.model).values("pk").query
        return original(body, rows=rows, count=None if count is None else everything, **rest)

    original = connection_sql.ConnectionJson
    return patch.object(connections, "ConnectionJson", written)


def _aggregated_rows() -> Any:
    original = aggregating.AggregateCompiler

    def made(parent: Any, frame: Any, rows: Any, *rest: Any) -> Any:
        return original(parent, frame, scoping.live_rows(rows.model), *rest)

    return patch.object(compiler, "AggregateCompiler", made)


def _group_keys() -> Any:
    def raw(self: Any, to_one: Any) -> Any:
        return self.frame.ref(f"{to_one.relation}_id")

    return patch.object(aggregating.AggregateCompiler, "_visible_key", raw)


def _others_links() -> Any:
    def any_link(frame: Any, relation: str, column: str, value: Any, *, singly: bool) -> Any:
        key, model, foreign_key = scoping._relation(frame, relation)
        return expressions.EqualsAny(key, ArraySubquery(model._default_manager.order_by().values(foreign_key)))

    return patch.object(scoping, "_linked", any_link)


# ── Cells ───────────────────────────────────────────────────────────────────
def _filtered_cells() -> Any:
    original = filtering.FilterCompiler._gate

    def ungated(self: Any, lookup: Any, made_of: Any, frame: Any, *, nullable: bool) -> Any:
        return original(self, lookup, Column(policy_name(made_of)), frame, nullable=nullable)

    return patch.object(filtering.FilterCompiler, "_gate", ungated)


def _cursors() -> Any:
    original = expressions.KeyValues

    def raw(reference: Any) -> Any:
        if isinstance(reference, Case) and isinstance(reference.default, Value):
            return reference.cases[0].result
        return reference

    return patch.object(connections, "KeyValues", lambda *keys: original(*(raw(key) for key in keys)))


def _group_suppression() -> Any:
    original = aggregating.AggregateCompiler._counting

    def counting(self: Any, made_of: Any, rule: Any) -> Any:
        condition = original(self, made_of, rule)
        self._suppresses = False
        return condition

    return patch.object(aggregating.AggregateCompiler, "_counting", counting)


class _SearchedSecrets:
    """The nouns, with gated texts among what is searched."""

    def __getitem__(self, resource: Any) -> Any:
        noun = NOUNS[resource]
        gated = ("risk_note",) if noun.type_name == "Customer" else ()
        return replace(noun, search_columns=(*noun.search_columns, *gated))


# ── Names ───────────────────────────────────────────────────────────────────
def _suggestions() -> Any:
    original = fields_on_correct_type.get_suggested_field_names

    def suggested(type_: Any, name: str) -> Any:
        whole: Any = full_schema().type_map[type_.name]
        return original(whole, name)

    return patch.object(fields_on_correct_type, "get_suggested_field_names", suggested)


@contextmanager
def _all_of(*patches: Any) -> Iterator[None]:
    first, *rest = patches
    with first:
        if rest:
            with _all_of(*rest):
                yield
        else:
            yield


MUTANTS = (
    Mutant("scope of a list", lambda: _compiled_rows(nested=False)),
    Mutant("scope of a look-up by id", lambda: _compiled_rows(nested=False), forms=(Form.LOOKUP,)),
    Mutant("scope of a nested list", _nested_lists, kinds=(Kind.ADDED_ROW, Kind.REMOVED_ROW)),
    Mutant("scope of a related row", lambda: _compiled_rows(nested=True), kinds=(Kind.HIDDEN_KEY,)),
    Mutant("scope in a filter through a to-many relation", lambda: _relation_filters("_to_many")),
    Mutant(
        "scope in a filter through a to-one relation",
        lambda: _relation_filters("_to_one"),
        kinds=(Kind.HIDDEN_KEY,),
    ),
    Mutant(
        "scope in an order through a relation",
        lambda: patch.object(ordering, "visible_rows", _everywhere),
        kinds=(Kind.HIDDEN_KEY,),
        forms=(Form.LIST, Form.WALK),
        who="support",
    ),
    Mutant("scope of the rows counted", _total_counts),
    Mutant("scope of the rows aggregated", _aggregated_rows, forms=(Form.AGGREGATE,)),
    Mutant(
        "scope of related rows grouped by",
        _group_keys,
        kinds=(Kind.HIDDEN_KEY,),
        forms=(Form.AGGREGATE,),
    ),
    Mutant("links of others", _others_links, kinds=(Kind.LINK,)),
    Mutant(
        "soft deletion",
        lambda: patch.object(scoping, "live_rows", lambda model: model._default_manager.order_by()),
        kinds=(Kind.DELETED_ROW,),
        who="director",
    ),
    Mutant(
        "parts of deleted rows",
        lambda: patch.object(scoping, "PARTS", {}),
        kinds=(Kind.ADDED_ROW, Kind.HIDDEN_VALUE, Kind.REMOVED_ROW),
        forms=(Form.LOOKUP,),
        who="director",
    ),
    Mutant(
        "denials",
        lambda: patch.object(view_module, "without", lambda base, excluded: base),  # noqa: ARG005  as it was
        kinds=(*_CELLS, *_ROWS),
        who="denied",
        policy=DENIALS,
    ),
    Mutant(
        "token scopes",
        lambda: patch.object(view_module, "_token_allows", lambda *_: True),
        who="partner with token scopes",
    ),
    Mutant(
        "mask of a cell",
        lambda: patch.object(compiler, "gated", lambda clear, *_: clear),
        kinds=_CELLS,
    ),
    Mutant(
        "mask of an opened value",
        lambda: patch.object(compiler, "redacting", lambda *_: str),
        kinds=(Kind.MASKED_CELL,),
    ),
    Mutant("mask in a filter", _filtered_cells, kinds=_CELLS),
    Mutant(
        "mask in an order",
        lambda: patch.object(ordering, "_rule", lambda *_: None),
        kinds=_CELLS,
        forms=(Form.LIST, Form.WALK),
    ),
    Mutant("mask in a cursor", _cursors, kinds=_CELLS, forms=(Form.WALK,)),
    Mutant(
        "mask in an aggregate",
        lambda: patch.object(aggregating.AggregateCompiler, "_rule", lambda *_: None),
        kinds=_CELLS,
        forms=(Form.AGGREGATE,),
    ),
    Mutant(
        "suppression of small groups",
        _group_suppression,
        kinds=(Kind.SUMMED_CELL,),
        forms=(Form.AGGREGATE,),
        who="analyst",
        policy=SUMS,
    ),
    Mutant(
        "plain texts only in a search",
        lambda: patch.object(search, "NOUNS", _SearchedSecrets()),
        kinds=(*_CELLS, Kind.ABSENT_FIELD),
        forms=(Form.LIST, Form.AGGREGATE),
        who="marketing",
    ),
    Mutant("suggestions within the principal's schema", _suggestions, kinds=tuple(Kind), forms=(Form.INVALID,)),
    Mutant(
        "questions within the principal's schema",
        lambda: _all_of(
            patch.object(projection, "may_order_by", lambda *_: True),
            patch.object(projection, "may_aggregate", lambda *_: True),
        ),
        kinds=tuple(Kind),
    ),
)
