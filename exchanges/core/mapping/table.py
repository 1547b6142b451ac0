"""The mapping of one message version, as a tree of nodes.

On disk: ``mappings/<message>/<version>/message.toml`` (namespaces, tables, certainty, and under ``[attributes]`` those
of the root, which are the same in every message) and ``mapping.csv``
(``;``-separated, one row per element, in document order):

=========== =====================================================================================
pad         path from the root, local names joined by ``/``, with a namespace prefix where qualified
soort       ``groep`` (element with children), ``lijst`` (repeated: one row of a table each),
            ``waarde`` (text), ``vast`` (the same text in every message: no column), ``bericht`` (repeated:
            the root of another message's mapping)
kolom       waarde: column of the nearest lijst above; lijst: table; groep: boolean column that says the
            element is there (empty: there when one of its values is); bericht: ``<message>/<version>``
opmaak      format of a waarde, see :mod:`exchanges.core.mapping.formats`; vast: the text itself
herhaling   occurrence as the schema has it (``0..1``)
codelijst   code list of the value
opmerking   remark for the reviewer
bron        where the fact was read
zekerheid   ``verified``, ``secondary`` or ``assumed``
=========== =====================================================================================
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, get_args

from exchanges.core.data import data_dir
from exchanges.core.declare import Certainty
from exchanges.core.errors import MappingError
from exchanges.core.mapping.formats import Format, parse_format

_HEAD = ("message", "version", "certainty", "namespaces", "tables", "record")
COLUMNS = ("pad", "soort", "kolom", "opmaak", "herhaling", "codelijst", "opmerking", "bron", "zekerheid")
CERTAINTIES = get_args(Certainty)
KINDS = ("groep", "lijst", "waarde", "vast", "bericht")


@dataclass
class Node:
    """One element of the message. ``tag`` is its name as written (with prefix), ``path`` from the root; ``text`` is
    that of an element of kind ``vast``."""

    tag: str
    path: str
    kind: str
    column: str
    format: Format | None
    min_occurs: int
    max_occurs: int | None
    code_list: str
    certainty: str
    row: int
    children: list[Node] = field(default_factory=list)
    text: str = ""

    @property
    def local(self) -> str:
        return self.tag.rpartition(":")[2]

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class TableSpec:
    """A table of the message: the node it repeats with, its parent table, and its business key columns."""

    name: str
    title: str
    parent: str | None
    key: tuple[str, ...]


@dataclass(frozen=True)
class MessageMapping:
    """``record`` is the table of which one row is one record; ``scalar`` the one-row table of the envelope.

    The other tables hang under the record, or are lists of the envelope: repeated elements that stand elsewhere.
    """

    message: str
    version: str
    certainty: str
    namespaces: dict[str, str]
    root: Node
    tables: dict[str, TableSpec]
    record: str
    scalar: str | None
    sha256: str
    attributes: dict[str, str] = field(default_factory=dict)

    @cached_property
    def record_tables(self) -> tuple[str, ...]:
        """The record's table and those under it, parents before children."""
        return tuple(node.column for node in self.list_node(self.record).walk() if node.kind == "lijst")

    @cached_property
    def envelope_tables(self) -> tuple[str, ...]:
        """The lists that are not under the record, in the order of the message: parents before children."""
        lists = (node.column for node in self.nodes() if node.kind == "lijst")
        return tuple(name for name in lists if name not in self.record_tables)

    def nodes(self) -> Iterator[Node]:
        return self.root.walk()

    def list_node(self, table: str) -> Node:
        return next(node for node in self.nodes() if node.kind == "lijst" and node.column == table)


def mapping_folder(message: str, version: str) -> Path:
    return data_dir("mappings") / message / version


@cache
def load_mapping(message: str, version: str) -> MessageMapping:
    """The compiled tree of ``message`` ``version``, its ``bericht`` rows filled in from the other message.

    Raises MappingError naming file and row.
    """
    return read_mapping(mapping_folder(message, version))


def read_mapping(folder: Path) -> MessageMapping:
    """The compiled tree of the mapping in ``folder``. Raises MappingError, in one line, naming file and row."""
    try:
        head_bytes, rows_bytes = (folder / "message.toml").read_bytes(), (folder / "mapping.csv").read_bytes()
    except OSError as error:
        raise MappingError(f"Mapping {folder.parent.name}/{folder.name} ontbreekt: {error.filename}.") from None
    head = _head(folder, head_bytes)
    digest = hashlib.sha256(head_bytes + rows_bytes)
    namespaces: dict[str, str] = dict(head["namespaces"])
    tables = {
        name: TableSpec(name, spec["title"], spec.get("parent"), tuple(spec.get("key", ())))
        for name, spec in head["tables"].items()
    }
    root = _tree(folder, list(csv.DictReader(_text(folder, "mapping.csv", rows_bytes).splitlines(), delimiter=";")))
    for node in root.walk():
        for index, child in enumerate(node.children):
            if child.kind == "bericht":
                inner = read_mapping(folder.parents[1] / child.column)
                digest.update(inner.sha256.encode())
                namespaces |= inner.namespaces
                tables |= inner.tables
                node.children[index] = _graft(child, inner.root)
    mapping = MessageMapping(
        head["message"],
        head["version"],
        head["certainty"],
        namespaces,
        root,
        tables,
        head["record"],
        head.get("scalar"),
        digest.hexdigest(),
        dict(head.get("attributes", {})),
    )
    _check_tables(folder, mapping)
    return mapping


