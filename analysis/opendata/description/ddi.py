"""DDI Codebook 2.5: what archives, catalogues and other programs read about a data set."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from analysis.opendata.about import About
from analysis.opendata.description.codebook import Counts, condition_of
from analysis.opendata.formats.texts import one_line
from analysis.opendata.rows import Rows
from analysis.opendata.variables import NO_VALUE, Layout, Variable

NAMESPACE = "ddi:codebook:2_5"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MODES = ("Trực tuyến, phiếu giấy, phỏng vấn", "Online, paper, interview")
_SAMPLING = (
    (
        "Mẫu theo nhóm đối tượng và đơn vị, có tầng và cụm; thiết kế trong dữ liệu mở được làm "
        "thô đến khi ít nhất năm hàng giống nhau."
    ),
    (
        "Samples by respondent group and unit, with strata and clusters; in open data the design "
        "is made coarser until at least five rows are alike."
    ),
)
_WEIGHT = (
    "Cột weight: nghịch đảo xác suất chọn, đã hiệu chỉnh không trả lời.",
    "Column weight: inverse inclusion chance, adjusted for nonresponse.",
)
_ABSTRACT = (
    (
        "Câu trả lời đã ẩn danh của điều tra xã hội học xác định Chỉ số cải cách hành chính: mỗi "
        "hàng là phần đánh giá của một người về một đơn vị."
    ),
    (
        "Anonymised answers of the sociological survey of the public administration reform index: "
        "each row is one person's rating of one unit."
    ),
)
_ACCESS = (
    "Chỉ dùng để thống kê; không được tìm cách xác định người trả lời.",
    "For statistics only; nobody may try to find out who answered.",
)


def ddi(about: About, layout: Layout, rows: Rows, counts: Counts) -> bytes:
    """The whole document."""
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(_tag("codeBook"), {"version": "2.5", _LANG: "vi"})
    _citation(_child(root, "docDscr"), about, "Mô tả dữ liệu: ", "Codebook: ")
    _study(_child(root, "stdyDscr"), about)
    _file(_child(root, "fileDscr", ID="F1"), layout, rows)
    descriptions = _child(root, "dataDscr")
    for number, each in enumerate(layout.variables, 1):
        _variable(descriptions, number, each, counts)
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _child(parent: ET.Element, tag: str, text: str = "", /, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, _tag(tag), attributes)
    child.text = one_line(text) or None
    return child


def _both(parent: ET.Element, name: str, texts: tuple[str, str]) -> None:
    """An element in both languages."""
    for language, text in zip(("vi", "en"), texts, strict=True):
        if text and (language == "vi" or text != texts[0]):
            _child(parent, name, text).set(_LANG, language)


def _citation(parent: ET.Element, about: About, vi: str = "", en: str = "") -> None:
    citation = _child(parent, "citation")
    title = _child(citation, "titlStmt")
    _child(title, "titl", vi + about.title_vi).set(_LANG, "vi")
    _child(title, "parTitl", en + about.title_en).set(_LANG, "en")
    _child(title, "IDNo", about.fingerprint, agency="SHA-256")
    _child(_child(citation, "rspStmt"), "AuthEnty", "Sở Nội vụ")
    _child(_child(citation, "distStmt"), "distDate", about.closed_on, date=about.closed_on)


def _study(study: ET.Element, about: About) -> None:
    _citation(study, about)
    info = _child(study, "stdyInfo")
    subject = _child(info, "subject")
    _child(subject, "keyword", "cải cách hành chính").set(_LANG, "vi")
    _child(subject, "keyword", "public administration reform").set(_LANG, "en")
    _both(info, "abstract", _ABSTRACT)
    summary = _child(info, "sumDscr")
    _child(summary, "timePrd", str(about.year), event="single", date=str(about.year))
    _child(summary, "collDate", about.opened_on, event="start", date=about.opened_on)
    _child(summary, "collDate", about.closed_on, event="end", date=about.closed_on)
    _child(summary, "nation", "Việt Nam", abbr="VN")
    _both(summary, "anlyUnit", ("Đánh giá của một người về một đơn vị", "A rating of a unit"))
    _both(
        summary,
        "universe",
        ("Người được mời trong các nhóm đối tượng", "Invited members of the respondent groups"),
    )
    _child(summary, "dataKind", "survey data")
    collection = _child(_child(study, "method"), "dataColl")
    _both(collection, "sampProc", _SAMPLING)
    _both(collection, "collMode", _MODES)
    _both(collection, "resInstru", ("Phiếu khảo sát có cấu trúc", "Structured questionnaire"))
    _both(collection, "weight", _WEIGHT)
    access = _child(study, "dataAccs")
    for language, text in zip(("vi", "en"), _ACCESS, strict=True):
        # A statement has one restriction at most, so each language has a statement of its own.
        _child(_child(access, "useStmt"), "restrctn", text).set(_LANG, language)


def _file(file: ET.Element, layout: Layout, rows: Rows) -> None:
    text = _child(file, "fileTxt")
    _child(text, "fileName", "data/ratings.csv")
    size = _child(text, "dimensns")
    _child(size, "caseQnty", str(rows.count))
    _child(size, "varQnty", str(len(layout.variables)))
    _child(text, "fileType", "text/csv", charset="UTF-8")


def _variable(data: ET.Element, number: int, each: Variable, counts: Counts) -> None:
    kind = "discrete" if each.labels and each.kind != "number" else "contin"
    attributes = {"ID": f"V{number}", "name": each.name, "files": "F1", "intrvl": kind}
    if each.name == "weight":
        attributes["wgt"] = "wgt"
    variable = _child(data, "var", **attributes)
    _both(variable, "labl", each.label)
    if each.kind != "design":
        question = _child(variable, "qstn")
        _both(question, "qstnLit", each.label)
    if missing := [n for n in sorted(each.labels) if n in NO_VALUE]:
        invalid = _child(variable, "invalrng")
        for code in missing:
            _child(invalid, "item", VALUE=str(code))
    if condition := condition_of(each):
        _both(variable, "universe", (f"Khi {condition}", f"If {condition}"))
    for value, words in _values(each):
        category = _child(variable, "catgry", missing="Y" if value in NO_VALUE else "N")
        _child(category, "catValu", str(value))
        _both(category, "labl", words)
        if (count := counts[each.name].get(value)) is not None:
            _child(category, "catStat", str(count), type="freq")
    _child(variable, "varFormat", type="numeric")


def _values(each: Variable) -> Iterator[tuple[int, tuple[str, str]]]:
    yield from sorted(each.labels.items())
