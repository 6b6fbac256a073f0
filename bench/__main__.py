"""`python -m bench`: measure Prism beside the limit, print the table, keep the figures."""

import argparse
import os
import secrets
import signal
import sys

import uvloop
from rich.console import Console

from backend.errors import SetupError
from backend.vault.own_key import make_own_key
from bench.database import bench_database, manage, own_customer_ids, own_var_dir, server_version
from bench.errors import BenchError
from bench.machine import machine, versions
from bench.queries import QUERIES, Query, chosen
from bench.report import Report
from bench.run import Run
from bench.servers import serving

_NAMES = sorted({query.name for query in QUERIES})


def main(arguments: list[str]) -> int:
    """Run the benchmark; the status tells whether it ran, and with --strict whether every target was met."""
    options = _parser().parse_args(arguments)
    # An ordinary exit, so that the servers end with us.
    signal.signal(signal.SIGTERM, lambda signum, _frame: sys.exit(128 + signum))
    console = Console()
    own_var_dir()
    # A key for this run alone: the tokens made with it are worth nothing afterwards.
    os.environ["PRISM_SECRET_KEY"] = secrets.token_urlsafe(48)
    try:
        # Kept beside the benchmark's database: what one run seals, the next one opens.
        make_own_key()
        report = _measured(options, chosen(options.queries), console)
    except (BenchError, SetupError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    report.show(console)
    if options.save:
        console.print(f"Kept in {report.save()}", soft_wrap=True, highlight=False)
    return 1 if options.strict and not report.passed else 0


def _measured(options: argparse.Namespace, queries: tuple[Query, ...], console: Console) -> Report:
    hardware = machine()
    rounds, seconds = (2, 1.0) if options.quick else (options.rounds, options.seconds)
    if options.unrecorded:
        os.environ["PRISM_BENCH_UNRECORDED"] = "1"
    url = bench_database(options.customers)
    tokens = {role: manage(url, "token", role).strip() for role in sorted({query.role for query in queries})}
    ids = own_customer_ids(url, "sales")
    with (
        serving("Prism", "bench.prism:application", url) as prism,
        serving("the limit", "bench.limit:application", url) as limit,
    ):
        run = Run(prism, limit, tokens, ids, rounds, seconds, lambda line: console.print(line, highlight=False))
        figures, hit_rate = uvloop.run(run.measure(queries))
    return Report(
        figures,
        hit_rate,
        hardware,
        versions(server_version(url)),
        options.customers,
        rounds,
        seconds,
        not options.unrecorded,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Prism beside hand-written SQL.")
    parser.add_argument("--customers", type=_positive, default=100_000, help="rows of the database it measures on")
    parser.add_argument("--seconds", type=_duration, default=3.0, help="length of a round; 3 unless told")
    parser.add_argument("--rounds", type=_positive, default=5, help="rounds a query and side; 5 unless told")
    parser.add_argument("--queries", type=_queries, default=frozenset(), help=f"some of {','.join(_NAMES)}")
    parser.add_argument("--quick", action="store_true", help="two rounds of a second: a look, not a figure")
    parser.add_argument(
        "--unrecorded", action="store_true", help="keep no record of what is read, to see what it costs"
    )
    parser.add_argument("--strict", action="store_true", help="a missed target is a failure")
    parser.add_argument("--no-save", dest="save", action="store_false", help="leave bench/results as it is")
    return parser


def _positive(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= 5_000_000:
        return int(text)
    raise argparse.ArgumentTypeError("a whole number from 1 to 5000000 is wanted")


def _duration(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if 0 < seconds <= 600:
        return seconds
    raise argparse.ArgumentTypeError("a number of seconds, at most 600, is wanted")


def _queries(text: str) -> frozenset[str]:
    names = frozenset(text.upper().split(","))
    if names <= set(_NAMES):
        return names
    raise argparse.ArgumentTypeError(f"the queries are {', '.join(_NAMES)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
