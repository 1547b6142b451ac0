"""The exchanges that are installed, found by their folders."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from exchanges.core import registry
from exchanges.core.errors import UsageError


@pytest.fixture(autouse=True)
def fresh():
    registry.exchanges.cache_clear()
    yield
    registry.exchanges.cache_clear()


def folder(tmp_path, monkeypatch, **declared: str) -> None:
    """A package folder in which each ``name`` declares an exchange with that id."""
    for name, id in declared.items():
        path = tmp_path / name / "exchange.py"
        path.parent.mkdir()
        path.touch()
        module = ModuleType(f"exchanges.{name}.exchange")
        module.EXCHANGE = SimpleNamespace(id=id)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"exchanges.{name}", ModuleType(f"exchanges.{name}"))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    (tmp_path / "core").mkdir()
    monkeypatch.setattr(registry, "_PACKAGE", tmp_path)


def test_the_repository_has_the_re_integration_exchange():
    found = registry.exchange("dkd_reintegratie")
    assert found.id == "dkd_reintegratie" and found.method in found.flows
    assert registry.exchanges()["dkd_reintegratie"] is found


def test_what_to_do_is_a_whole_sentence_in_every_exchange():
    for found in registry.exchanges().values():
        for trouble in (*found.receipt.troubles, *filter(None, [found.receipt.silence])):
            assert trouble.action.endswith("."), (found.id, trouble.code)


def test_every_folder_with_a_declaration_is_found_and_sorted(tmp_path, monkeypatch):
    folder(tmp_path, monkeypatch, zeta="zeta", alfa="alfa")
    assert list(registry.exchanges()) == ["alfa", "zeta"]


def test_an_exchange_bears_the_name_of_its_folder(tmp_path, monkeypatch):
    folder(tmp_path, monkeypatch, alfa="beta")
    with pytest.raises(UsageError, match="beta staat in de map alfa"):
        registry.exchanges()


def test_an_unknown_exchange_is_told_with_the_known_ones():
    with pytest.raises(UsageError, match=r"'onzin' bestaat niet; kies uit .*dkd_reintegratie"):
        registry.exchange("onzin")
