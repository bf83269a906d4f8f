"""One drawn element of the sample, how to reach it, and its invitation."""

from __future__ import annotations

from dataclasses import dataclass

MODES = ("web", "paper", "interview")


@dataclass(frozen=True)
class Case:
    """Who is asked, about which units, and with what weight: a row of the sample file.

    A case rates one unit (`unit` filled in), or belongs to a sample that serves several units
    (`sample` filled in). A blank `psu` means that the respondent is the primary sampling unit.
    """

    label: str
    group: str
    asked: str
    stratum: str
    weight: str
    unit: str = ""
    sample: str = ""
    home_unit: str = ""
    psu: str = ""
    fpc1: int | None = None
    fpc2: int | None = None
    mode: str = "web"

    @property
    def cell(self) -> tuple[str, str, str]:
        """The independent sample that the case belongs to: group, sample, unit."""
        return self.group, self.sample, self.unit


@dataclass(frozen=True)
class Stratum:
    """A line of the frame: how many there are to be asked, and how many are planned.

    It belongs to the sample of one unit (`unit` filled in), or to one that serves several units
    (`sample` filled in). `population` None: nobody knows how many there are.
    """

    group: str
    sample: str
    unit: str
    stratum: str
    population: int | None
    planned: int | None

    @property
    def cell(self) -> tuple[str, str, str]:
        """The independent sample that the stratum belongs to: group, sample, unit."""
        return self.group, self.sample, self.unit


@dataclass(frozen=True)
class Contact:
    """How to reach a case. Kept apart from the case, and purged after the wave."""

    label: str
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.name or self.phone or self.email or self.address)


@dataclass(frozen=True)
class Invitation:
    """What goes out to a case, once: the token is nowhere else."""

    label: str
    group: str
    unit: str
    name: str
    phone: str
    email: str
    token: str

    def link(self, base_url: str) -> str:
        """The address that opens the form."""
        return f"{base_url.rstrip('/')}/p/{self.token}"
