import pytest

from analysis.problems import ProblemsFound
from survey_app.fieldwork.sheets.cells import Source
from survey_app.sampling import population_file

GROUPS, UNITS = ("citizens", "council"), ("A", "B")


def read(text):
    return population_file.read(Source("dan-so.csv", text.encode()), GROUPS, UNITS)


def refused(text):
    with pytest.raises(ProblemsFound) as found:
        read(text)
    return [(each.slug, each.line) for each in found.value.problems]


def test_a_list_needs_only_a_group_a_unit_and_who_it_is():
    people = read("group,unit,name,phone\ncitizens,A,Lò Văn Bun,0912345678\n").people
    assert [
        (p.case.group, p.case.unit, p.case.stratum, p.contact.name, p.line) for p in people
    ] == [("citizens", "A", "all", "Lò Văn Bun", 2)]


def test_what_cannot_be_a_row_of_a_sample_cannot_be_one_of_a_population():
    head = "case,group,unit,name,phone\n"
    assert refused(head + "1,citizens,X,a,0912345678\n") == [("unknown-unit", 2)]
    assert refused(head + "1,citizens,A,a,123\n2,farmers,A,b,\n") == [
        ("not-a-phone", 2), ("unknown-group", 3),
    ]  # fmt: skip
    assert refused(head + "1,citizens,A,a,\n1,citizens,A,b,\n") == [("repeated-case", 3)]
    assert refused(head + ",citizens,A,,\n") == [("nobody", 2)]
    assert refused("group,unit,name,weight\ncitizens,A,a,1\n") == [("unknown-column", 1)]


def slugs(text):
    return [(each.slug, each.values["rows"]) for each in read(text).remarks]


def test_a_person_who_stands_twice_in_a_sample_is_counted_once_and_told():
    text = (
        "group,unit,name,phone\ncitizens,A,Nguyễn Văn Hoà,0912345678\n"
        "citizens,A,NGUYỄN VĂN HÒA,+84 912 345 678\n"
    )
    assert len(read(text).people) == 1
    assert slugs(text) == [("listed-twice", "2, 3")]


def test_namesakes_without_a_telephone_stay_two_and_are_told():
    text = "group,unit,name\ncitizens,A,Lò Thị Ban\ncitizens,A,Lò Thị Ban\n"
    assert len(read(text).people) == 2
    assert slugs(text) == [("namesakes", "2, 3")]


def test_one_telephone_of_two_names_and_one_person_in_two_samples_are_told():
    text = (
        "group,unit,name,phone\ncitizens,A,Lò Thị Ban,0912345678\n"
        "citizens,A,Lò Văn Bun,0912345678\ncitizens,B,Lò Thị Ban,0912345678\n"
    )
    assert len(read(text).people) == 3
    assert slugs(text) == [("same-phone", "2, 3"), ("in-two-samples", "2, 4")]
