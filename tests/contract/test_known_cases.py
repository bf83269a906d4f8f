"""Inputs on which this or another product failed once: each has a test that reads its kind.

The files stand in tests/fieldwork/cases and tests/analysis/cases. Those without a file are what
people do with links, windows, words, consoles and locks.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEN, KNOWN = "tests/fieldwork/test_what_is_seen.py", "tests/analysis/test_known_cases.py"
FAILED_ONCE = f"{SEEN}::test_a_file_that_failed_once_is_refused_for_what_is_wrong_with_it"
LABELS = f"{KNOWN}::test_labels_that_do_not_meet_are_named_with_their_place_and_nothing_is_written"
DEAD, TABS = "tests/respondent/test_dead_links.py", "tests/respondent/test_two_tabs.py"
LOCKED = "tests/contract/test_locked_store.py"
COMMANDS = "tests/commands/test_fieldwork_commands.py"

FILES = {
    "d1_counts": f"{KNOWN}::test_nothing_beside_a_withheld_count_tells_that_it_is_one",
    "e2_sample.csv": "tests/fieldwork/test_csv_out.py"
    "::test_a_table_that_was_read_comes_back_for_people_with_every_number",
    "i1_thousands.csv": FAILED_ONCE,
    "i2_blank_header.csv": FAILED_ONCE,
    "i2_blank_header.xlsx": FAILED_ONCE,
    "i3_hidden_first_sheet.xlsx": f"{SEEN}"
    "::test_the_sheet_that_is_seen_is_read_and_not_the_hidden_one_before_it",
    "i4_inf.xlsx": FAILED_ONCE,
    "i4_lost_string.xlsx": FAILED_ONCE,
    "i4_nan.xlsx": FAILED_ONCE,
    "i5_number_formats.xlsx": f"{SEEN}::test_cases_shown_as_00001_are_stored_so",
    "i6_prefixed_hidden_row.xlsx": FAILED_ONCE,
    "i6_prefixed_merged.xlsx": FAILED_ONCE,
    "i7_x000d.xlsx": f"{SEEN}::test_an_escaped_carriage_return_makes_no_other_village",
    "i8_psu_spellings.csv": "tests/fieldwork/test_spellings.py"
    "::test_four_spellings_of_a_village_are_four_psus_and_one_warning",
    "s4_nfd_label": LABELS,
    "s4_trailing_space": LABELS,
    "s4_zero_count": LABELS,
    "s7_ties": f"{KNOWN}::test_exact_ties_share_their_rank_whatever_the_last_digits_of_their_sums",
}

WITHOUT_A_FILE = {
    "a link with a mark behind it": f"{DEAD}"
    "::test_a_link_with_a_mark_too_many_shows_the_notice_in_the_forms_languages",
    "a link in capitals": f"{DEAD}::test_a_link_all_in_capitals_opens_the_form",
    "an address without a link": f"{DEAD}::test_a_link_without_a_token_says_so_in_both_languages",
    "90%CBCC": "tests/respondent/test_crafted_requests.py"
    "::test_shorthand_that_looks_like_an_escape_is_kept_as_written",
    "br;q=0": "tests/respondent/test_coding.py"
    "::test_a_reply_is_packed_in_no_coding_that_was_refused",
    "two windows, an empty box": f"{TABS}::test_an_empty_box_of_an_older_window_wipes_nothing",
    "two windows, an older text": f"{TABS}"
    "::test_an_older_text_does_not_take_the_place_of_an_edited_one_unseen",
    "a locked database, a command": f"{LOCKED}::test_a_command_says_so_in_a_sentence",
    "a locked database, the office": f"{LOCKED}::test_the_office_says_that_nothing_was_changed",
    "a console of cp1258": "tests/contract/test_utf8.py::test_what_is_printed_into_a_file_is_utf8",
    "links.csv and its zeros": f"{COMMANDS}"
    "::test_links_for_a_spreadsheet_keep_the_zeros_of_phone_numbers",
    "forms begun and not sent, the command": f"{COMMANDS}"
    "::test_closing_says_how_many_forms_are_begun_and_not_sent",
    "forms begun and not sent, the office": "tests/office/test_waves.py"
    "::test_closing_says_how_many_forms_are_begun_and_not_sent",
    "a lone PSU that rates no unit": "tests/analysis/test_lonely_domains.py"
    "::test_means_scores_and_standard_errors_are_those_of_r",
}


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("case", [*FILES, *WITHOUT_A_FILE])
def test_each_case_has_its_test(case):
    file, _, name = {**FILES, **WITHOUT_A_FILE}[case].partition("::")
    assert name in _functions(file)


def test_each_file_of_the_cases_stands_in_the_table_and_is_named_by_its_test():
    kept = {
        case.name: folder
        for folder in (ROOT / "tests/fieldwork/cases", ROOT / "tests/analysis/cases")
        for case in folder.iterdir()
    }
    assert kept.keys() == FILES.keys()
    for case, test in FILES.items():
        assert case in (ROOT / test.partition("::")[0]).read_text(encoding="utf-8")
