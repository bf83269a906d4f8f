"""DDI Codebook 2.5 by the rules of its schema, for the elements that we write.

The schema itself (by the DDI Alliance, under the LGPL) is not a file of this project. What it says
of these elements stands here: which stand in which, in what order, how often, with which
attributes, and which values those may have. What was validated with it: docs/decisions/0034.
"""

from __future__ import annotations

import csv
from xml.etree import ElementTree as ET

import pytest

SPACE = "{ddi:codebook:2_5}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

CHILDREN = {  # element: its children in order; `!` exactly one, `?` at most one, `+` at least one
    "codeBook": "docDscr* stdyDscr+ fileDscr* dataDscr* otherMat*",
    "docDscr": "citation? guide? docStatus? docSrc* controlledVocabUsed* notes*",
    "stdyDscr": (
        "citation+ studyAuthorization* stdyInfo* studyDevelopment* method* dataAccs* "
        "othrStdyMat* notes*"
    ),
    "citation": (
        "titlStmt! rspStmt? prodStmt? distStmt? serStmt* verStmt* biblCit? holdings* notes*"
    ),
    "titlStmt": "titl! subTitl* altTitl* parTitl* IDNo*",
    "rspStmt": "AuthEnty* othId*",
    "distStmt": "distrbtr* contact* depositr* depDate* distDate?",
    "stdyInfo": (
        "studyBudget* subject* abstract* sumDscr* qualityStatement? notes* exPostEvaluation*"
    ),
    "subject": "keyword* topcClas*",
    "sumDscr": (
        "timePrd* collDate* nation* geogCover* geogUnit* geoBndBox? boundPoly? "
        "anlyUnit* universe* dataKind*"
    ),
    "method": "dataColl* notes* anlyInfo? stdyClas? dataProcessing* codingInstructions*",
    "dataColl": (
        "timeMeth* dataCollector* collectorTraining* frequenc* sampProc* sampleFrame* "
        "targetSampleSize* deviat* collMode* resInstru* instrumentDevelopment* sources? collSitu* "
        "actMin* ConOps* weight* cleanOps*"
    ),
    "dataAccs": "setAvail* useStmt* notes*",
    "useStmt": "confDec? specPerm? restrctn? contact* citReq? deposReq? conditions? disclaimer?",
    "fileDscr": "fileTxt* locMap? notes*",
    "fileTxt": (
        "fileName? fileCitation? fileCont? fileStrc? dimensns? fileType? format? "
        "filePlac? dataChck* ProcStat? dataMsng? software* verStmt?"
    ),
    "dimensns": "caseQnty* varQnty* logRecL* recPrCas* recNumTot*",
    "dataDscr": "varGrp* nCubeGrp* var* nCube* notes*",
    "var": (
        "location* labl* imputation? security? embargo? respUnit? anlysUnit? qstn* valrng* "
        "invalrng* undocCod* universe* TotlResp? sumStat* txt* stdCatgry* catgryGrp* catgry* "
        "codInstr* verStmt* concept* derivation? varFormat? geoMap* catLevel* notes*"
    ),
    "qstn": "preQTxt* qstnLit* postQTxt* forward* backward* ivuInstr*",
    "invalrng": "item+ key? notes*",  # or ranges, which we do not write
    "catgry": "catValu? labl* txt* catStat* mrow?",
}
NOTHING_INSIDE = {"item"}
"""Has attributes only; every other element that has no children may have text."""
GLOBAL = {"ID", LANG, "source", "elementVersion", "elementVersionDate"}
REQUIRED = {"var": {"name"}, "item": {"VALUE"}}
ONE_OF = {
    ("var", "intrvl"): {"contin", "discrete"},
    ("var", "wgt"): {"wgt", "not-wgt"},
    ("var", "temporal"): {"Y", "N"},
    ("catgry", "missing"): {"Y", "N"},
    ("catStat", "type"): {"freq", "percent", "crosstab", "other"},
    ("varFormat", "type"): {"numeric", "character"},
    ("varFormat", "schema"): {"SAS", "SPSS", "IBM", "ANSI", "ISO", "XML-Data"},
    ("collDate", "event"): {"start", "end", "single"},
    ("timePrd", "event"): {"start", "end", "single"},
    ("item", "UNITS"): {"INT", "REAL"},
    ("codeBook", "version"): {"2.5"},
}
"""`other` of `varFormat` would need a controlled vocabulary that names it."""
ALLOWED = {
    "codeBook": {"version", "codeBookAgency"},
    "var": {"name", "files", "intrvl", "wgt", "dcml", "temporal"},
    "catgry": {"missing", "missType"},
    "catStat": {"type"},
    "varFormat": {"type", "schema"},
    "item": {"VALUE", "UNITS"},
    "IDNo": {"agency", "level"},
    "distDate": {"date"},
    "timePrd": {"event", "date", "cycle"},
    "collDate": {"event", "date", "cycle"},
    "nation": {"abbr"},
    "fileType": {"charset"},
}


