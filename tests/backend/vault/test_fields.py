"""Encrypted model fields: plain text to Python, sealed to the database, found by their index."""

import copy
import logging
import pickle
import uuid
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.serializers.base import DeserializationError
from django.db import connection, models, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from backend.fields import sensitive_of
from backend.models import new_id
from backend.vault.blind_index import index_of
from backend.vault.errors import NotStorable, SealBroken
from backend.vault.keyring import Keyring
from backend.vault.normalise import Normaliser
from backend.vault.sealed import Sealed
from tests.backend.vault.people.models import PHONE, Account, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keys")]

SECRET = "138 1234 5678"
EVERYTHING: dict[str, Any] = {
    "phone": SECRET,
    "email": "Li.Wei@Example.cn",
    "note": "信用有风险 🙂",
    "birthday": date(1990, 2, 28),
    "salary": Decimal("-12345.60"),
}
ENCRYPTED = sorted(EVERYTHING)


def field_of(name: str, model: type[models.Model] = Person) -> Any:
    return model._meta.get_field(name)


def stored(person: models.Model) -> dict[str, bytes | None]:
    """Return what the row has in its encrypted columns and their indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT phone, email, note, birthday, salary, phone_index, email_index "
            "FROM vault_people_person WHERE id = %s",
            [person.pk],
        )
        (row,) = cursor.fetchall()
    names = ["phone", "email", "note", "birthday", "salary", "phone_index", "email_index"]
    return dict(zip(names, row, strict=True))


def values(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in ENCRYPTED}


def test_what_is_saved_is_read_back_and_is_not_in_the_database() -> None:
    person = Person.objects.create(**EVERYTHING)
    assert values(person) == values(Person.objects.get()) == EVERYTHING
    row = stored(person)
    written = b"".join(row[name] or b"" for name in row)
    for plaintext in ("138", "5678", "Wei", "example", "风险", "1990", "12345"):
        assert plaintext.encode() not in written


def test_null_stays_null_and_empty_is_sealed_like_any_text() -> None:
    person = Person.objects.create(phone=None, email="", note="")
    row = stored(person)
    assert (row["phone"], row["phone_index"], row["birthday"]) == (None, None, None)
    assert len(row["email"] or b"") == len(row["note"] or b"") == 33
    assert values(Person.objects.get()) == dict.fromkeys(ENCRYPTED) | {"email": "", "note": ""}


def test_equal_values_have_different_seals_and_one_index() -> None:
    one, other = Person.objects.create(phone="13812345678"), Person.objects.create(phone="+86 138-1234-5678")
    assert stored(one)["phone"] != stored(other)["phone"]
    assert stored(one)["phone_index"] == stored(other)["phone_index"] == index_of("vault_people_person.phone", SECRET)
    assert set(Person.objects.filter(phone_index=index_of("vault_people_person.phone", SECRET))) == {one, other}


def test_the_same_value_has_another_index_in_another_column() -> None:
    assert field_of("phone").index_for(SECRET) != field_of("phone", Account).index_for(SECRET)


def test_an_instance_from_the_database_holds_no_plaintext() -> None:
    Person.objects.create(**EVERYTHING)
    person = Person.objects.get()
    assert person.phone == SECRET
    assert all(isinstance(person.__dict__[name], Sealed) for name in ENCRYPTED)
    assert repr(person.__dict__["phone"]) == "Sealed(…)"
    assert SECRET not in repr(person.__dict__)


def test_an_assigned_value_is_read_back_before_and_after_it_is_saved() -> None:
    person = Person.objects.create(phone="1", birthday="1990-02-28", salary="7")
    assert (person.birthday, person.salary) == (date(1990, 2, 28), Decimal("7.00"))
    person.phone = SECRET
    assert person.phone == SECRET
    person.save()
    assert Person.objects.get().phone == SECRET


def test_a_value_nobody_changed_is_written_back_as_it_was() -> None:
    before = stored(Person.objects.create(**EVERYTHING))
    person = Person.objects.get()
    person.name = "李伟"
    person.save()
    assert stored(person) == before


@pytest.mark.parametrize("save", ["save", "update_fields", "only", "defer"])
def test_the_index_is_saved_with_its_value_however_it_is_saved(save: str) -> None:
    Person.objects.create(**EVERYTHING)
    query = {"only": Person.objects.only("phone"), "defer": Person.objects.defer("phone_index")}
    person = query.get(save, Person.objects.all()).get()
    person.phone = "13900000000"
    person.save(update_fields=["phone"] if save == "update_fields" else None)
    assert stored(person)["phone_index"] == field_of("phone").index_for("13900000000")
    assert values(Person.objects.get()) == EVERYTHING | {"phone": "13900000000"}


def test_saving_other_fields_touches_neither_value_nor_index(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    before = stored(Person.objects.create(**EVERYTHING))
    person = Person.objects.defer("phone").get()
    person.name = "李伟"
    with django_assert_num_queries(2):
        person.save()
        person.save(update_fields=["name"])
    assert stored(person) == before


def test_a_value_set_to_null_loses_its_index() -> None:
    person = Person.objects.create(**EVERYTHING)
    person.phone = None
    person.save()
    assert (stored(person)["phone"], stored(person)["phone_index"]) == (None, None)


def test_deferred_fields_are_opened_when_they_are_asked_for() -> None:
    Person.objects.create(**EVERYTHING)
    person = Person.objects.only("id").get()
    assert "phone" not in person.__dict__
    assert values(person) == EVERYTHING


def test_refresh_from_db_gives_what_is_stored_now() -> None:
    person = Person.objects.create(**EVERYTHING)
    other = Person.objects.get()
    other.phone = "13900000000"
    other.save()
    person.refresh_from_db()
    assert values(person) == EVERYTHING | {"phone": "13900000000"}


def test_bulk_create_seals_and_indexes_every_row() -> None:
    people = Person.objects.bulk_create([Person(phone=f"1390000000{place}") for place in range(5)])
    found = {person.pk: person.phone for person in Person.objects.all()}
    assert found == {person.pk: f"1390000000{place}" for place, person in enumerate(people)}
    assert stored(people[3])["phone_index"] == field_of("phone").index_for("13900000003")


def test_get_or_create_update_or_create_and_copies_work() -> None:
    person, _ = Person.objects.get_or_create(name="李伟", defaults={"phone": SECRET})
    person, made = Person.objects.update_or_create(name="李伟", defaults={"phone": "13900000000"})
    assert not made
    assert Person.objects.get().phone == copy.deepcopy(person).phone == pickle.loads(pickle.dumps(person)).phone  # noqa: S301  our own


@pytest.mark.parametrize(
    "change",
    [
        {"note": "plain"},
        {"note": Value("plain")},
        {"note": Lower(Value("PLAIN"))},
        {"note": F("name")},
        {"note": Case(When(name="", then=Value("plain")), default=Value("plain"))},
        {"birthday": date(1990, 1, 1)},
        {"salary": Decimal(1)},
        {"note": b"bytes"},
        {"phone": None},
        {"phone": Sealed(b"\x01")},
    ],
    ids=repr,
)
def test_update_is_refused_with_plaintext_with_expressions_and_without_the_index(change: dict[str, Any]) -> None:
    person = Person.objects.create(**EVERYTHING)
    before = stored(person)
    words = r"is encrypted for each row apart|cannot be updated without phone_index"
    with pytest.raises(FieldError, match=words), transaction.atomic():
        Person.objects.update(**change)
    assert stored(person) == before


def test_update_may_set_other_fields_and_both_halves_to_null() -> None:
    person = Person.objects.create(**EVERYTHING)
    assert Person.objects.update(phone=None, phone_index=None, birthday=None, name="x") == 1
    assert values(Person.objects.get(pk=person.pk)) == EVERYTHING | {"phone": None, "birthday": None}


def test_bulk_update_is_refused_for_encrypted_fields_alone() -> None:
    person = Person.objects.create(**EVERYTHING)
    person.name = "李伟"
    assert Person.objects.bulk_update([person], ["name"]) == 1
    with pytest.raises(FieldError, match="is encrypted for each row apart"):
        Person.objects.bulk_update([person], ["note"])


@pytest.mark.parametrize(
    "query",
    [
        Q(phone=SECRET),
        Q(phone=None),
        Q(phone__in=[SECRET]),
        Q(phone__contains="138"),
        Q(phone__startswith="138"),
        Q(birthday__lt=date(2000, 1, 1)),
        Q(birthday__year=1990),
        Q(salary__gt=1),
        ~Q(note=""),
        Q(note=F("name")),
    ],
    ids=str,
)
def test_filters_on_an_encrypted_column_are_refused(query: Q) -> None:
    with pytest.raises(FieldError):
        list(Person.objects.filter(query))


def test_isnull_is_allowed() -> None:
    person = Person.objects.create(phone=SECRET)
    assert list(Person.objects.filter(phone__isnull=False, email__isnull=True)) == [person]
    assert not Person.objects.filter(phone__isnull=True).exists()


@pytest.mark.parametrize(
    "order", ["phone", "-birthday", F("phone").desc(), F("salary").asc(nulls_last=True), Lower("note")]
)
def test_an_order_by_an_encrypted_column_is_refused(order: Any) -> None:
    with pytest.raises(FieldError, match="cannot be ordered by"):
        list(Person.objects.order_by(order))
    assert list(Person.objects.order_by("name", "id", F("created_at").desc())) == []


def test_values_are_sealed_and_opened_by_who_knows_the_row() -> None:
    Person.objects.create(**EVERYTHING)
    ((key, phone, birthday, salary),) = Person.objects.values_list("pk", "phone", "birthday", "salary")
    assert isinstance(phone, Sealed)
    assert field_of("phone").open_text(key, phone) == SECRET
    assert field_of("birthday").open_text(key, birthday.stored) == "1990-02-28"
    assert field_of("salary").open_text(key, memoryview(salary.stored)) == "-12345.60"
    assert field_of("salary").open(key, salary) == Decimal("-12345.60")


def test_bulk_loaders_seal_and_index_without_an_instance() -> None:
    key, field = new_id(), field_of("phone")
    assert (field.seal_for(key, None), field.index_for(None)) == (None, None)
    person = Person(pk=key, name="loaded")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_people_person (id, name, phone, phone_index, note) VALUES (%s, '', %s, %s, %s)",
            [key, field.seal_for(key, SECRET), field.index_for(SECRET), field_of("note").seal_for(key, "")],
        )
    person = Person.objects.get(phone_index=field.index_for("+8613812345678"))
    assert (person.pk, person.phone) == (key, SECRET)


@pytest.mark.parametrize("given", [EVERYTHING, {"note": "not indexed"}], ids=["everything", "not indexed"])
def test_an_instance_given_another_key_is_refused_rather_than_stored_for_good(given: dict[str, Any]) -> None:
    person = Person.objects.create(**given)
    person.pk = new_id()
    person._state.adding = True
    words = r"A value of vault_people_person\.\w+ does not open"
    with pytest.raises(SealBroken, match=words), transaction.atomic():
        person.save()
    assert Person.objects.count() == 1


def test_a_broken_value_says_where_it_is_and_breaks_nothing_else() -> None:
    one, other = (Person.objects.create(phone=phone, note="x") for phone in ("13900000001", "13900000002"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_people_person SET phone = %s WHERE id = %s", [stored(other)["phone"], one.pk])
    person = Person.objects.get(pk=one.pk)
    assert person.note == "x"
    with pytest.raises(SealBroken, match=r"^A value of vault_people_person\.phone does not open") as caught:
        _ = person.phone
    assert "139" not in repr(caught.getrepr(showlocals=False, style="short"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note", "half a pair \ud800"),
        ("birthday", "30 February"),
        ("birthday", "1990-02-30"),
        ("salary", "seven"),
        ("salary", Decimal("123456789.00")),
        ("salary", float("nan")),
    ],
)
def test_a_value_the_column_cannot_hold_is_refused_without_repeating_it(name: str, value: Any) -> None:
    person = Person(**{name: value})
    with pytest.raises(NotStorable) as caught, transaction.atomic():
        person.save()
    assert str(caught.value) == f"vault_people_person.{name} cannot hold the value it was given."
    assert caught.value.__suppress_context__
    assert not Person.objects.exists()


def test_validation_does_not_repeat_the_value() -> None:
    with pytest.raises(ValidationError) as caught:
        Person(name="x", birthday="secret", salary="hidden").full_clean()
    assert set(caught.value.message_dict) == {"birthday", "salary"}
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)
    Person(name="x", **EVERYTHING).full_clean()


@pytest.mark.parametrize("fmt", ["json", "python", "xml"])
def test_a_dump_holds_nothing_in_clear_and_cannot_be_loaded(fmt: str) -> None:
    person = Person.objects.create(**EVERYTHING)
    for each in (person, Person.objects.get()):
        dumped = serializers.serialize(fmt, [each])
        for plaintext in ("1234", "Wei", "风险", "1990", "12345"):
            assert plaintext not in str(dumped)
    with pytest.raises((ValidationError, DeserializationError)):
        list(serializers.deserialize(fmt, dumped))


def test_a_dump_of_text_alone_cannot_be_loaded_either() -> None:
    dumped = serializers.serialize("json", [Person.objects.create(note="x")], fields=["note"])
    (loaded,) = serializers.deserialize("json", dumped)
    with pytest.raises(FieldError, match="loaddata"), transaction.atomic():
        loaded.save()


def test_no_log_of_statements_holds_a_plaintext(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="django.db.backends"), CaptureQueriesContext(connection):
        person = Person.objects.create(**EVERYTHING)
        person.phone = "13900000000"
        person.save(update_fields=["phone"])
        assert values(Person.objects.get()) == EVERYTHING | {"phone": "13900000000"}
    assert "INSERT INTO" in caplog.text
    for plaintext in ("138 1234", "1390000", "Wei", "风险", "1990", "12345.6"):
        assert plaintext not in caplog.text
        assert plaintext.encode().hex() not in caplog.text


def test_the_classification_is_read_as_from_any_field() -> None:
    assert sensitive_of(field_of("phone")) == PHONE
    assert sensitive_of(field_of("note")) is None


@pytest.mark.parametrize("name", [*ENCRYPTED, "phone_index"])
def test_a_field_is_rebuilt_from_what_migrations_record(name: str) -> None:
    field = field_of(name)
    _, path, args, kwargs = field.deconstruct()
    module, _, cls = path.rpartition(".")
    rebuilt = getattr(import_module(module), cls)(*args, **kwargs)
    assert type(rebuilt) is type(field)
    assert rebuilt.deconstruct()[1:] == field.deconstruct()[1:]
    assert rebuilt.db_type(connection) == field.db_type(connection) == "bytea"
    assert {"default", "sensitive"}.isdisjoint(kwargs)


def test_migrations_see_each_companion_once_and_find_nothing_to_change() -> None:
    state = ProjectState()
    for model in (Person, Account):
        state.add_model(ModelState.from_model(model))
    historical = state.apps.get_model("vault_people", "Person")
    assert historical is not Person
    names = [field.name for field in historical._meta.local_fields]
    assert names == [field.name for field in Person._meta.local_fields]
    assert names.count("phone_index") == names.count("email_index") == 1
    again = ProjectState()
    for rendered in state.apps.get_models():
        again.add_model(ModelState.from_model(rendered))
    assert MigrationAutodetector(state, again)._detect_changes() == {}  # type: ignore[attr-defined]


def test_a_historical_model_seals_and_indexes_too() -> None:
    state = ProjectState()
    state.add_model(ModelState.from_model(Person))
    historical = state.apps.get_model("vault_people", "Person")
    historical.objects.create(phone=SECRET, note="")
    assert Person.objects.get(phone_index=field_of("phone").index_for(SECRET)).phone == SECRET


def test_a_proxy_or_an_heir_has_no_second_companion() -> None:
    class Colleague(Person):
        class Meta:
            proxy = True
            app_label = "vault_people_copies"

    assert [field.name for field in Colleague._meta.fields].count("phone_index") == 1
    Colleague.objects.create(phone=SECRET)
    assert Colleague.objects.get().phone == SECRET


def test_a_model_without_a_uuid_key_and_senseless_options_are_found() -> None:
    from backend.vault.fields import EncryptedTextField  # noqa: PLC0415

    class Numbered(models.Model):
        phone = EncryptedTextField(unique=True, index=Normaliser.PHONE)
        mail = EncryptedTextField(db_index=True)
        name = EncryptedTextField(db_default="plain")
        fine = EncryptedTextField()

        class Meta:
            app_label = "vault_people_copies"

        def __str__(self) -> str:
            return ""

    found = [(error.id, error.obj.name) for error in Numbered.check() if str(error.id).startswith("prism")]
    bad = [("prism.E023", name) for name in ("phone", "mail", "name", "fine")]
    bad += [("prism.E024", name) for name in ("phone", "mail", "name")]
    assert sorted(found) == sorted(bad)
    assert [error for error in Person.check() if str(error.id).startswith("prism")] == []


def test_a_row_key_may_be_written_as_text(keys: Keyring) -> None:
    key = uuid.uuid4()
    person = Person(pk=str(key), phone=SECRET)
    person.save()
    assert Person.objects.get(pk=key).phone == SECRET
