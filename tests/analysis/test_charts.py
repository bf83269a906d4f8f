"""Charts draw what the table says, with every Vietnamese letter, and nothing more."""

from __future__ import annotations

import io

import pytest

from analysis.charts import scores, standing

ROWS = [
    {"name_vi": "Sở Nội vụ", "score": 14.1, "lo": 13.0, "hi": 15.0},
    {"name_vi": "UBND huyện Mộc Châu", "score": 12.1, "lo": None, "hi": None},
    {"name_vi": "Sở Giáo dục và Đào tạo", "score": 18.0, "lo": 17.5, "hi": 18.4},
    {"name_vi": "Chưa đủ dữ liệu", "score": None},
]


def drawn(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    return buffer.getvalue()


@pytest.mark.filterwarnings("error")
def test_scores_are_dots_in_order_the_highest_on_top():
    figure = scores.dots(ROWS, "Điểm điều tra xã hội học về chỉ số cải cách hành chính")
    axes = figure.axes[0]
    points = [tuple(map(float, line.get_xydata()[0])) for line in axes.lines]
    assert points == [(18.0, 0.0), (14.1, 1.0), (12.1, 2.0)]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [
        "Sở Giáo dục và Đào tạo",
        "Sở Nội vụ",
        "UBND huyện Mộc Châu",
        "Chưa đủ dữ liệu",
    ]
    assert len(axes.collections) == 2, "an interval where there is one"
    assert drawn(figure)


@pytest.mark.filterwarnings("error")
def test_a_profile_shows_a_unit_against_its_class():
    rows = [
        {"name": "Tính kịp thời", "share": 0.8, "lo": 0.7, "hi": 0.88, "class_share": 0.75},
        {"name": "Chất lượng văn bản", "share": None, "class_share": 0.5},
    ]
    figure = scores.profile(rows, "Sở Nội vụ")
    assert figure.axes[0].lines[0].get_xdata().tolist() == [80.0]
    assert figure.axes[0].lines[1].get_xdata().tolist() == [75.0, 50.0]
    assert drawn(figure)


@pytest.mark.filterwarnings("error")
def test_ranks_are_drawn_with_the_ranks_that_cannot_be_ruled_out():
    rows = [
        {"unit": "A", "rank": 2, "lo": 1, "hi": 3},
        {"unit": "B", "rank": 1, "lo": 1, "hi": 2},
        {"unit": "C", "rank": None},
    ]
    axes = standing.rank_intervals(rows, "Thứ hạng").axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["B", "A"]
    assert drawn(axes.figure)


@pytest.mark.filterwarnings("error")
def test_a_missing_response_rate_is_a_dash():
    rows = [
        {"unit": "A", "group": "Đại biểu", "RR1": 0.625},
        {"unit": "A", "group": "Lãnh đạo", "RR1": None},
    ]
    figure = standing.response_map(rows, "Tỷ lệ trả lời")
    assert [text.get_text() for text in figure.axes[0].texts] == ["62%", "–"]
    assert drawn(figure)