def _text(folder: Path, name: str, data: bytes) -> str:
    """As UTF-8; spreadsheet programs put a mark in front of it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        where = f"Mapping {folder.parent.name}/{folder.name}"
        raise MappingError(f"{where}: {name} is geen UTF-8; bewaar het als UTF-8.") from None


def _head(folder: Path, data: bytes) -> dict[str, Any]:
    where = f"Mapping {folder.parent.name}/{folder.name}"
    try:
        head = tomllib.loads(_text(folder, "message.toml", data))
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{where}: message.toml is geen goede TOML: {error}.") from None
    missing = [name for name in _HEAD if name not in head]
    tables: dict[str, Any] = {name: head[name] for name in ("namespaces", "tables") if name in head}
    if isinstance(tables.get("tables"), dict):
        tables |= {f"tables.{name}": spec for name, spec in tables["tables"].items()}
    if flat := [name for name, found in tables.items() if not isinstance(found, dict)]:
        raise MappingError(f"{where}: {', '.join(flat)} in message.toml moet een tabel zijn: [{flat[0]}].")
    missing += [f"{name}.title" for name, spec in tables.items() if name.startswith("tables.") and "title" not in spec]
    if missing:
        raise MappingError(f"{where}: in message.toml ontbreekt {', '.join(missing)}.")
    if (head["message"], head["version"]) != (folder.parent.name, folder.name):
        raise MappingError(f"{where}: message.toml is van {head['message']} {head['version']}; een mapping staat in de "
                           "map van haar bericht en versie.")
    if head["certainty"] not in CERTAINTIES:
        raise MappingError(f"{where}: zekerheid {head['certainty']!r} in message.toml moet een van "
                           f"{', '.join(CERTAINTIES)} zijn.")
    return head


def _tree(folder: Path, rows: list[dict[str, str]]) -> Node:
    nodes: dict[str, Node] = {}
    root: Node | None = None
    for number, row in enumerate(rows, start=2):
        where = f"mapping {folder.parent.name}/{folder.name}, regel {number}"
        if set(row) != set(COLUMNS) or None in row.values() or row["soort"] not in KINDS:
            raise MappingError(
                f"{where}: kolommen moeten {', '.join(COLUMNS)} zijn en soort een van {', '.join(KINDS)}."
            )
        if row["zekerheid"] not in CERTAINTIES:
            raise MappingError(f"{where}: zekerheid {row['zekerheid']!r} moet een van {', '.join(CERTAINTIES)} zijn.")
        if row["soort"] in ("waarde", "lijst", "bericht") and not row["kolom"]:
            raise MappingError(f"{where}: soort {row['soort']} vraagt een kolom.")
        parent_path, _, tag = row["pad"].rpartition("/")
        low, _, high = row["herhaling"].partition("..")
        try:
            occurs = int(low), None if high == "n" else int(high)
        except ValueError:
            raise MappingError(f"{where}: herhaling {row['herhaling']!r} moet n..m zijn.") from None
        node = Node(
            tag,
            row["pad"],
            row["soort"],
            row["kolom"],
            parse_format(row["opmaak"], where) if row["soort"] == "waarde" else None,
            *occurs,
            row["codelijst"],
            row["zekerheid"],
            number,
            text=row["opmaak"] if row["soort"] == "vast" else "",
        )
        if node.kind == "vast" and (node.column or not node.text or (node.min_occurs, node.max_occurs) != (1, 1)):
            raise MappingError(f"{where}: een vast element heeft een tekst als opmaak, geen kolom, en herhaling 1..1.")
        if row["pad"] in nodes:
            raise MappingError(f"{where}: pad komt twee keer voor.")
        nodes[row["pad"]] = node
        if parent_path:
            if parent_path not in nodes:
                raise MappingError(f"{where}: bovenliggend pad {parent_path} staat er niet boven.")
            nodes[parent_path].children.append(node)
        elif root is None:
            root = node
        else:
            raise MappingError(f"{where}: een tweede wortel.")
    if root is None:
        raise MappingError(f"Mapping {folder.parent.name}/{folder.name} is leeg.")
    return root


def _graft(place: Node, root: Node) -> Node:
    """The other message's root, at ``place`` in this one."""

    def move(node: Node, path: str) -> Node:
        return Node(
            node.tag,
            path,
            node.kind,
            node.column,
            node.format,
            node.min_occurs,
            node.max_occurs,
            node.code_list,
            node.certainty,
            node.row,
            [move(c, f"{path}/{c.tag}") for c in node.children],
            node.text,
        )

    grafted = move(root, place.path)
    grafted.min_occurs, grafted.max_occurs = place.min_occurs, place.max_occurs
    return grafted


def _check_tables(folder: Path, mapping: MessageMapping) -> None:
    lists = {node.column for node in mapping.nodes() if node.kind == "lijst"}
    declared = set(mapping.tables) - {mapping.scalar}
    if lists != declared or mapping.record not in lists:
        raise MappingError(
            f"Mapping {folder.parent.name}/{folder.name}: tabellen in message.toml ({', '.join(sorted(declared))}) "
            f"en lijsten in mapping.csv ({', '.join(sorted(lists))}) verschillen."
        )
    for name, above in _parents(mapping.root, None):
        if name == mapping.record and above is not None:
            said = "staat in een andere lijst; dat kan niet"
        elif mapping.tables[name].parent != above:
            said = f"staat in mapping.csv onder {above or 'de kop'}, in message.toml onder een ander"
        else:
            continue
        raise MappingError(f"Mapping {folder.parent.name}/{folder.name}: tabel {name} {said}.")


def _parents(node: Node, above: str | None) -> Iterator[tuple[str, str | None]]:
    """Every list below ``node`` (itself too) with the list it stands in."""
    if node.kind == "lijst":
        yield node.column, above
        above = node.column
    for child in node.children:
        yield from _parents(child, above)
