"""The chambers of an exchange that receives, plain functions on a context. What is received is declared in
:mod:`exchanges.core.intake`.
"""

from exchanges.core.receive.check import check
from exchanges.core.receive.collect import collect
from exchanges.core.receive.compare import compare
from exchanges.core.receive.publish import publish
from exchanges.core.receive.read import read
from exchanges.core.receive.reconcile import reconcile
from exchanges.core.receive.report import report

__all__ = ["check", "collect", "compare", "publish", "read", "reconcile", "report"]
