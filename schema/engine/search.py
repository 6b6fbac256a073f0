"""Free search in a list: over the noun's plain texts and, for customers, their tags."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Subquery

from backend.crm.models import Tagging
from backend.crm.search import Fold, Grams, searched_text
from permissions.resources import Resource
from permissions.view import View
from schema.engine.arguments import Argument
from schema.engine.conversions import searched
from schema.engine.expressions import AllHold, AnyHolds, EqualsAny, InRows, Placeholder
from schema.engine.fields import NOUNS
from schema.engine.scoping import Frame, visible_rows


class _HasGrams(Func):
    template = "%(expressions)s)"
    arg_joiner = " @> coalesce("
    output_field = BooleanField()

    def __init__(self, text: Any, term: Any) -> None:
        super().__init__(text, term)
        self.template = "(%(expressions)s, '{}'::text[]))"


class _Contains(Func):
    template = "(position(%(expressions)s) > 0)"
    arg_joiner = " IN "
    output_field = BooleanField()


def search_condition(argument: Argument, frame: Frame, view: View) -> Any:
    """Return the condition that a row's searched texts contain a term."""
    term = Placeholder(argument.slot(searched), "text")
    # Invariant: only plain columns are searched. Fields with a category are found by filters, which know the view.
    own = _contains(searched_text(*NOUNS[frame.resource].search_columns), term)
    if frame.resource is not Resource.CUSTOMER or not view.sees(Resource.TAG):
        return own
    tags = visible_rows(Frame(Resource.TAG, NOUNS[Resource.TAG].model), view).filter(_contains(F("name"), term))
    links = Tagging._default_manager.order_by().filter(InRows(F("tag_id"), Subquery(tags.values("id"))))
    tagged = links.values("customer_id")
    return AnyHolds(own, EqualsAny(F("id"), ArraySubquery(tagged)))


def _contains(text: Any, term: Placeholder) -> AllHold:
    return AllHold(_HasGrams(Grams(text), Grams(term)), _Contains(Fold(term), Fold(text)))
