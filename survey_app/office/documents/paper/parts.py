"""The parts of a Word file that stand around what is said."""

from __future__ import annotations

from collections.abc import Iterator

from survey_app.office.documents.paper.blocks import MARGINS

_DECLARED = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
_OFFICE = "http://schemas.openxmlformats.org"
_NAMES = (
    f"xmlns:w='{_OFFICE}/wordprocessingml/2006/main' "
    f"xmlns:r='{_OFFICE}/officeDocument/2006/relationships' "
    f"xmlns:wp='{_OFFICE}/drawingml/2006/wordprocessingDrawing' "
    f"xmlns:a='{_OFFICE}/drawingml/2006/main' "
    f"xmlns:pic='{_OFFICE}/drawingml/2006/picture' "
    "xmlns:v='urn:schemas-microsoft-com:vml' xmlns:o='urn:schemas-microsoft-com:office:office'"
)
DOCUMENT = f"{_DECLARED}<w:document {_NAMES}><w:body>"
_TWIPS = 56.7
"""Twentieths of a point in a millimetre."""

BOX = (
    "<w:pBdr>"
    + "".join(
        f"<w:{side} w:val='single' w:sz='6' w:space='4' w:color='000000'/>"
        for side in ("top", "left", "bottom", "right")
    )
    + "</w:pBdr>"
)

PICTURE = (
    "<w:drawing><wp:inline distT='0' distB='0' distL='0' distR='0'><wp:extent {size}/>"
    "<wp:docPr id='{number}' name='{number}' descr='{alt}'/><a:graphic>"
    f"<a:graphicData uri='{_OFFICE}/drawingml/2006/picture'><pic:pic><pic:nvPicPr>"
    "<pic:cNvPr id='{number}' name='{number}' descr='{alt}'/><pic:cNvPicPr/></pic:nvPicPr>"
    "<pic:blipFill><a:blip r:embed='picture{number}'/><a:stretch><a:fillRect/></a:stretch>"
    "</pic:blipFill><pic:spPr><a:xfrm><a:off x='0' y='0'/><a:ext {size}/></a:xfrm>"
    "<a:prstGeom prst='rect'><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>"
    "</a:graphic></wp:inline></w:drawing>"
)


_LYING = " w:orient='landscape'"


