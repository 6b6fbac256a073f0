"""The table, the verdicts and the file of results."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from bench.database import results_folder
from bench.measure import Latency
from bench.queries import MEMORY_TARGET_MB, PAGE_TARGET, Query

_LATENCY = ("query", "p50", "p95", "p99", "ratio", "target")
_RATE = ("query", "kB", "worker MB", "requests/s", "ratio", "target")


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one query: latencies at one connection, rates at sixteen, memory under that load."""

    query: Query
    answer_bytes: int
    prism: Latency
    limit: Latency
    prism_rate: float
    limit_rate: float
    worker_bytes: int

    @property
    def p50_ratio(self) -> float:
        """How many times as long as the limit Prism takes."""
        return self.prism.p50 / self.limit.p50

    @property
    def rate_ratio(self) -> float:
        """What part of the limit's requests per second Prism reaches."""
        return self.prism_rate / self.limit_rate

    @property
    def misses(self) -> list[str]:
        """The targets this query misses, in words."""
        query, missed = self.query, []
        if query.p50_target is not None and self.p50_ratio > query.p50_target:
            missed.append(f"{query.key}: p50 is {self.p50_ratio:.2f} × the limit, more than {query.p50_target}")
        if query.rate_target is not None and self.rate_ratio < query.rate_target:
            missed.append(f"{query.key}: {self.rate_ratio:.2f} × the limit's requests/s, less than {query.rate_target}")
        return missed

    def as_json(self) -> dict[str, Any]:
        """Return the figures for the file: milliseconds, requests a second, megabytes."""
        return {
            "query": self.query.name,
            "page": self.query.page,
            "role": self.query.role,
            "title": self.query.title,
            "answer_bytes": self.answer_bytes,
            "prism": _side_json(self.prism, self.prism_rate),
            "limit": _side_json(self.limit, self.limit_rate),
            "p50_ratio": round(self.p50_ratio, 2),
            "p50_target": self.query.p50_target,
            "rate_ratio": round(self.rate_ratio, 2),
            "rate_target": self.query.rate_target,
            "worker_mb": round(self.worker_bytes / 1e6, 1),
            "passed": not self.misses,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    figures: Sequence[Figures]
    plan_cache_hit_rate: float | None
    machine: dict[str, object]
    versions: dict[str, str]
    customers: int
    rounds: int
    seconds: float
    recorded: bool = True

    @property
    def worker_mb(self) -> float:
        """The largest resident size of a worker of Prism, in megabytes."""
        return max(each.worker_bytes for each in self.figures) / 1e6

    @property
    def page_ratio(self) -> float | None:
        """How many times as long as the first page of a list the latest one measured takes; None where none was."""
        pages = {each.query.page: each.prism.p50 for each in self.figures if each.query.page is not None}
        return pages[max(pages)] / pages[1] if 1 in pages and len(pages) > 1 else None

    @property
    def misses(self) -> list[str]:
        """The targets that were missed, in words."""
        missed = [sentence for each in self.figures for sentence in each.misses]
        if self.page_ratio is not None and self.page_ratio > PAGE_TARGET:
            missed.append(f"a late page costs {self.page_ratio:.2f} × the first, more than {PAGE_TARGET}")
        if self.worker_mb > MEMORY_TARGET_MB:
            missed.append(f"memory: a worker reached {self.worker_mb:.0f} MB, more than {MEMORY_TARGET_MB}")
        return missed

    @property
    def passed(self) -> bool:
        """Whether every target was met."""
        return not self.misses

    def show(self, console: Console) -> None:
        """Print the tables and the verdict."""
        console.print(_table("One connection (Prism / limit, ms)", _LATENCY, [_latency_row(f) for f in self.figures]))
        console.print(_table("16 connections (Prism / limit)", _RATE, [_rate_row(f) for f in self.figures]))
        console.print(_about(self.customers, self.machine, self.versions), highlight=False)
        hits = "not known" if self.plan_cache_hit_rate is None else f"{self.plan_cache_hit_rate:.2%}"
        console.print(f"Largest worker {self.worker_mb:.0f} MB (target {MEMORY_TARGET_MB}); plan cache hits {hits}.")
        if self.page_ratio is not None:
            console.print(f"A late page costs {self.page_ratio:.2f} × the first.", highlight=False)
        for sentence in self.misses or ["Every target is met."]:
            console.print(sentence, highlight=False)

    def save(self) -> Path:
        """Write the results where git sees them, and return the file."""
        path = results_folder() / ("latest.json" if self.recorded else "unrecorded.json")
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(self._as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    def _as_json(self) -> dict[str, Any]:
        return {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": self.machine,
            "versions": self.versions,
            "customers": self.customers,
            "reads_recorded": self.recorded,
            "rounds": self.rounds,
            "seconds_per_round": self.seconds,
            "plan_cache_hit_rate": self.plan_cache_hit_rate and round(self.plan_cache_hit_rate, 5),
            "worker_mb": round(self.worker_mb, 1),
            "worker_target_mb": MEMORY_TARGET_MB,
            "late_page_ratio": None if self.page_ratio is None else round(self.page_ratio, 2),
            "passed": self.passed,
            "queries": [each.as_json() for each in self.figures],
        }


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _latency_row(each: Figures) -> Sequence[str]:
    query, prism, limit = each.query, each.prism, each.limit
    times = [_pair(getattr(prism, name), getattr(limit, name)) for name in ("p50", "p95", "p99")]
    met = query.p50_target is None or each.p50_ratio <= query.p50_target
    return (query.label, *times, f"{each.p50_ratio:.2f}", _verdict("≤", query.p50_target, met=met))


def _pair(prism: float, limit: float) -> str:
    return f"{_digits(prism * 1e3)} / {_digits(limit * 1e3)}"


def _digits(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if milliseconds < 9.995 else f"{milliseconds:.1f}"


def _rate_row(each: Figures) -> Sequence[str]:
    query = each.query
    rates = f"{each.prism_rate:.0f} / {each.limit_rate:.0f}"
    met = query.rate_target is None or each.rate_ratio >= query.rate_target
    sizes = f"{each.answer_bytes / 1000:.1f}", f"{each.worker_bytes / 1e6:.0f}"
    return (query.label, *sizes, rates, f"{each.rate_ratio:.2f}", _verdict("≥", query.rate_target, met=met))


def _verdict(sign: str, target: float | None, *, met: bool) -> str:
    if target is None:
        return ""
    return f"[green]{sign} {target}[/]" if met else f"[red]{sign} {target} ✗[/]"


def _side_json(latency: Latency, rate: float) -> dict[str, float]:
    milliseconds = {name: round(getattr(latency, name) * 1e3, 3) for name in ("p50", "p95", "p99")}
    return {**{f"{name}_ms": value for name, value in milliseconds.items()}, "requests_per_second": round(rate, 1)}


def _about(customers: int, machine: dict[str, object], versions: dict[str, str]) -> str:
    software = ", ".join(f"{name} {number}" for name, number in versions.items())
    hardware = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB"
    return f"{customers:,} customers, 2 workers each; {hardware}; {software}"
