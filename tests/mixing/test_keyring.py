"""Private keys are on the disk before anything is sealed to them, and gone when nothing is."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from survey_app.fieldwork.protection import ballot_sealing
from survey_app.fieldwork.protection.ballot_sealing import SealBroken
from survey_app.mixing.keyring import KeyLost, Keyring, for_recovery, recovered


@pytest.fixture
def keyring(tmp_path):
    return Keyring(tmp_path / "keys")


def file_of(keyring: Keyring, epoch: str) -> Path:
    return keyring.folder / f"{epoch}.key"


def test_a_new_key_is_read_back_from_the_disk(keyring):
    epoch, public = keyring.new()
    assert ballot_sealing.public_key(keyring.private(epoch, public)) == public
    assert keyring.epochs() == {epoch}


@pytest.mark.skipif(os.name != "posix", reason="the system has no such permissions")
def test_only_the_owner_may_read_keys(keyring):
    epoch, _ = keyring.new()
    assert stat.S_IMODE(keyring.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(keyring, epoch).stat().st_mode) == 0o600


def test_the_folder_asks_to_be_left_out_of_backups(keyring):
    keyring.new()
    signature = b"Signature: 8a477f597d28d172789f06886806bc55"
    assert (keyring.folder / "CACHEDIR.TAG").read_bytes().startswith(signature)


@pytest.mark.parametrize("body", [b"", b"not hex\n", b"00" * 31 + b"\n", b"11" * 32 + b"\n"])
def test_a_key_that_is_not_the_one_of_its_epoch_is_lost(keyring, body):
    epoch, public = keyring.new()
    file_of(keyring, epoch).write_bytes(body)
    with pytest.raises(KeyLost, match=epoch):
        keyring.private(epoch, public)
    file_of(keyring, epoch).unlink()
    with pytest.raises(KeyLost, match="put it back"):
        keyring.private(epoch, public)


def test_a_key_that_cannot_be_synced_is_not_made(keyring, monkeypatch):
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        keyring.new()
    assert keyring.epochs() == set()


def test_a_retired_key_is_still_read_until_its_epoch_is_gone(keyring):
    epoch, public = keyring.new()
    private = keyring.private(epoch, public)
    keyring.retire(epoch)
    assert keyring.private(epoch, public) == private
    keyring.destroy_retired({epoch})
    assert keyring.private(epoch, public) == private
    keyring.destroy_retired(set())
    assert keyring.epochs() == set()


def test_what_a_file_held_is_overwritten_before_the_file_goes(keyring, monkeypatch):
    epoch, public = keyring.new()
    private = keyring.private(epoch, public)
    keyring.retire(epoch)
    last: list[str] = []
    unlink = Path.unlink

    def watched(file: Path, **how: bool) -> None:
        last.append(file.read_bytes().decode("latin-1"))
        unlink(file, **how)

    monkeypatch.setattr(Path, "unlink", watched)
    keyring.destroy_retired(set())
    assert last
    assert private.hex() not in last[0]


def test_a_key_of_an_epoch_that_a_store_does_not_know_is_left_alone(keyring):
    epoch, public = keyring.new()
    keyring.destroy_retired(set())
    assert keyring.has(epoch, public)


def test_a_key_goes_to_the_office_and_comes_back(keyring):
    office = ballot_sealing.new_private_key()
    epoch, public = keyring.new()
    private = keyring.private(epoch, public)
    sealed = for_recovery(private, ballot_sealing.public_key(office).hex())
    assert private not in sealed
    assert recovered(sealed, office) == private
    with pytest.raises(SealBroken):
        recovered(sealed, ballot_sealing.new_private_key())


def test_one_at_a_time_and_again_by_the_one_that_has_it(keyring):
    other = Keyring(keyring.folder)
    had: list[bool] = []

    def attempt() -> None:
        with other.mixing(wait=False) as alone:
            had.append(alone)

    with keyring.mixing() as alone, keyring.mixing(wait=False) as again:
        assert alone
        assert again
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    attempt()
    assert had == [False, True]
