"""A backup is encrypted as age does it: to those who are meant, and opened without this program."""

from __future__ import annotations

import io
import tarfile

import pyrage
import pytest
from pyrage import x25519

from survey_app.store.waves import Refused
from survey_app.upkeep import age, archive
from survey_app.upkeep.about import About
from survey_app.upkeep.age import Key, Lock

ABOUT = About(made_at="2026-03-01T00:00:00+00:00", program="1", schema="1", kind="sqlite", pair="p")
LONG = b"n\xe1\xbb\x99i dung " * 300_000


def fill(tar):
    archive.add(tar, "database", LONG)


def parts(file, key):
    with archive.opened(file, key) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def test_it_is_opened_by_tar_and_age_alone(tmp_path):
    private, public = age.new_pair()
    archive.write(tmp_path / "b", Lock(recipients=(public,)), ABOUT, fill)
    with tarfile.open(tmp_path / "b") as outer:
        content = pyrage.decrypt(
            outer.extractfile("content.age").read(), [x25519.Identity.from_str(private)]
        )
    with tarfile.open(fileobj=io.BytesIO(content)) as inner:
        assert inner.extractfile("database").read() == LONG
    assert len(content) // 2**20 * 2**20 <= len(content) < len(content) // 2**20 * 2**20 + 20_480


def test_it_is_opened_by_those_who_are_meant_and_nobody_else(tmp_path):
    pairs = [age.new_pair() for _ in range(3)]
    lock = Lock(recipients=tuple(public for _, public in pairs[:2]))
    written = archive.write(tmp_path / "b", lock, ABOUT, fill)
    assert LONG[:40] not in written.file.read_bytes()
    for private, _ in pairs[:2]:
        assert parts(written.file, Key(identities=(private,)))["database"] == LONG
    for key in (Key(identities=(pairs[2][0],)), Key(passphrase="what it is not")):
        with pytest.raises(Refused):
            parts(written.file, key)


def test_a_passphrase_opens_it_and_another_does_not(tmp_path):
    words = "sông Đà chảy qua"
    archive.write(tmp_path / "b", Lock(passphrase=words), ABOUT, fill)
    assert parts(tmp_path / "b", Key(passphrase=words))["database"] == LONG
    with pytest.raises(Refused, match="not the passphrase"):
        parts(tmp_path / "b", Key(passphrase=words + "."))


def test_what_goes_wrong_while_it_is_written_is_told_and_leaves_no_file(tmp_path):
    def gone(tar):
        fill(tar)
        raise OSError(28, "No space left on device", "a file")

    with pytest.raises(OSError, match="No space"):
        archive.write(tmp_path / "b", Lock(recipients=(age.new_pair()[1],)), ABOUT, gone)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong",
    [{}, {"passphrase": "short"}, {"recipients": ("age1short",)},
     {"recipients": (age.new_pair()[1],), "passphrase": "both of them at once"}],
)  # fmt: skip
def test_what_protects_nothing_is_no_lock(wrong):
    with pytest.raises(Refused):
        Lock(**wrong)
