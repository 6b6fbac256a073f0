"""Every noun's order and filter inputs, under the names by which connections refer to them."""

from schema import contact, contract, customer, follow_up, opportunity, payment, tag, task, team, user
from schema.engine.fields import NOUNS
from schema.inputs.aggregates import aggregate_types
from schema.inputs.filters import filter_input, list_filter_input
from schema.inputs.order import order_input

# Imported for what they register: a noun is part of the graph once its module is read.
NOUN_MODULES = (contact, contract, customer, follow_up, opportunity, payment, tag, task, team, user)

for _noun in NOUNS.all():
    globals()[f"{_noun.type_name}Order"] = order_input(_noun, __name__)
    globals()[f"{_noun.type_name}Filter"] = filter_input(_noun, __name__)
    globals()[f"{_noun.type_name}ListFilter"] = list_filter_input(_noun, __name__)
    globals().update(aggregate_types(_noun, __name__))