@pytest.fixture(scope="module")
def root(archive):
    return ET.parse(archive / "codebook" / "ddi.xml").getroot()


def plain(element):
    return element.tag.removeprefix(SPACE)


def test_elements_stand_where_they_may_in_their_order_and_number(root):
    for element in root.iter():
        assert element.tag.startswith(SPACE)
        names = [plain(child) for child in element]
        if plain(element) not in CHILDREN:
            assert names == [], f"{plain(element)} has text only"
            assert not (plain(element) in NOTHING_INSIDE and element.text), plain(element)
            continue
        assert not (element.text or "").strip(), f"{plain(element)} has no text of its own"
        order = [word[:-1] for word in CHILDREN[plain(element)].split()]
        assert set(names) <= set(order), plain(element)
        assert names == sorted(names, key=order.index), plain(element)
        for word in CHILDREN[plain(element)].split():
            count, least, most = names.count(word[:-1]), "!+", "!?"
            assert count >= (word[-1] in least), (plain(element), word)
            assert count <= 1 or word[-1] not in most, (plain(element), word)


def test_attributes_are_those_that_there_are_with_values_that_they_may_have(root):
    known = set()
    for element in root.iter():
        name = plain(element)
        assert set(element.attrib) <= ALLOWED.get(name, set()) | GLOBAL, name
        assert REQUIRED.get(name, set()) <= set(element.attrib), name
        for (owner, attribute), values in ONE_OF.items():
            if owner == name and attribute in element.attrib:
                assert element.attrib[attribute] in values
        if "ID" in element.attrib:
            assert element.attrib["ID"] not in known
            known.add(element.attrib["ID"])
    files = {ref for each in root.iter(f"{SPACE}var") for ref in each.attrib["files"].split()}
    assert files <= known
    assert "version" in root.attrib


def test_who_may_use_the_data_is_said_in_both_languages(root):
    """A statement of use has one restriction at most, so each language has a statement."""
    statements = list(root.iter(f"{SPACE}useStmt"))
    told = [each.attrib[LANG] for use in statements for each in use.iter(f"{SPACE}restrctn")]
    assert told == ["vi", "en"]
    assert len(statements) == len(told)


def test_it_says_what_the_codebook_says(root, archive):
    with (archive / "codebook" / "codebook.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = {}
    for variable in root.iter(f"{SPACE}var"):
        label = variable.find(f"{SPACE}labl[@{LANG}='vi']")
        values = {
            each.find(f"{SPACE}catValu").text: each.find(f"{SPACE}labl[@{LANG}='vi']").text
            for each in variable.iter(f"{SPACE}catgry")
        }
        told[variable.attrib["name"]] = label.text, values
    said = {}
    for row in rows:
        values = said.setdefault(row["variable"], (row["label_vi"], {}))[1]
        if row["value"]:
            values[row["value"]] = row["value_label_vi"]
    assert told == said
    cases = root.find(f".//{SPACE}caseQnty").text
    with (archive / "data" / "ratings.csv").open(encoding="utf-8") as file:
        assert int(cases) == sum(1 for _ in file) - 1


def test_no_frequency_is_told_of_fewer_than_five(root):
    told = [int(each.text) for each in root.iter(f"{SPACE}catStat")]
    assert told
    assert all(count == 0 or count >= 5 for count in told)
