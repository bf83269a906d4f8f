"""`python -m analysis draw` makes every chart that the files allow, and the same one each time."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.charts import answers, paper, robust, standing

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
OPTIONS = ("Rất hài lòng", "Hài lòng", "Bình thường", "Không hài lòng", "Rất không hài lòng")
LONG = "Ủy ban nhân dân thị trấn Nông trường Mộc Châu, huyện Mộc Châu, tỉnh Sơn La"


def drawn(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    return buffer.getvalue()


@pytest.mark.filterwarnings("error")
def test_the_better_answers_stand_to_the_right_of_the_middle():
    rows = [
        {"name": "Tính kịp thời", "shares": [0.4, 0.2, 0.2, 0.1, 0.1], "n": 30},
        {"name": "Chất lượng", "shares": None},
    ]
    figure = answers.diverging(rows, OPTIONS, "Người dân")
    axes = figure.axes[0]
    bars = [bar for bar in axes.patches if bar.get_width()]
    assert min(bar.get_x() for bar in bars) == pytest.approx(-30)
    assert max(bar.get_x() + bar.get_width() for bar in bars) == pytest.approx(70)
    assert "–" in [text.get_text() for text in axes.texts], "nobody answered: no bar"
    assert axes.get_yticklabels()[0].get_text() == "Tính kịp thời (n = 30)"
    assert drawn(figure)


@pytest.mark.filterwarnings("error")
def test_four_options_part_between_the_second_and_the_third():
    figure = answers.diverging([{"name": "a", "shares": [0.1, 0.2, 0.3, 0.4]}], OPTIONS[:4], "")
    bars = [bar for bar in figure.axes[0].patches if bar.get_width()]
    assert min(bar.get_x() for bar in bars) == pytest.approx(-70)


@pytest.mark.filterwarnings("error")
def test_ranges_show_what_every_choice_would_give():
    rows = [
        {"unit": "A", "base": 12.0, "lo": 11.0, "hi": 14.0, "rank_lo": 1, "rank_hi": 2},
        {"unit": "B", "base": 13.0, "lo": 12.5, "hi": 13.5, "rank_lo": 1, "rank_hi": 1, "rank": 1},
        {"unit": LONG, "base": None, "lo": None, "hi": None, "rank_lo": None, "rank_hi": None},
    ]
    figure = robust.ranges(rows, "Độ nhạy")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names[:2] == ["B", "A"]
    assert len(figure.axes[0].collections) == len(figure.axes[1].collections) == 2
    assert drawn(figure)


@pytest.mark.filterwarnings("error")
def test_bands_are_named_beside_the_ranks():
    rows = [
        {"unit": f"U{rank}", "rank": rank, "lo": rank, "hi": rank, "band": 1 + rank // 3}
        for rank in range(1, 7)
    ]
    figure = standing.rank_intervals(rows, "Thứ hạng")
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words == ["Nhóm 1", "Nhóm 2", "Nhóm 3"]
    assert drawn(figure)


def test_long_names_are_cut_between_words_and_stay_different():
    short, other, kept = paper.fit_names([LONG, LONG.replace("Sơn", "Tây"), "Sở Nội vụ"])
    assert short.startswith("Ủy ban nhân dân thị trấn")
    assert short.endswith("Sơn La")
    assert len(short) <= paper.NAME_WIDTH
    assert (other != short, kept) == (True, "Sở Nội vụ")
    twins = [LONG, LONG.replace("Nông trường", "Nông  trường")]
    assert len(set(paper.fit_names(twins))) == 2


@pytest.mark.filterwarnings("error")
def test_the_same_files_give_the_same_charts(tmp_path):
    folder = str(REFERENCE / "edge")
    assert main(["score", folder, "--out", str(tmp_path / "scores")]) == 0
    asked = ["draw", folder, "--scores", str(tmp_path / "scores"), "--out"]
    for out in ("once", "again"):
        assert main([*asked, str(tmp_path / out)]) == 0
    names = {path.name for path in (tmp_path / "once").iterdir()}
    assert {"scores.svg", "scores.png", "ranks.svg", "response.png"} <= names
    assert any(name.startswith("answers-") for name in names)
    assert sum(name.startswith("profile-") for name in names) == 2 * 8
    for name in names:
        once, again = ((tmp_path / out / name).read_bytes() for out in ("once", "again"))
        assert once == again, name


def test_without_scores_it_says_what_to_do(tmp_path, capsys):
    asked = ["draw", str(REFERENCE / "clean"), "--scores", str(tmp_path), "--out", str(tmp_path)]
    assert main(asked) == 1
    assert "python -m analysis score" in capsys.readouterr().err
