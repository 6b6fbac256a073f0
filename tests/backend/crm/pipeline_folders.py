"""The folders the load_pipeline tests read: the public data set where it lies, and the dirty excerpt made by hand."""

import io
import shutil
from pathlib import Path

from django.core.management import call_command

REPOSITORY = Path(__file__).resolve().parents[3]
PUBLIC = REPOSITORY.parent / "shared" / "data" / "crm-sales"
DIRTY = Path(__file__).with_name("pipeline_data")


def copy_of(folder: Path, to: Path) -> Path:
    """Return a copy of `folder` at `to` that a test may damage."""
    to.mkdir()
    for file in folder.iterdir():
        shutil.copyfile(file, to / file.name)
    return to


def run(folder: Path, rejects: Path, **options: object) -> list[str]:
    """Run load_pipeline and return the lines it printed."""
    out = io.StringIO()
    call_command("load_pipeline", str(folder), rejects=rejects, stdout=out, **options)
    return out.getvalue().splitlines()
