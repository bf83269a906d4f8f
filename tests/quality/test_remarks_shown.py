"""Which free texts are shown, and beside which unit."""

from __future__ import annotations

from collections import Counter

from survey_app.quality.remarks import OTHERS, Remark, shown


def remarks(group: str, unit: str, count: int, question: str = "remark") -> list[Remark]:
    return [
        Remark(name=f"{hash((group, unit, question, number)):x}", group=group, unit=unit,
               question=question, text=f"{unit} {number}")
        for number in range(count)
    ]  # fmt: skip


def counted(*lots: list[Remark]) -> dict[tuple[str, str, str], int]:
    seen = shown(remark for lot in lots for remark in lot)
    return dict(Counter((each.question, each.group, each.unit) for each in seen.remarks))


def test_five_texts_of_a_unit_and_group_are_shown_with_their_unit() -> None:
    assert counted(remarks("citizens", "SNV", 5)) == {("remark", "citizens", "SNV"): 5}


def test_fewer_are_shown_without_their_unit_where_five_come_together() -> None:
    together = counted(remarks("citizens", "SNV", 4), remarks("citizens", "STP", 3))
    assert together == {("remark", "citizens", OTHERS): 7}


def test_fewer_than_five_are_not_shown_and_that_is_said() -> None:
    lots = remarks("citizens", "SNV", 4) + remarks("leaders", "SNV", 4)
    assert shown(lots).remarks == ()
    assert shown(lots).are_some_withheld
    assert not shown(remarks("citizens", "SNV", 5)).are_some_withheld


def test_texts_of_another_question_or_about_no_unit_are_no_help() -> None:
    assert (
        counted(
            remarks("council", "", 4),
            remarks("council", "", 4, "wish"),
            remarks("council", "SNV", 4, "wish"),
        )
        == {}
    )


def test_the_order_is_that_of_names() -> None:
    seen = shown(remarks("citizens", "SNV", 9) + remarks("citizens", "STP", 9)).remarks
    assert [each.name for each in seen] == sorted(each.name for each in seen)
