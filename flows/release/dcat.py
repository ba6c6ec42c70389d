"""A catalogue can list a release: one DCAT 3 record (JSON-LD) with every file, its size, its hash and its format."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.release.lineage import Lineage
from flows.release.policy import Policy
from flows.release.tables import LANGUAGES, Table
from flows.release.words import language

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".duckdb": "application/octet-stream",
    ".json": "application/json",
    ".html": "text/html",
}
IANA = "https://www.iana.org/assignments/media-types/"
RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
# What the authority list of the European Union calls the three kinds of access.
ACCESS = {"open": "PUBLIC", "restricted": "RESTRICTED", "internal": "NON_PUBLIC"}


def dcat(
    tables: Sequence[Table], files: Mapping[str, Mapping[str, Any]], lineage: Lineage, policy: Policy
) -> dict[str, Any]:
    """Return the record of a release.

    Args:
        tables: Published tables.
        files: File name -> its `sha256` and `bytes`.
        lineage: Origin of the release; its `known_on` is the day of issue, for no clock is read.
        policy: Who publishes, and for whom.
    """
    by_name = {table.name: table for table in tables}
    sample = {code: f"{language(code)('book_sample')}. " if lineage.is_sample else "" for code in LANGUAGES}
    return {
        "@context": CONTEXT,
        "@id": f"urn:qdeep:release:{lineage.release_id}",
        "@type": "dcat:Dataset",
        "dct:identifier": lineage.release_id,
        "dct:title": _worded({code: sample[code] + language(code)("dcat_title") for code in LANGUAGES}),
        "dct:description": _worded({code: language(code)("dcat_description") for code in LANGUAGES}),
        "dct:issued": _day(lineage.known_on),
        "dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:endDate": _day(lineage.as_of)},
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": _worded(policy.publisher)},
        "dct:accessRights": {"@id": RIGHTS + ACCESS[policy.access]},
        "dct:language": list(LANGUAGES),
        "dcat:version": lineage.release_id,
        "dcat:distribution": [_distribution(name, files[name], by_name) for name in sorted(files)],
    }


def _distribution(name: str, file: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, Any]:
    table = tables.get(name.rsplit("/", 1)[-1].split(".", maxsplit=1)[0])
    suffix = "." + name.rsplit(".", 1)[-1]
    return {
        "@type": "dcat:Distribution",
        "dct:title": _worded(table.title) if table else name,
        "dcat:downloadURL": {"@id": name},
        "dcat:mediaType": {"@id": IANA + MEDIA.get(suffix, "application/octet-stream")},
        "dcat:byteSize": {"@value": str(file["bytes"]), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": file["sha256"], "@type": "xsd:hexBinary"},
        },
    }


def _worded(texts: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@language": code, "@value": texts[code]} for code in LANGUAGES]


def _day(day: str) -> dict[str, str]:
    return {"@value": day, "@type": "xsd:date"}
