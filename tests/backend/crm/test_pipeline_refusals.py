"""A data set that is foreign, damaged or cut short is refused with one sentence, before anything is written."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from backend.identity.models import Team
from tests.backend.crm.dump import dump
from tests.backend.crm.pipeline_folders import DIRTY, copy_of, run

pytestmark = pytest.mark.django_db

Damage = Callable[[bytes], bytes]
HEADER = b"account,sector,year_established,revenue,employees,office_location,subsidiary_of\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of(DIRTY, tmp_path / "data")


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "rejects.csv"


def _assert_refused(folder: Path, rejects: Path, sentence: str, **options: object) -> None:
    """Assert that the load is refused with a sentence that begins with `sentence`, and leaves no trace."""
    before, files = dump(), set(rejects.parent.iterdir())
    with pytest.raises(CommandError) as refusal:
        run(folder, rejects, **options)
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)
    assert (dump(), set(rejects.parent.iterdir())) == (before, files)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda _: b"", "accounts.csv is empty"),
        (lambda _: b"\r\n  \r\n", "accounts.csv is empty"),
        (lambda _: HEADER, "accounts.csv is cut short: it has a header and no rows"),
        (lambda content: content[:-1], "accounts.csv is cut short: its last line has no end"),
        (lambda content: content[: len(content) // 2], "accounts.csv is cut short: its last line has no end"),
        (lambda content: content + b"Half Co,retail\r\n", "accounts.csv is damaged or cut short: row 14 has 2 columns"),
        (
            lambda content: content + b"a,b,1,1,1,f,g,h\r\n",
            "accounts.csv is damaged or cut short: row 14 has 8 columns",
        ),
        (lambda content: content + b'"Open quote,b\r\n', "accounts.csv is damaged or cut short: unexpected end"),
        (lambda content: content.split(b"\n", 1)[1], "accounts.csv is a foreign file"),
        (lambda content: content.replace(b"subsidiary_of", b"parent"), "accounts.csv is a foreign file"),
        (lambda content: content.replace(b",subsidiary_of", b""), "accounts.csv is a foreign file"),
        (lambda _: b'{"accounts": []}\n', "accounts.csv is a foreign file"),
        (lambda content: content + "Société,retail,1,1,1,,\n".encode("latin-1"), "accounts.csv is not UTF-8 text"),
        (lambda content: content.decode().encode("utf-16"), "accounts.csv is not UTF-8 text"),
        (lambda content: content + b"Zero\0Co,retail,1,1,1,,\n", "accounts.csv is not text"),
        (lambda content: content + b"x" * 200_000 + b",,,,,,\n", "accounts.csv is damaged or cut short: field larger"),
    ],
)
def test_a_damaged_file_is_refused(folder: Path, rejects: Path, damage: Damage, sentence: str) -> None:
    accounts = folder / "accounts.csv"
    accounts.write_bytes(damage(accounts.read_bytes()))
    _assert_refused(folder, rejects, sentence)


@pytest.mark.parametrize("file", ["sales_teams.csv", "products.csv", "accounts.csv", "sales_pipeline.csv"])
def test_a_missing_file_is_refused(folder: Path, rejects: Path, file: str) -> None:
    (folder / file).unlink()
    _assert_refused(folder, rejects, f"{file} is missing from ")


def test_two_files_in_each_others_place_are_refused(folder: Path, rejects: Path) -> None:
    (folder / "products.csv").write_bytes((folder / "accounts.csv").read_bytes())
    _assert_refused(folder, rejects, "products.csv is a foreign file: its first line is not product,series,sales_price")


def test_a_folder_in_place_of_a_file_is_refused(folder: Path, rejects: Path) -> None:
    (folder / "products.csv").unlink()
    (folder / "products.csv").mkdir()
    _assert_refused(folder, rejects, "products.csv is missing from ")


def test_fewer_rows_than_the_readme_promises_are_refused(folder: Path, rejects: Path) -> None:
    (folder / "README.md").write_text("| accounts.csv | 1,013 | account, sector |\n", encoding="utf-8")
    _assert_refused(folder, rejects, "accounts.csv is cut short: it has 12 rows where README.md says 1,013")


@pytest.mark.parametrize("place", ["nowhere", "accounts.csv"])
def test_what_is_not_a_folder_is_refused(folder: Path, rejects: Path, place: str) -> None:
    _assert_refused(folder / place, rejects, f"{folder / place} is not a folder")


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ("[accounts.sector\n", "The mapping file {path} is not TOML"),
        (
            '[customers.name]\na = "b"\n',
            "The mapping file {path} names a file that is not in the data set: 'customers'",
        ),
        (
            '[accounts.name]\na = "b"\n',
            "The mapping file {path} names a column that accounts.csv does not have: 'name'",
        ),
        ("[accounts.sector]\na = 1\n", "The mapping file {path} maps accounts.sector to something that is not text"),
        (None, "The mapping file {path} cannot be read"),
    ],
)
def test_a_bad_mapping_file_is_refused(folder: Path, rejects: Path, mapping: str | None, sentence: str) -> None:
    path = folder / "mapping.toml"
    if mapping is not None:
        path.write_text(mapping, encoding="utf-8")
    _assert_refused(folder, rejects, sentence.format(path=path), mapping=path)


def test_a_rejects_file_that_cannot_be_written_is_refused(folder: Path, tmp_path: Path) -> None:
    _assert_refused(folder, tmp_path / "data", f"The rejects file {tmp_path / 'data'} cannot be written")
    below_a_file = folder / "README.txt" / "rejects.csv"
    with pytest.raises(CommandError, match="cannot be written: File exists"):
        run(folder, below_a_file)
    assert not any(dump().values())


def test_the_rejects_file_may_not_be_a_file_of_the_data_set(folder: Path) -> None:
    before = (folder / "accounts.csv").read_bytes()
    _assert_refused(folder, folder / "accounts.csv", "The rejects file ")
    assert (folder / "accounts.csv").read_bytes() == before


def test_a_team_of_the_same_name_that_is_somebody_elses_is_not_joined(folder: Path, rejects: Path) -> None:
    Team.objects.create(name="Central")
    _assert_refused(folder, rejects, "A team named 'Central' is already here and is not this data set's")


def test_a_refused_load_keeps_the_rejects_of_the_one_before(folder: Path, rejects: Path) -> None:
    run(folder, rejects)
    before = rejects.read_bytes()
    (folder / "products.csv").write_bytes(b"")
    _assert_refused(folder, rejects, "products.csv is empty")
    assert rejects.read_bytes() == before


def test_a_byte_order_mark_and_blank_lines_do_no_harm(folder: Path, rejects: Path) -> None:
    accounts = folder / "accounts.csv"
    accounts.write_bytes(b"\xef\xbb\xbf" + accounts.read_bytes() + b"\r\n\r\n")
    assert "accounts.csv: 12 read = 5 loaded + 7 rejected (5 new, 0 already here; repaired: 1)" in run(folder, rejects)
