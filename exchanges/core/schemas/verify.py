"""Do our schemas give the verdicts of the official ones? Proven message by message, on messages made for it.

Both schemas judge every message through libxml2, and a sample through xmlschema as well.

libxml2 misreads one kind of pattern: of two alternatives that begin with the same counted digits it mixes up the
counts. By the official ``[0-9]{1,3}|[0-9]{1,3}[.][0-9]{1,2}`` (Loonaangifte, type Aant, in other words) it takes
1111.22, which fits neither alternative. A difference that is only this is no difference between schemas, and counted
apart (``_misread``). It can go when the test of it fails on a later libxml2; this was seen with 2.14.6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from exchanges.core.errors import CatalogueError
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.schemas.treehash import tree_hash

if TYPE_CHECKING:  # loading xmlschema takes time
    from xmlschema import XMLSchema10

Progress = Callable[[str, int, int], None]
_EXAMPLES = 5
_SECOND = 50  # one in so many messages gets a second opinion
_STEP = 250


@dataclass
class Comparison:
    """The outcome for one root. ``second_*`` is about the sample that xmlschema judged too: ``engines`` counts where
    it disagrees with libxml2 on our own schema, which says something about the libraries, not about the schemas.
    ``misread`` counts messages that libxml2 lets through by one schema because it misreads a pattern there."""

    message: str
    version: str
    root: str
    generated: int = 0
    valid: int = 0
    invalid: int = 0
    agree: int = 0
    differ: int = 0
    second_checked: int = 0
    second_differ: int = 0
    engines: int = 0
    misread: int = 0
    mutations: Counter[str] = field(default_factory=Counter)
    unfilled: list[str] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "message": self.message, "version": self.version, "root": self.root, "generated": self.generated,
            "agree": self.agree, "differ": self.differ, "valid": self.valid, "invalid": self.invalid,
            "second_opinion": {"checked": self.second_checked, "differ": self.second_differ, "engines": self.engines,
                               "misread": self.misread},
            "mutations": dict(sorted(self.mutations.items())), "unfilled": self.unfilled, "examples": self.examples,
        }


def verify(official: Path, messages: int, seed: int = 1, progress: Progress | None = None,
           catalogue: Catalogue | None = None) -> Iterator[dict[str, Any]]:
    """Compare every root that has an official package, one dict each (see :class:`Comparison`).

    A schema that more messages share is compared once. ``official`` is the folder that holds the packages, directly or
    one folder deeper. ``differ`` above 0 means our schema is wrong; ``valid`` (by the official schema), ``invalid`` and
    ``mutations`` show what was tried.
    ``progress`` gets (root, done, messages). Raises CatalogueError: package absent or not the one of the catalogue.
    """
    found = catalogue or Catalogue.load()
    packages = [(entry, locate(entry, official)) for entry in found.own if entry.package]
    for entry, package in packages:
        check_package(entry, package)
    for entry, package in packages:
        for root in entry.roots:
            ours, theirs = entry.xsd_of(root), official_xsd(entry, package, root)
            yield compare(entry, root, ours, theirs, messages, seed, progress).as_dict()


def compare(entry: SchemaEntry, root: str, ours: Path, theirs: Path, messages: int, seed: int,
            progress: Progress | None = None, enough: int | None = None) -> Comparison:
    """Compare two XSD files on ``messages`` messages with ``root``, made from both of them in turn.

    Stops after ``enough`` differences, if given.
    """
    from exchanges.core.schemas.diagnostic import accepts, diagnostic
    from exchanges.core.schemas.generate.campaign import campaign
    from exchanges.core.schemas.generate.grammar import grammar_of

    outcome = Comparison(entry.message, entry.version, root)
    judges = [compile_xsd(path) for path in (ours, theirs)]
    second = [diagnostic(path) for path in (ours, theirs)]
    grammars = [grammar_of(path, entry.namespace, root, seed) for path in (ours, theirs)]
    outcome.unfilled = sorted({path for grammar in grammars for path in grammar.unfilled})
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False)
    for number, made in enumerate(campaign(grammars, messages, seed), 1):
        document = etree.fromstring(made.xml, parser)
        mine, official = (bool(judge.validate(document)) for judge in judges)
        accepting, refusing = (0, 1) if mine else (1, 0)
        if mine != official and _misread(judges[refusing], second[accepting], made.xml):
            outcome.misread += 1
            mine = official = False
        outcome.generated += 1
        outcome.valid += official
        outcome.invalid += not official
        outcome.mutations.update(made.mutations)
        verdicts = {"libxml2": (mine, official)}
        if number % _SECOND == 0:
            verdicts["xmlschema"] = (accepts(second[0], made.xml), accepts(second[1], made.xml))
            outcome.second_checked += 1
            outcome.second_differ += verdicts["xmlschema"][0] != verdicts["xmlschema"][1]
            outcome.engines += verdicts["xmlschema"][0] != mine
        different = [engine for engine, (left, right) in verdicts.items() if left != right]
        outcome.agree += not different
        outcome.differ += bool(different)
        if different and len(outcome.examples) < _EXAMPLES:
            left, right = verdicts[different[0]]
            outcome.examples.append({
                "number": number, "path": made.path, "mutations": list(made.mutations), "engine": different[0],
                "ours": left, "official": right, "xml": made.xml.decode(),
            })
        if enough is not None and outcome.differ >= enough:
            break
        if progress is not None and (number % _STEP == 0 or number == messages):
            progress(root, number, messages)
    return outcome


def _misread(refusing: etree.XMLSchema, accepting: XMLSchema10, xml: bytes) -> bool:
    """Whether libxml2 misread a pattern of the schema by which it accepts this message: by the other schema it refuses
    it for patterns alone, and xmlschema does so by the accepting one (given here as xmlschema has it)."""
    from exchanges.core.schemas.diagnostic import refused_for_patterns

    reasons = {line.type for line in refusing.error_log}
    return reasons == {etree.ErrorTypes.SCHEMAV_CVC_PATTERN_VALID} and refused_for_patterns(accepting, xml)


def locate(entry: SchemaEntry, official: Path) -> Path:
    """The official package of ``entry`` in or under ``official``: its folder, or its file when it is only one.

    Raises CatalogueError: not there.
    """
    assert entry.package is not None
    for name in (entry.package, f"{entry.package}.xsd"):
        for place in (official / name, *sorted(official.glob(f"*/{name}"))):
            if place.exists():
                return place
    raise CatalogueError(
        f"Het officiële pakket {entry.package} van {entry.publisher} staat niet in {official}; "
        f"installeer het met: sluis schemas install PAKKET."
    )


def official_xsd(entry: SchemaEntry, package: Path, root: str) -> Path:
    """The file of ``root`` in ``package`` (see :func:`locate`)."""
    return package if package.is_file() else package / entry.official[root]


def check_package(entry: SchemaEntry, package: Path) -> None:
    """Raise CatalogueError when ``package`` is not, byte for byte, the one the catalogue names."""
    if tree_hash(package) != entry.package_sha256:
        raise CatalogueError(
            f"Pakket {package.name} is niet gelijk aan het pakket in de schemacatalogus (sha256 wijkt af); "
            f"gebruik de uitgave {entry.package} van {entry.publisher}."
        )
