"""Every table, with its keys and constraints: no queries, no rules.

What keeps a respondent anonymous stands here, in the shape of the tables:

* A ballot is cast into `sealed_ballots`, sealed to the public key of its wave's epoch, beside its
  design class only. Batches of at least five of a class are opened, mixed and written to `ballots`
  and `ratings` under new random keys; then the epoch's private key is destroyed.
* While a wave is open, what can be read of it over the web is kept in `kept_counts` and its
  neighbours and in `closing_counts`: what respondents do changes them by five or more people at a
  time. They name no case and no ballot.
* `ballots` and `ratings` have no column, no sequence and no time that leads back to `cases`. Their
  keys are random, and on SQLite they are stored in the order of those keys (WITHOUT ROWID).
* Spending an invitation leaves nothing behind but an absence: the row of `unspent` is deleted in
  the transaction that casts the ballot, and so are `drafts` and `progress`.
* A draft is sealed with a key made from the invitation's token, which is not stored.
"""

from __future__ import annotations

from survey_app.store.tables.accounts import (
    account_fields,
    account_roles,
    accounts,
    audit,
    guesses,
    new_devices,
    paper_codes,
    sessions,
    setup_codes,
)
from survey_app.store.tables.assessment import (
    assessment_deadlines,
    assessments,
    evidence_files,
    point_history,
    point_imports,
    point_questions,
)
from survey_app.store.tables.ballots import (
    ballots,
    closing_counts,
    drafts,
    epochs,
    ratings,
    sealed_ballots,
)
from survey_app.store.tables.changes import (
    deleted_waves,
    reopenings,
    sent_before,
)
from survey_app.store.tables.counts import (
    kept_counts,
    kept_days,
    kept_outcomes,
    kept_ratings,
)
from survey_app.store.tables.drawing import (
    draws,
    population_lists,
    population_people,
    reserve_people,
    substitutions,
)
from survey_app.store.tables.fieldwork import (
    cases,
    contacts,
    events,
    invitations,
    progress,
    strata,
    unspent,
    wave_texts,
    wave_units,
    waves,
)
from survey_app.store.tables.jobs import jobs
from survey_app.store.tables.letters import (
    letter_texts,
    not_reminded,
    reminder_rounds,
)
from survey_app.store.tables.publication import public_archives, publication_steps
from survey_app.store.tables.quality import (
    call_backs,
    excluded_forms,
    exclusions,
    hidden_remarks,
    scorecard_twins,
    screened_forms,
    screenings,
    theme_marks,
    themes,
)
from survey_app.store.tables.results import (
    adjustments,
    report_texts,
    scorecards,
    self_assessments,
)
from survey_app.store.tables.schema import metadata

__all__ = [
    "account_fields",
    "account_roles",
    "accounts",
    "adjustments",
    "assessment_deadlines",
    "assessments",
    "audit",
    "ballots",
    "call_backs",
    "cases",
    "closing_counts",
    "contacts",
    "deleted_waves",
    "drafts",
    "draws",
    "epochs",
    "events",
    "evidence_files",
    "excluded_forms",
    "exclusions",
    "guesses",
    "hidden_remarks",
    "invitations",
    "jobs",
    "kept_counts",
    "kept_days",
    "kept_outcomes",
    "kept_ratings",
    "letter_texts",
    "metadata",
    "new_devices",
    "not_reminded",
    "paper_codes",
    "point_history",
    "point_imports",
    "point_questions",
    "population_lists",
    "population_people",
    "progress",
    "public_archives",
    "publication_steps",
    "ratings",
    "reminder_rounds",
    "reopenings",
    "report_texts",
    "reserve_people",
    "scorecard_twins",
    "scorecards",
    "screened_forms",
    "screenings",
    "sealed_ballots",
    "self_assessments",
    "sent_before",
    "sessions",
    "setup_codes",
    "strata",
    "substitutions",
    "theme_marks",
    "themes",
    "unspent",
    "wave_texts",
    "wave_units",
    "waves",
]
