"""Every knob, read once from the environment, all faults at once. Nothing else reads it."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from analysis.problems import Problem, ProblemsFound
from survey_app import file_modes
from survey_app.permissions import ROLES
from survey_app.protecting import Protection, Watching, protection, unusable, watching

VERSION = "0.1.0"
"""Of this program; stands in every release. The same as in pyproject.toml (a test sees to it)."""

SHORTEST_KEY = 32
"""Characters under which a key could be guessed."""

NO_KEYS = "none"
"""What stands in CCHC_KEYS on a machine that seals ballots and leaves their mixing to another."""

FEWEST_LETTERS = 8
"""Different characters in a key; what is drawn at random has more."""

HERE = Path(__file__).resolve().parent.parent
"""The checkout, or where the packages are installed."""

IS_CHECKOUT = (HERE / "pyproject.toml").is_file()
"""Whether we run from the source: data may then lie beside it."""

QUESTIONNAIRES = HERE / "questionnaires"
"""Those that come with the product."""

SECOND_FACTORS = ("privileged", "everyone", "none")
"""Of whom a second factor is asked: of administrators and approvers, of all, of nobody."""


@dataclass(frozen=True)
class Provider:
    """An identity provider (OpenID Connect) by which people may sign in.

    `claim` is the one by which it says who somebody is; an account is linked to its value.
    """

    issuer: str
    client: str
    secret: str
    claim: str = "sub"

    def subject(self, value: str) -> str:
        """Who somebody is: what one provider says may mean somebody else at another."""
        return f"{self.issuer} {value}"


@dataclass(frozen=True)
class SignIn:
    """How people come into the office, and how long they stay."""

    second_factor: str = SECOND_FACTORS[0]
    idle_minutes: int = 30
    session_hours: int = 12
    provider: Provider | None = None


@dataclass(frozen=True)
class Evidence:
    """What units may hand in as evidence, in megabytes, and the command that looks for viruses."""

    file_megabytes: int = 20
    unit_megabytes: int = 500
    scanner: str = ""


@dataclass(frozen=True)
class Settings:
    """How this installation runs. None of it has to be set.

    `trusted_proxies` counts the reverse proxies in front (0: none), so that rate limits see the
    respondent's address and not the proxy's. The address is never stored. `processes` share the
    port; it is set by whoever starts them. So is `workers`: how many processes beside them do what
    takes long (0: another machine does); without any (None), it is done before the page replies.

    `keys` is the folder of the private keys of ballots that are not mixed yet ("": `keys` in the
    data folder; "none": this machine seals and another mixes). `recovery_key` is the public half of
    a pair whose private half the office keeps away from the machine: with it, such ballots can
    still be opened when the disk with their keys has died.

    `smallest_class` is how many ballots of a closing wave must show the same. `expected_returns` is
    the share of invitations that is expected to be answered, by which small classes are warned of.

    `https_subdomains` says that every host below ours speaks HTTPS too.
    `command_roles` are the roles of whoever runs `cchc` on this machine. `evidence` is what units
    may hand in.
    `contacts_days` after the closing of a wave, the contacts of those invited are deleted, where
    results were not published earlier.
    `questionnaires` is the folder of the studies that waves can be made of. `protection` are the
    limits that keep the site standing, `watching` is what those who look after it are told.
    """

    data_folder: Path
    database_url: str
    secret_key: str
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    processes: int = 1
    workers: int | None = None
    keys: str = ""
    recovery_key: str = ""
    smallest_class: int = 3
    expected_returns: float = 0.5
    https_subdomains: bool = False
    sign_in: SignIn = SignIn()
    command_roles: tuple[str, ...] = ("administrator", "analyst", "approver", "clerk")
    contacts_days: int = 180
    evidence: Evidence = Evidence()
    questionnaires: Path = QUESTIONNAIRES
    protection: Protection = field(default_factory=Protection)
    watching: Watching = field(default_factory=Watching)

    @property
    def keys_folder(self) -> Path | None:
        """Where private keys are; None where none are."""
        if self.keys == NO_KEYS:
            return None
        return Path(self.keys) if self.keys else self.data_folder / "keys"

    @property
    def is_https(self) -> bool:
        """Whether respondents reach us over TLS: cookies are then marked Secure."""
        return self.public_url.startswith("https://")

    @property
    def https_only(self) -> str:
        """What browsers that came by HTTPS are told to keep to, for a year (HSTS)."""
        return "max-age=31536000" + ("; includeSubDomains" if self.https_subdomains else "")

    @property
    def log_folder(self) -> Path:
        """What must not lie in the database: the key of the office's log, and its head."""
        return self.keys_folder or self.data_folder / "keys"

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database; None where a server keeps the database."""
        kind, _, file = self.database_url.partition("?")[0].partition(":///")
        return Path(file) if kind == "sqlite" and file else None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read CCHC_DATA, CCHC_DATABASE, CCHC_SECRET_KEY, CCHC_PUBLIC_URL and the others.

        Raises
        ------
        ProblemsFound
            With every setting that cannot be used.
        """
        problems: list[Problem] = []
        data, texts, of_folders = _folders(environment)
        url = environment.get("CCHC_PUBLIC_URL", "").rstrip("/") or cls.public_url
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            wanted = "an address such as https://khaosat.example.vn"
            problems.append(unusable("CCHC_PUBLIC_URL", url, wanted))
        database = environment.get("CCHC_DATABASE", "") or f"sqlite:///{data / 'cchc.sqlite3'}"
        if not database.startswith(("sqlite:///", "postgresql+psycopg://")):
            wanted = "sqlite:///PATH or postgresql+psycopg://..."
            problems.append(unusable("CCHC_DATABASE", database.split("@")[-1], wanted))
        key = environment.get("CCHC_SECRET_KEY", "")
        if key and not _is_secret(key):
            wanted = "at least 32 characters, drawn at random"
            problems.append(unusable("CCHC_SECRET_KEY", "...", wanted))
        parts, of_parts = _parts(environment)
        problems += [*_problems_of_proxies(environment), *_problems_of_anonymity(environment)]
        problems += [*of_folders, *of_parts]
        if problems:
            raise ProblemsFound(problems)
        return cls(
            data,
            database,
            key or _kept_key(data),
            url,
            int(environment.get("CCHC_TRUSTED_PROXIES", "0")),
            keys=environment.get("CCHC_KEYS", "").strip(),
            recovery_key=environment.get("CCHC_RECOVERY_KEY", "").strip().lower(),
            smallest_class=int(environment.get("CCHC_SMALLEST_CLASS") or cls.smallest_class),
            expected_returns=float(environment.get("CCHC_EXPECTED_RETURNS") or 0.5),
            https_subdomains=environment.get("CCHC_HTTPS_SUBDOMAINS") == "1",
            contacts_days=int(environment.get("CCHC_CONTACTS_DAYS") or cls.contacts_days),
            questionnaires=texts,
            **parts,
        )


