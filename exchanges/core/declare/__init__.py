"""What an exchange is, said in frozen declarations. Standard library only; no behaviour.

    content     what is selected into a message, under which rules and totals
    answer      what the partner says back
    exchange    the agreement as a whole: ways, calendar, purpose, corrections
"""

from exchanges.core.declare.answer import NO_ANSWER, AnswerLines, Phase, Receipt, Trouble
from exchanges.core.declare.content import (
    Certainty,
    Message,
    Rule,
    Rung,
    Selection,
    SelectionRule,
    SelectTable,
    Severity,
    Total,
    Unit,
)
from exchanges.core.declare.exchange import (
    Aside,
    Calendar,
    Call,
    Correction,
    CorrectionKind,
    Exchange,
    Flow,
    Purpose,
    Service,
)

__all__ = [
    "NO_ANSWER",
    "AnswerLines",
    "Aside",
    "Calendar",
    "Call",
    "Certainty",
    "Correction",
    "CorrectionKind",
    "Exchange",
    "Flow",
    "Message",
    "Phase",
    "Purpose",
    "Receipt",
    "Rule",
    "Rung",
    "SelectTable",
    "Selection",
    "SelectionRule",
    "Service",
    "Severity",
    "Total",
    "Trouble",
    "Unit",
]
