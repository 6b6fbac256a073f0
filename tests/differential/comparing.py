"""Whether two answers are equal: values, their types, the order of keys, errors, and the rows cursors stand for."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.differential.access import Entries
from tests.differential.pages import read_cursor

_BEFORE_VALUES = 20  # A signature of 16 bytes and the hour, in 4; then the order's values, the row's key last.


class Comparison:
    """Walks two answers side by side. The oracle's cursors name a row; the engine's must always stand for that row."""

    def __init__(self) -> None:
        self._spelled: dict[str, str] = {}

    def data(self, engine: Any, oracle: Any, path: str = "data") -> None:
        """Assert that two values are equal."""
        match oracle:
            case dict():
                assert isinstance(engine, dict), path
                assert list(engine) == list(oracle), path
                for key, value in oracle.items():
                    self.data(engine[key], value, f"{path}.{key}")
            case list():
                assert isinstance(engine, list), path
                assert len(engine) == len(oracle), path
                for index, value in enumerate(oracle):
                    self.data(engine[index], value, f"{path}.{index}")
            case str() if _is_cursor(oracle):
                self._cursor(engine, oracle, path)
            case _:
                assert (type(engine), engine) == (type(oracle), oracle), path

    def errors(self, engine: Mapping[str, Any], oracle: Mapping[str, Any]) -> None:
        """Assert that two answers have the same errors."""
        assert ("errors" in engine) == ("errors" in oracle), (engine.get("errors"), oracle.get("errors"))
        ours, theirs = (sorted(answer.get("errors", ()), key=repr_of) for answer in (engine, oracle))
        assert ours == theirs

    def access(self, engine: Mapping[str, Any], oracle: Mapping[str, Any], expected: Entries) -> None:
        """Assert that the answer says what was masked, and nothing else."""
        said = engine.get("extensions", {}).get("access", {})
        wanted = expected if oracle["data"] is not None else {}
        assert set(said) == set(wanted)
        for path, entry in said.items():
            assert entry in wanted[path], path
        assert ("extensions" in engine) == bool(wanted), "an empty `extensions` says nothing"

    def _cursor(self, engine: Any, oracle: str, path: str) -> None:
        assert isinstance(engine, str), path
        _, _, key = read_cursor(oracle)
        raw = base64.urlsafe_b64decode(engine + "=" * (-len(engine) % 4))
        assert json.loads(raw[_BEFORE_VALUES:])[-1] == str(key), f"{path} is the cursor of another row"
        assert self._spelled.setdefault(oracle, engine) == engine, f"{path}: two cursors for one place"


def _is_cursor(text: str) -> bool:
    return text.startswith('["') and text.endswith('"]') and '", [["' in text


def repr_of(error: Any) -> str:
    """Return a key to sort errors by."""
    return json.dumps([error.get("path"), error["message"]])
