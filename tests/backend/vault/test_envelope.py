"""The form of a stored value: known answers, and nothing opens but where and as it was sealed."""

import os
import uuid
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from backend.vault.envelope import DataKey, associated_data, data_key, key_id_of, open_sealed, seal
from backend.vault.errors import KeyLengthError, KeyMissing, SealBroken, UnknownFormat, VaultError

KEY, PLACE = bytes(range(32)), b"table\0column\0" + bytes(16)
_PLAINTEXT_16 = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
_CIPHERTEXT_16 = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
)
ROW = uuid.UUID("0190a000-0000-7000-8000-000000000001")


@dataclass
class Ring:
    """Some data keys."""

    keys: dict[int, DataKey]

    def cipher(self, key_id: int) -> AESGCM:
        """Return a cipher."""
        if key_id not in self.keys:
            raise KeyMissing(key_id)
        return self.keys[key_id].cipher


RING = Ring({1: data_key(1, KEY), 258: data_key(258, bytes(32))})


@pytest.mark.parametrize(
    ("key", "nonce", "plaintext", "data", "ciphertext", "tag"),
    [
        # The GCM specification (McGrew and Viega), test cases 13, 14 and 16: AES-256.
        ("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
        (
            "00" * 32,
            "00" * 12,
            "00" * 16,
            "",
            "cea7403d4d606b6e074ec5d3baf39d18",
            "d0d1c8a799996bf0265b98b5d48ab919",
        ),
        (
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            _PLAINTEXT_16,
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            _CIPHERTEXT_16,
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ),
    ],
)
def test_known_answers_of_gcm(  # noqa: PLR0917  a vector's parts
    monkeypatch: pytest.MonkeyPatch, key: str, nonce: str, plaintext: str, data: str, ciphertext: str, tag: str
) -> None:
    monkeypatch.setattr(os, "urandom", lambda count: bytes.fromhex(nonce)[:count])
    current = data_key(258, bytes.fromhex(key))
    sealed = seal(bytes.fromhex(plaintext), data_key=current, associated_data=bytes.fromhex(data))
    assert sealed.hex() == "01" + "00000102" + nonce + ciphertext + tag
    ring = Ring({258: current})
    assert open_sealed(sealed, keyring=ring, associated_data=bytes.fromhex(data)).hex() == plaintext


def test_the_associated_data_names_table_column_and_row() -> None:
    assert associated_data("crm_customer", "phone", ROW) == b"crm_customer\0phone\0" + ROW.bytes


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_what_is_sealed_opens_and_no_two_seals_are_equal(plaintext: bytes, place: bytes) -> None:
    sealed, again = (seal(plaintext, data_key=RING.keys[1], associated_data=place) for _ in range(2))
    assert open_sealed(sealed, keyring=RING, associated_data=place) == plaintext
    assert sealed != again
    assert (key_id_of(sealed), len(sealed)) == (1, len(plaintext) + 33)


SEALED = seal(b"13812345678", data_key=RING.keys[1], associated_data=PLACE)


@pytest.mark.parametrize("place", range(len(SEALED)))
@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_a_change_of_any_byte_is_noticed(place: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= change
    expected = {0: UnknownFormat}.get(place, KeyMissing if place < 5 else SealBroken)
    with pytest.raises(expected):
        open_sealed(bytes(changed), keyring=RING, associated_data=PLACE)


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_a_shortened_value_does_not_open(length: int) -> None:
    with pytest.raises(SealBroken if length else UnknownFormat):
        open_sealed(SEALED[:length], keyring=RING, associated_data=PLACE)


def test_a_lengthened_value_does_not_open() -> None:
    with pytest.raises(SealBroken):
        open_sealed(SEALED + b"\0", keyring=RING, associated_data=PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        associated_data("crm_contact", "phone", ROW),
        associated_data("crm_customer", "mobile", ROW),
        associated_data("crm_customer", "phone", uuid.UUID(int=ROW.int + 1)),
        associated_data("crm_customerphone", "", ROW),
        associated_data("", "crm_customer\0phone", ROW),
        b"",
    ],
)
def test_a_value_opens_in_its_own_place_only(elsewhere: bytes) -> None:
    sealed = seal(b"secret", data_key=RING.keys[1], associated_data=associated_data("crm_customer", "phone", ROW))
    with pytest.raises(SealBroken):
        open_sealed(sealed, keyring=RING, associated_data=elsewhere)


def test_a_value_does_not_open_under_another_key_of_the_same_id() -> None:
    with pytest.raises(SealBroken):
        open_sealed(SEALED, keyring=Ring({1: data_key(1, bytes(32))}), associated_data=PLACE)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_keys_have_32_bytes(length: int) -> None:
    with pytest.raises(KeyLengthError):
        data_key(1, os.urandom(length))


def test_no_message_and_no_repr_holds_plaintext_key_or_ciphertext() -> None:
    texts = [repr(RING), str(RING.keys[1])]
    for sealed in (SEALED, b"\x02" + SEALED[1:], SEALED[:20], b"\x01\0\0\0\x07" + SEALED[5:]):
        with pytest.raises(VaultError) as caught:
            open_sealed(sealed, keyring=RING, associated_data=b"another")
        texts.append(str(caught.getrepr(style="short")) + repr(caught.value) + repr(caught.value.args))
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    for secret in (KEY, SEALED, b"13812345678", SEALED[5:17]):
        for shown in (secret.hex(), repr(secret)[2:-1], secret.decode("latin-1")):
            assert all(shown not in text for text in texts)
