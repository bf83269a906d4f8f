"""Who may do what: every permission by name, and the roles as sets of them. No web, no store.

A page and a command name one permission each. Seeing contacts and taking a release away are
permissions of their own, because they show people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PERMISSIONS: Mapping[str, str] = {
    "accounts.manage": "make, change, suspend and reset accounts",
    "account.own": "one's own password, second factor and sessions",
    "site.run": "serve the site, bring its tables up to date, make the demonstration",
    "keys.manage": "the keys that ballots are sealed to",
    "log.mend": "let the log go on after a backup was restored",
    "texts.check": "check the texts of a study, and look at them as respondents will",
    "settings.see": "how this installation is set up",
    "health.see": "how this installation is doing",
    "log.see": "what was done here, and by whom",
    "log.export": "take the log away as a file",
    "parts.see": "the parts that pages are made of",
    "jobs.see": "work that runs by itself",
    "jobs.cancel": "stop work that runs by itself",
    "wave.see": "a wave, its task list and its questionnaires",
    "wave.create": "a new wave, of a study or after last year's",
    "wave.change": "title, dates and contact line of a wave",
    "wave.delete": "take away a wave that holds no answer",
    "wave.open": "let respondents in",
    "wave.close": "let no more answers in",
    "wave.reopen": "let respondents in again",
    "frame.import": "how many there are to be asked",
    "sample.import": "who is asked",
    "sample.draw": "draw a sample from a list of the population",
    "sample.replace": "another sample in a planned wave",
    "links.issue": "links and letters",
    "contacts.see": "names and phone numbers of those who are asked",
    "contacts.purge": "delete them for good",
    "case.see": "how a case stands",
    "outcomes.note": "what happened to a case",
    "forms.enter": "paper forms",
    "board.see": "how many have answered, by group and unit",
    "points.enter": "self-assessed points",
    "points.appraise": "appraised points",
    "points.import": "points of every unit and every field, self-assessed and appraised",
    "results.compute": "score a wave",
    "results.see": "scorecards, drafts too, and their reports",
    "results.publish": "approve results that somebody else prepared, send them back, withdraw them",
    "release.download": "take the answers of a wave away as files",
    "results.prepare": "prepare results for publication, for somebody else to approve",
    "publication.see": "what becomes public of a wave, what not and why, and who signs",
    "privacy.answer": "say what is held about a case, and delete it at the person's wish",
    "quality.see": "how a closed wave was screened, called back about, and what it leaves out",
    "quality.screen": "screen the forms of a closed wave",
    "callbacks.note": "draw cases to call back, and note what came of it",
    "remarks.see": "what respondents wrote in their own words, masked",
    "remarks.code": "sort what respondents wrote into themes",
    "exclusions.propose": "propose to leave forms out of results",
    "exclusions.agree": "agree to leave forms out that somebody else proposed",
    "points.own": "the page from which a unit's clerk comes to its own self-assessment",
    "points.see": "how far each unit is, its points, their history, and what was asked",
    "points.adjust": "bonus and penalty points, with their basis",
    "evidence.see": "files handed in as evidence: of one's unit, or of those that one appraises",
    "reports.write": "what stands in the reports of a scorecard beside its numbers",
    "reports.own": "the report of one's own unit, once results are published",
    "backup.make": "make, check and delete backups",
}
"""Permission -> what it lets its holder do or see."""

_EVERYONE = frozenset({"account.own"})

ROLES: Mapping[str, frozenset[str]] = {
    "administrator": _EVERYONE
    | {
        "accounts.manage",
        "site.run",
        "keys.manage",
        "log.mend",
        "settings.see",
        "health.see",
        "log.see",
        "log.export",
        "parts.see",
        "jobs.see",
        "jobs.cancel",
        "wave.see",
        "backup.make",
    },
    "analyst": _EVERYONE
    | {
        "texts.check",
        "jobs.see",
        "jobs.cancel",
        "log.see",
        "wave.see",
        "wave.create",
        "wave.change",
        "wave.delete",
        "wave.open",
        "wave.close",
        "frame.import",
        "sample.import",
        "sample.draw",
        "sample.replace",
        "links.issue",
        "contacts.see",
        "contacts.purge",
        "case.see",
        "outcomes.note",
        "board.see",
        "points.enter",
        "points.appraise",
        "points.import",
        "results.compute",
        "results.see",
        "release.download",
        "results.prepare",
        "publication.see",
        "privacy.answer",
        "quality.see",
        "quality.screen",
        "callbacks.note",
        "remarks.see",
        "remarks.code",
        "exclusions.propose",
        "points.see",
        "points.adjust",
        "evidence.see",
        "reports.write",
    },
    "approver": _EVERYONE
    | {
        "jobs.see",
        "log.see",
        "wave.see",
        "wave.reopen",
        "board.see",
        "results.see",
        "results.publish",
        "quality.see",
        "remarks.see",
        "exclusions.agree",
        "publication.see",
        "points.see",
        "evidence.see",
    },
    "appraiser": _EVERYONE | {"wave.see", "points.appraise", "points.see", "evidence.see"},
    "unit": _EVERYONE | {"points.enter", "points.own", "evidence.see", "reports.own"},
    "clerk": _EVERYONE | {"forms.enter"},
    "interviewer": _EVERYONE | {"forms.enter"},
    "reader": _EVERYONE | {"results.see"},
}
"""Role -> what its holders may do; who has several may do all of it."""


def of_roles(roles: Iterable[str]) -> frozenset[str]:
    """What somebody with these roles may do.

    Raises
    ------
    KeyError
        A role that there is not.
    """
    return frozenset[str]().union(*(ROLES[role] for role in roles))
