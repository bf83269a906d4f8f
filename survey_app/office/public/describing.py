"""What a page says of itself to chats, search engines and catalogues of data.

Addresses are whole and begin with the one of the settings, never with the host of a request: that
is whatever the sender wrote there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from survey_app import i18n
from survey_app.office.page import language, say, words
from survey_app.office.public import said
from survey_app.office.public.files import offered
from survey_app.office.public.published import Published
from survey_app.office.results.page import index_of
from survey_app.office.results.read import Results
from survey_app.web import house

_LONGEST = 300
"""Characters of a description: chats show no more, and search engines less."""


@dataclass(frozen=True, kw_only=True)
class About:
    """Title, description and addresses of a page; `dataset` as schema.org has it."""

    title: str
    description: str
    address: str
    in_languages: Mapping[str, str]
    dataset: Mapping[str, Any] | None = None


def whole(view: str, spoken: str, **parts: Any) -> str:
    """The whole address of a public page in a language; Vietnamese needs no mark."""
    lang = spoken if spoken != i18n.LANGUAGES[0] else None
    path = url_for(f"public.{view}", lang=lang, **parts)
    return house().settings.public_url.rstrip("/") + path


def of_view(title: str, description: str, view: str, /, **parts: Any) -> About:
    """A page by its view and what stands in its address."""
    return About(
        title=title,
        description=description[:_LONGEST],
        address=whole(view, language(), **parts),
        in_languages={spoken: whole(view, spoken, **parts) for spoken in i18n.LANGUAGES},
    )


def of_results(published: Published, results: Results) -> About:
    """The page of all units, which describes the data set as well."""
    w, place = words(), place_of(published)
    title = f"{say(index_of(published.wave).title, language())}, {published.wave.year}"
    short = said.in_short(results)
    plain = of_view(title, f"{short} {w['public_what_is_here']}", "results", **place)
    return replace(
        plain, dataset=dataset(published, results, title, f"{short} {w['public_dataset']}")
    )


def place_of(published: Published) -> dict[str, Any]:
    """What stands in the address of an edition."""
    return {"wave": published.wave.name, "version": published.asked}


def dataset(
    published: Published, results: Results, title: str, description: str
) -> Mapping[str, Any]:
    """The publication as a schema.org Dataset, for catalogues and search engines."""
    w, spoken, place = words(), language(), place_of(published)
    edition, pinned = published.edition, {**place, "version": published.edition.number}
    publisher = {"@type": "GovernmentOrganization", "name": w["public_publisher"]}
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": whole("results", i18n.LANGUAGES[0], **pinned),
        "url": whole("results", spoken, **pinned),
        "name": title,
        "description": description,
        "identifier": edition.fingerprint,
        "version": str(edition.number),
        "datePublished": edition.published_at,
        "dateModified": edition.published_at,
        "temporalCoverage": str(published.wave.year),
        "spatialCoverage": w["public_place"],
        "inLanguage": list(i18n.LANGUAGES),
        "isAccessibleForFree": True,
        "creator": publisher,
        "publisher": publisher,
        "measurementTechnique": w["public_technique"],
        "variableMeasured": _variables(results),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": w[each.words],
                "encodingFormat": each.media_type.partition(";")[0],
                "contentUrl": whole("file", spoken, file=each.file, **pinned),
            }
            for each in offered(published)
        ],
    }


def _variables(results: Results) -> list[dict[str, Any]]:
    w = words()
    index = "index_percent" if results.is_merged else "survey_percent"
    named = [(w[index], "P1"), (w["rank"], None), (w["survey"], None)]
    return [
        {"@type": "PropertyValue", "name": name, **({"unitCode": unit} if unit else {})}
        for name, unit in named
    ]