def around(title: str, language: str, pictures: int) -> Iterator[tuple[str, str]]:
    """Name and content of every part but the document, its headers and its pictures."""
    yield "[Content_Types].xml", _types()
    yield (
        "_rels/.rels",
        _relations(
            ("document", "officeDocument/2006/relationships/officeDocument", "word/document.xml"),
            ("core", "package/2006/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
    )
    yield "docProps/core.xml", _core(title, language)
    kind = "officeDocument/2006/relationships"
    yield (
        "word/_rels/document.xml.rels",
        _relations(
            ("styles", f"{kind}/styles", "styles.xml"),
            ("settings", f"{kind}/settings", "settings.xml"),
            ("fonts", f"{kind}/fontTable", "fontTable.xml"),
            ("header1", f"{kind}/header", "header1.xml"),
            ("header2", f"{kind}/header", "header2.xml"),
            *((f"picture{n}", f"{kind}/image", f"media/{n}.png") for n in range(1, pictures + 1)),
        ),
    )
    yield "word/styles.xml", _styles(language)
    yield "word/settings.xml", _SETTINGS
    yield "word/fontTable.xml", _FONTS


def section(*, is_wide: bool, is_first: bool) -> str:
    """How the pages up to here are: A4, its margins, the number on every page but the first."""
    short, long = round(210 * _TWIPS), round(297 * _TWIPS)
    width, height = (long, short) if is_wide else (short, long)
    margins = " ".join(f"w:{side}='{round(mm * _TWIPS)}'" for side, mm in MARGINS.items())
    return (
        "<w:sectPr><w:headerReference w:type='default' r:id='header1'/>"
        "<w:headerReference w:type='first' r:id='header2'/>"
        f"<w:type w:val='nextPage'/><w:pgSz w:w='{width}' w:h='{height}'"
        f"{_LYING if is_wide else ''}/>"
        f"<w:pgMar {margins} w:header='567' w:footer='567' w:gutter='0'/>"
        f"{'<w:titlePg/>' if is_first else ''}</w:sectPr>"
    )


def header(mark: str, *, numbered: bool) -> str:
    """The head of a page: its number, and across the page the mark of a draft."""
    field = "<w:r><w:rPr><w:sz w:val='26'/></w:rPr>{}</w:r>"
    number = "".join(
        field.format(part)
        for part in (
            "<w:fldChar w:fldCharType='begin'/>",
            "<w:instrText xml:space='preserve'> PAGE </w:instrText>",
            "<w:fldChar w:fldCharType='separate'/>",
            "<w:t>2</w:t>",
            "<w:fldChar w:fldCharType='end'/>",
        )
    )
    return (
        f"{_DECLARED}<w:hdr {_NAMES}><w:p><w:pPr><w:jc w:val='center'/></w:pPr>"
        f"{number if numbered else ''}{_across(mark, int(numbered)) if mark else ''}</w:p></w:hdr>"
    )


def _across(mark: str, number: int) -> str:
    """Words across the page, behind the text, as Word's own watermarks are made."""
    return (
        "<w:r><w:pict><v:shapetype id='_x0000_t136' coordsize='21600,21600' o:spt='136' "
        "adj='10800' path='m@7,l@8,m@5,21600l@6,21600e'><v:formulas><v:f eqn='sum #0 0 10800'/>"
        "<v:f eqn='prod #0 2 1'/><v:f eqn='sum 21600 0 @1'/><v:f eqn='sum 0 0 @2'/>"
        "<v:f eqn='sum 21600 0 @3'/><v:f eqn='if @0 @3 0'/><v:f eqn='if @0 21600 @1'/>"
        "<v:f eqn='if @0 0 @2'/><v:f eqn='if @0 @4 21600'/><v:f eqn='mid @5 @6'/>"
        "<v:f eqn='mid @8 @5'/><v:f eqn='mid @7 @8'/><v:f eqn='mid @6 @7'/>"
        "<v:f eqn='sum @6 0 @5'/></v:formulas><v:path textpathok='t' o:connecttype='custom' "
        "o:connectlocs='@9,0;@10,10800;@11,21600;@12,10800' o:connectangles='270,180,90,0'/>"
        "<v:textpath on='t' fitshape='t'/></v:shapetype>"
        f"<v:shape id='PowerPlusWaterMarkObject{number}' o:spid='_x0000_s205{number}' "
        "type='#_x0000_t136' style='position:absolute;margin-left:0;margin-top:0;width:400pt;"
        "height:100pt;rotation:315;z-index:-251658752;mso-position-horizontal:center;"
        "mso-position-horizontal-relative:margin;mso-position-vertical:center;"
        "mso-position-vertical-relative:margin' fillcolor='#d0d0d0' stroked='f'>"
        "<v:fill opacity='.5'/><v:textpath style='font-family:&quot;Times New Roman&quot;;"
        f"font-size:1pt' string='{mark}'/></v:shape></w:pict></w:r>"
    )


def _types() -> str:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = "".join(
        f"<Override PartName='/word/{name}.xml' ContentType='{kind}.{of}+xml'/>"
        for name, of in (
            ("document", "document.main"),
            ("styles", "styles"),
            ("settings", "settings"),
            ("fontTable", "fontTable"),
            ("header1", "header"),
            ("header2", "header"),
        )
    )
    core = "application/vnd.openxmlformats-package.core-properties+xml"
    return (
        f"{_DECLARED}<Types xmlns='{_OFFICE}/package/2006/content-types'>"
        "<Default Extension='rels' "
        "ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
        "<Default Extension='xml' ContentType='application/xml'/>"
        "<Default Extension='png' ContentType='image/png'/>"
        f"{overrides}<Override PartName='/docProps/core.xml' ContentType='{core}'/></Types>"
    )


def _relations(*lines: tuple[str, str, str]) -> str:
    said = "".join(
        f"<Relationship Id='{name}' Type='{_OFFICE}/{kind}' Target='{target}'/>"
        for name, kind, target in lines
    )
    names = f"xmlns='{_OFFICE}/package/2006/relationships'"
    return f"{_DECLARED}<Relationships {names}>{said}</Relationships>"


def _core(title: str, language: str) -> str:
    return (
        f"{_DECLARED}<cp:coreProperties "
        f"xmlns:cp='{_OFFICE}/package/2006/metadata/core-properties' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<dc:title>{title}</dc:title><dc:language>{_tag(language)}</dc:language>"
        "</cp:coreProperties>"
    )


def _tag(language: str) -> str:
    return {"vi": "vi-VN", "en": "en-GB"}[language]


def _styles(language: str) -> str:
    scripts = ("ascii", "hAnsi", "cs", "eastAsia")
    font = "".join(f" w:{script}='Times New Roman'" for script in scripts)
    sides = "".join(
        f"<w:{side} w:val='single' w:sz='4' w:space='0' w:color='000000'/>"
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    headings = "".join(
        f"<w:style w:type='paragraph' w:styleId='Heading{level}'><w:name w:val='heading {level}'/>"
        f"<w:basedOn w:val='Normal'/><w:qFormat/><w:pPr><w:outlineLvl w:val='{level - 1}'/></w:pPr>"
        "</w:style>"
        for level in (1, 2)
    )
    return (
        f"{_DECLARED}<w:styles {_NAMES}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts{font}/>"
        f"<w:sz w:val='26'/><w:szCs w:val='26'/><w:lang w:val='{_tag(language)}'/></w:rPr>"
        "</w:rPrDefault></w:docDefaults><w:style w:type='paragraph' w:default='1' "
        f"w:styleId='Normal'><w:name w:val='Normal'/><w:rPr><w:rFonts{font}/></w:rPr></w:style>"
        f"{headings}<w:style w:type='table' w:default='1' w:styleId='TableNormal'>"
        "<w:name w:val='Normal Table'/><w:tblPr><w:tblCellMar><w:left w:w='85' w:type='dxa'/>"
        "<w:right w:w='85' w:type='dxa'/></w:tblCellMar></w:tblPr></w:style>"
        "<w:style w:type='table' w:styleId='TableGrid'><w:name w:val='Table Grid'/>"
        f"<w:basedOn w:val='TableNormal'/><w:tblPr><w:tblBorders>{sides}</w:tblBorders></w:tblPr>"
        "</w:style></w:styles>"
    )


_SETTINGS = (
    f"{_DECLARED}<w:settings {_NAMES}><w:compat><w:compatSetting w:name='compatibilityMode' "
    "w:uri='http://schemas.microsoft.com/office/word' w:val='15'/></w:compat></w:settings>"
)
_FONTS = (
    f"{_DECLARED}<w:fonts {_NAMES}><w:font w:name='Times New Roman'>"
    "<w:altName w:val='Liberation Serif'/><w:family w:val='roman'/><w:pitch w:val='variable'/>"
    "</w:font></w:fonts>"
)
