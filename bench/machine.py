"""What the figures were taken on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

_PACKAGES = ("django", "strawberry-graphql", "graphql-core", "psycopg", "uvicorn", "uvloop", "httptools", "orjson")


def machine() -> dict[str, object]:
    """Return the processor, its cores, the memory the system, and how much else it had to do."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load_average_before": round(os.getloadavg()[0], 1),
    }


def versions(postgresql: str) -> dict[str, str]:
    """Return the version of everything the figures depend on."""
    return {
        "python": platform.python_version(),
        "postgresql": postgresql,
        **{package: version(package) for package in _PACKAGES},
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")
