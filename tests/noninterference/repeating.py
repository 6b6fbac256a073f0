"""Runs examples drawn by hypothesis."""

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st


def repeatedly(examples: int, tried: Callable[[st.DrawFn], None], *, usual: bool = True, shrink: bool = True) -> None:
    """Try so many examples: always the same ones where `usual`, random ones otherwise."""

    @st.composite
    def whole(draw: st.DrawFn) -> None:
        tried(draw)

    @settings(
        max_examples=examples,
        derandomize=usual,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(whole())
    def run(_: None) -> None:
        return

    run()
