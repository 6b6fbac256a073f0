"""Runs examples drawn by hypothesis."""

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st


def repeatedly(examples: int, tried: Callable[[st.DrawFn], None], *, usual: bool = True) -> None:
    """Try so many examples, up to the first that fails: always the same ones where `usual`, random ones otherwise."""

    @st.composite
    def whole(draw: st.DrawFn) -> None:
        tried(draw)

    # An example is a seed, and no seed is simpler than another: what fails is made smaller by the prover.
    @settings(
        max_examples=examples,
        derandomize=usual,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(whole())
    def run(_: None) -> None:
        return

    run()
