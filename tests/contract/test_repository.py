"""What is committed is clean: nothing of anybody's machine, nothing that rots in a diff."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {".cfg", ".css", ".csv", ".html", ".js", ".json", ".mako", ".md", ".po", ".py", ".svg",
         ".toml", ".txt", ".yaml", ".yml"}  # fmt: skip

# Names are put together here, or this file would be the first to break its own rule.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("conda", "anaconda", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("rubygems", "org"),
        ("pkg", "github", "com"),
    )
]
OF_A_MACHINE = [
    re.compile(rf"(?<![\w.>:/-]){top}/[A-Za-z0-9_.-]+")
    for top in ("/home", "/Users", "/root", "/work", "/workspace", "/mnt", r"[A-Z]:\\Users")
]


def _committed() -> list[Path]:
    if not (shutil.which("git") and (ROOT / ".git").exists()):
        return []
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


FILES = _committed()
if not FILES:
    pytest.skip("this is not a git checkout", allow_module_level=True)


def _text(path: Path) -> str | None:
    """The text of a file; None for pictures and the like."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_package_registry(host):
    naming = [_name(path) for path in FILES if host in (_text(path) or "").lower()]
    assert not naming, f"{host} stands in {naming}"


def test_no_file_knows_a_folder_of_somebody_s_machine():
    found = [
        f"{_name(path)}: {match.group()}"
        for path in FILES
        for pattern in OF_A_MACHINE
        for match in pattern.finditer(_text(path) or "")
    ]
    assert not found


def test_requirements_are_versions_and_hashes_and_nothing_else():
    line = re.compile(r"(    --hash=sha256:[0-9a-f]{64}( \\)?|[a-z0-9-]+==\S+( ; .+)?( \\)?)")
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        odd = [text for text in path.read_text("utf-8").splitlines() if not line.fullmatch(text)]
        assert not odd, f"{_name(path)}: {odd[:3]}"


def test_what_runs_the_product_is_pinned_the_same_for_developers():
    run, dev = (_pins(ROOT / "requirements" / f"{name}.txt") for name in ("run", "dev"))
    assert run.items() <= dev.items()


def test_there_is_no_lock_file_with_addresses():
    locks = {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock"}
    assert not [path for path in FILES if path.name in locks]


def test_the_readme_shows_exactly_two_commands_first():
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert [line.split("#")[0].strip() for line in blocks[0].splitlines()] == [
        "$ ./dev run",
        "$ ./dev test",
    ]


def test_texts_are_utf8_nfc_and_end_with_one_newline():
    wrong = [
        _name(path)
        for path in FILES
        if path.suffix in TEXTS and not _is_clean(path) and not _is_deliberate(path)
    ]
    assert not wrong, f"not UTF-8, not NFC, or without a newline at the end: {wrong}"


def _is_clean(path: Path) -> bool:
    text = _text(path)
    if text is None:
        return False
    return unicodedata.is_normalized("NFC", text) and (not text or text.endswith("\n"))


def _is_deliberate(path: Path) -> bool:
    """Test data may be wrong on purpose."""
    return bool({"golden", "data", "reference"} & set(path.relative_to(ROOT).parts[:-1]))


def _pins(path: Path) -> dict[str, str]:
    pins = re.findall(
        r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))?(?: \\)?$", path.read_text("utf-8"), re.MULTILINE
    )
    return {f"{name} ; {marker}": version for name, version, marker in pins}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_link_is_committed():
    listed = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not re.findall(r"^120000 .*", listed.stdout, re.MULTILINE)
