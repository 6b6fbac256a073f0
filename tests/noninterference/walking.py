"""Pages in turn, each world with the cursors of its own answers, and then those cursors with another filter."""

import json
from collections.abc import Callable
from typing import Any

from tests.noninterference.asking import Request
from tests.noninterference.drawing import Dice
from tests.noninterference.material import Material
from tests.noninterference.operations import Writer
from tests.noninterference.stores import Side

_MOST_PAGES = 4
Compare = Callable[[dict[Side, Request]], dict[Side, bytes]]


def walk(dice: Dice, material: Material, compare: Compare) -> None:
    """Page through a list, forwards or backwards."""
    writer = Writer(dice, material)
    listing = writer.listing()
    if listing is None:
        return
    name, arguments, fields = listing
    size, forwards = 1 + dice.number(4), dice.likely(50)
    limit, cursor, end, more = (
        ("first", "after", "endCursor", "hasNextPage")
        if forwards
        else ("last", "before", "startCursor", "hasPreviousPage")
    )
    body = (
        f"{{ edges {{ cursor node {{ {fields} }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"
    )
    places: dict[Side, Any] = dict.fromkeys(Side)
    for _ in range(_MOST_PAGES):
        requests = {}
        for side, place in places.items():
            at = f", {cursor}: {json.dumps(place)}" if place else ""
            head = f"({limit}: {size}{at}{', ' + arguments if arguments else ''})"
            requests[side] = Request(f"{writer.header()} {{ list: {name}{head} {body} }}", writer.arguments.variables)
        answers = compare(requests)
        infos = {side: _page_info(answer) for side, answer in answers.items()}
        if any(info is None or not info[more] for info in infos.values()):
            return
        places = {side: info[end] for side, info in infos.items()}


def _page_info(answer: bytes) -> Any:
    data = json.loads(answer[answer.index(b" ") + 1 :]).get("data")
    return None if not data or data["list"] is None else data["list"]["pageInfo"]