def _parts(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """What is read of several settings each, by its field, and what is wrong with it."""
    readers: Mapping[str, Callable[[Mapping[str, str]], tuple[Any, list[Problem]]]] = {
        "sign_in": _sign_in,
        "command_roles": command_roles,
        "evidence": _evidence,
        "protection": protection,
        "watching": watching,
    }
    read = {name: reader(environment) for name, reader in readers.items()}
    problems = [each for _, faults in read.values() for each in faults]
    return {name: value for name, (value, _) in read.items()}, problems


def questionnaires_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the studies that waves can be made of."""
    return Path(environment.get("CCHC_QUESTIONNAIRES") or QUESTIONNAIRES)


def _folders(environment: Mapping[str, str]) -> tuple[Path, Path, list[Problem]]:
    """Where data and questionnaires are, and what is wrong with that."""
    problems = []
    data = environment.get("CCHC_DATA", "")
    if not data and not IS_CHECKOUT:
        help_ = "make one by `cchc init FOLDER`, and name it: `cchc --site FOLDER ...`"
        message = "no site is named, and CCHC_DATA is not set"
        problems.append(Problem("setting", message, "environment", help=help_))
    texts = questionnaires_folder(environment)
    if not texts.is_dir():
        wanted = "a folder of studies"
        problems.append(unusable("CCHC_QUESTIONNAIRES", str(texts), wanted))
    return Path(data or HERE / "data"), texts, problems


def _problems_of_proxies(environment: Mapping[str, str]) -> Iterator[Problem]:
    proxies = environment.get("CCHC_TRUSTED_PROXIES", "0")
    if not (proxies.isascii() and proxies.isdigit()):
        yield unusable("CCHC_TRUSTED_PROXIES", proxies, "a whole number, 0 or more")
    subdomains = environment.get("CCHC_HTTPS_SUBDOMAINS") or "0"
    if subdomains not in {"0", "1"}:
        yield unusable("CCHC_HTTPS_SUBDOMAINS", subdomains, "0 or 1")


def _problems_of_anonymity(environment: Mapping[str, str]) -> Iterator[Problem]:
    recovery = environment.get("CCHC_RECOVERY_KEY", "").strip().lower()
    if recovery and not re.fullmatch(r"[0-9a-f]{64}", recovery):
        wanted = "the 64 characters that `cchc keys new-recovery` printed"
        yield unusable("CCHC_RECOVERY_KEY", recovery[:8] + "...", wanted)
    smallest = environment.get("CCHC_SMALLEST_CLASS") or "3"
    if not re.fullmatch(r"[1-9][0-9]{0,2}", smallest):
        yield unusable("CCHC_SMALLEST_CLASS", smallest, "a whole number, 1 or more")
    days = environment.get("CCHC_CONTACTS_DAYS") or "180"
    if not re.fullmatch(r"[1-9][0-9]{0,3}", days):
        yield unusable("CCHC_CONTACTS_DAYS", days, "a whole number of days, 1 to 9999")
    expected = environment.get("CCHC_EXPECTED_RETURNS") or "0.5"
    if not re.fullmatch(r"0?\.[0-9]+|1(\.0+)?", expected) or float(expected) == 0:
        wanted = "a share above 0 and at most 1, such as 0.5"
        yield unusable("CCHC_EXPECTED_RETURNS", expected, wanted)


def _sign_in(environment: Mapping[str, str]) -> tuple[SignIn, list[Problem]]:
    """How people sign in, and what is wrong with it."""
    problems: list[Problem] = []
    factor = environment.get("CCHC_SECOND_FACTOR") or SECOND_FACTORS[0]
    if factor not in SECOND_FACTORS:
        problems.append(unusable("CCHC_SECOND_FACTOR", factor, " or ".join(SECOND_FACTORS)))
    times = {}
    for name, usual, most in (("CCHC_IDLE_MINUTES", 30, 720), ("CCHC_SESSION_HOURS", 12, 24)):
        said = environment.get(name) or str(usual)
        if re.fullmatch(r"[1-9][0-9]{0,3}", said) and int(said) <= most:
            times[name] = int(said)
        else:
            problems.append(unusable(name, said, f"a whole number from 1 to {most}"))
    provider, of_provider = _provider(environment)
    problems += of_provider
    if problems:
        return SignIn(), problems
    sign_in = SignIn(factor, times["CCHC_IDLE_MINUTES"], times["CCHC_SESSION_HOURS"], provider)
    return sign_in, []


def _provider(environment: Mapping[str, str]) -> tuple[Provider | None, list[Problem]]:
    """The identity provider, if there is one; its secret stands in a file."""
    issuer = environment.get("CCHC_OIDC_ISSUER", "").strip()
    if not issuer:
        return None, []
    problems = []
    parts = urlsplit(issuer)
    is_here = parts.hostname in {"127.0.0.1", "localhost"}
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_here)) or not parts.netloc:
        problems.append(
            unusable("CCHC_OIDC_ISSUER", issuer, "an address that begins with https://")
        )
    client = environment.get("CCHC_OIDC_CLIENT", "").strip()
    if not client:
        problems.append(unusable("CCHC_OIDC_CLIENT", client, "the name that the provider gave us"))
    file = environment.get("CCHC_OIDC_SECRET_FILE", "")
    try:
        secret = Path(file).read_text("utf-8").strip() if file else ""
    except OSError:
        secret = ""
    if not secret:
        wanted = "a file whose only line is the secret that the provider gave us"
        problems.append(unusable("CCHC_OIDC_SECRET_FILE", file, wanted))
    claim = environment.get("CCHC_OIDC_CLAIM", "").strip() or Provider.claim
    return Provider(issuer, client, secret, claim), problems


def command_roles(
    environment: Mapping[str, str] = os.environ,
) -> tuple[tuple[str, ...], list[Problem]]:
    """The roles of whoever runs `cchc` here, and what is wrong with the setting."""
    said = environment.get("CCHC_COMMAND_ROLES", "")
    roles = tuple(each for each in re.split(r"[\s,]+", said) if each) or Settings.command_roles
    if set(roles) <= set(ROLES):
        return roles, []
    wanted = f"some of {', '.join(ROLES)}"
    return Settings.command_roles, [unusable("CCHC_COMMAND_ROLES", said, wanted)]


def _evidence(environment: Mapping[str, str]) -> tuple[Evidence, list[Problem]]:
    """What units may hand in, and what is wrong with it."""
    problems: list[Problem] = []
    sizes = {}
    for name, usual, most in (
        ("CCHC_EVIDENCE_FILE_MB", Evidence.file_megabytes, 200),
        ("CCHC_EVIDENCE_UNIT_MB", Evidence.unit_megabytes, 100_000),
    ):
        said = environment.get(name) or str(usual)
        if re.fullmatch(r"[1-9][0-9]{0,5}", said) and int(said) <= most:
            sizes[name] = int(said)
        else:
            problems.append(unusable(name, said, f"a whole number from 1 to {most}"))
    scanner = environment.get("CCHC_EVIDENCE_SCANNER", "").strip()
    try:
        program = shlex.split(scanner)[:1]
    except ValueError:
        program = []
    if scanner and not (program and shutil.which(program[0])):
        wanted = "a command that is there, such as `clamdscan --fdpass`"
        problems.append(unusable("CCHC_EVIDENCE_SCANNER", scanner, wanted))
    if problems:
        return Evidence(), problems
    file, unit = sizes["CCHC_EVIDENCE_FILE_MB"], sizes["CCHC_EVIDENCE_UNIT_MB"]
    return Evidence(file_megabytes=file, unit_megabytes=unit, scanner=scanner), []


def _is_secret(key: str) -> bool:
    """Whether a key is long enough, and not one letter held down."""
    return len(key) >= SHORTEST_KEY and len(set(key)) >= FEWEST_LETTERS


def _kept_key(data: Path) -> str:
    """The key made at the first start, kept beside the database, readable by its owner only.

    Raises
    ------
    ProblemsFound
        It cannot be one that we made.
    """
    file = data / "secret-key"
    file_modes.make_folder(data)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file_modes.FILE)
    except FileExistsError:
        return _read_key(file)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32) + "\n")
    except OSError:  # a full disk: the next start may find room
        file.unlink()
        raise
    return _read_key(file)


def _read_key(file: Path) -> str:
    key = file.read_bytes().decode("ascii", errors="replace").strip()
    if not _is_secret(key):
        message = "this is no key that could keep a secret"
        help = "delete the file: another is made at the next start, and analysts sign in anew"
        raise ProblemsFound([Problem("setting", message, str(file), help=help)])
    return key
