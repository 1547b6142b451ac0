"""Whatever people do in whatever order: nothing leaves without an approval of exactly it by another person.

The chambers before ``approve`` are stood in for by ones that make a file of what the administration is at the moment;
approving, sending, sending again, the books and the partner's folder are the real ones. What may leave is kept here
beside them, by rules of its own.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchanges.core import run
from exchanges.core.approve import desk
from exchanges.core.approve.basis import Basis
from exchanges.core.balance import Balance
from exchanges.core.declare import Exchange
from exchanges.core.errors import KetensluisError, TransportError
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.settings import Settings
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.transport.folder import FolderChannel
from tests.chain import EXCHANGE, chain

PERSONS = st.sampled_from(["anna", "Bert", "carla"])
SPELLINGS = {"anna": ["anna", " Anna "], "Bert": ["Bert", "bert"], "carla": ["carla", "CARLA"]}
RECORDS = st.sampled_from([100, 105, 150])
LETTERS = st.sampled_from("ab")
MONTHS = ("2026-09", "2026-10")
BASIS = Basis("s", {}, "l", "x", "v1", "m", "v1")
BEFORE = ("select", "map", "build", "check", "reconcile")


class People(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="akkoord-"))
        made = chain(self.folder / "huis", self.folder)
        self.partner = made.partner
        self.settings: Settings = made.settings.model_copy(update={"approval": "vereist"})
        self.exchange: Exchange = exchange_by_id(EXCHANGE)
        self.administration = ("a", 100)
        self.fails = False
        self.started: dict[str, set[str]] = {}
        # Per delivery: what the last word allows to leave, as sha256; and what was seen to leave, ever.
        self.allowed: dict[str, str | None] = {}
        self.decided: dict[str, str] = {}
        self.ever: dict[str, set[str]] = {}
        self.stack = ExitStack()
        for step, function in {name: getattr(self, f"_{name}") for name in BEFORE}.items():
            self.stack.enter_context(mock.patch.dict(run.FUNCTIONS["out"], {step: function}))
        self.stack.enter_context(mock.patch.dict(run.FUNCTIONS["out"], {"report": lambda context: Result()}))
        honest = FolderChannel.deliver

        def weak(channel: FolderChannel, *args: object, **named: object) -> object:
            if self.fails:
                raise TransportError("De partner is niet bereikbaar.")
            return honest(channel, *args, **named)  # type: ignore[arg-type]

        self.stack.enter_context(mock.patch.object(FolderChannel, "deliver", weak))

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()
            run._ledger.cache_clear()
            shutil.rmtree(self.folder, ignore_errors=True)

    # The chambers before, of an administration that is a letter and a number.

    def _select(self, context: Context) -> Result:
        details = {"basis": vars(BASIS), "moment": "m"}
        return Result([Balance(context.flow.selection.population, "aantal", 200, 200)], details=details)

    def _map(self, context: Context) -> Result:
        return Result([Balance(context.mapping.record, "aantal", 200, 200)])

    def _build(self, context: Context) -> Result:
        letter, records = self.administration
        path = context.work / "bericht.xml"
        path.write_bytes(f"{context.delivery.id} {letter} {records}".encode())
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        details = {"file_name": f"b{context.delivery.id.replace('/', '_')}.xml", "sha256": sha256, "bytes": 9,
                   "records": records}  # fmt: skip
        return Result(files={"bericht": Made(path, "application/xml", records)}, details=details)

    def _check(self, context: Context) -> Result:
        built = context.done("build").details
        return Result(details={"sha256": built["sha256"], "records": built["records"]})

    def _reconcile(self, context: Context) -> Result:
        records = context.done("build").details["records"]
        proof = {"records": records, "missing": 0, "extra": 0, "changed": 0}
        return Result(details={"sha256": context.done("check").details["sha256"], "proof": proof, "totals": []})

    # What people and schedulers do.

    @rule(month=st.sampled_from(MONTHS), who=st.none() | PERSONS, again=st.booleans())
    def start(self, month: str, who: str | None, again: bool) -> None:
        id = run.open_run(EXCHANGE, "0153", month, actor=who, settings=self.settings)
        if who:
            self.started.setdefault(id, set()).add(who.casefold())
        with suppress(KetensluisError):
            run.run_delivery(id, self.settings, until="deliver", again=again)
        self._looked(id)

    @rule(
        month=st.sampled_from(MONTHS), who=st.sampled_from([None, "anna", "Bert"]), other=PERSONS,
        then=st.sampled_from(["run", "anew", "moved", "moved and back", "refused", "nothing"]),
    )  # fmt: skip
    def agreed_to(self, month: str, who: str | None, other: str, then: str) -> None:
        """Somebody starts, somebody agrees, and then it goes on, or something comes in between: another file, looked at
        and made into the former one again or not; or second thoughts."""
        self.start(month, who, False)
        id = f"{EXCHANGE}/0153/{month}/0001"
        self._decides(id, other, other, True, None)
        if then == "nothing":
            return
        if then in ("run", "anew"):
            self.start(month, who, then == "anew")
        if then == "refused":
            self._decides(id, "anna", "anna", False, None)
        if then.startswith("moved"):
            now = self.administration
            self.administration = ("b" if now[0] == "a" else "a", now[1])
            self._do(id, *BEFORE, *(["approve"] if then == "moved and back" else []))
            if then == "moved and back":
                self.administration = now
                self._do(id, *BEFORE)
        self._do(id, "deliver")

    def _do(self, id: str, *steps: str) -> None:
        for step in steps:
            with suppress(KetensluisError):
                run.run_step(id, step, self.settings)
        self._looked(id)

    @rule(letter=LETTERS, records=RECORDS)
    def administration_moves(self, letter: str, records: int) -> None:
        self.administration = (letter, records)

    @rule(fails=st.booleans())
    def the_line(self, fails: bool) -> None:
        self.fails = fails

    @precondition(lambda self: self.started or self.allowed)
    @rule(data=st.data(), step=st.sampled_from([*BEFORE, "approve", "deliver", "deliver"]))
    def one_step(self, data: st.DataObject, step: str) -> None:
        id = data.draw(st.sampled_from(self._known()))
        self._do(id, step)

    @precondition(lambda self: self.started or self.allowed)
    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        with suppress(KetensluisError):
            run.resend(data.draw(st.sampled_from(self._known())), self.settings)

    @precondition(lambda self: self.started or self.allowed)
    @rule(data=st.data(), who=PERSONS, given=st.booleans(), old=st.booleans())
    def decide(self, data: st.DataObject, who: str, given: bool, old: bool) -> None:
        """Of what is booked now, or of something that was seen once."""
        id = data.draw(st.sampled_from(self._known()))
        name = data.draw(st.sampled_from(SPELLINGS[who]))
        known = sorted(self.ever.get(id, set()))
        seen = data.draw(st.sampled_from(known)) if old and known else None
        self._decides(id, who, name, given, seen, data.draw(st.booleans()))

    def _decides(
        self, id: str, who: str, name: str, given: bool, seen: str | None, after_all: bool = True
    ) -> None:
        try:
            seen = seen or desk.look(id, self.settings).shown.sha256
        except KetensluisError:
            return
        self.ever.setdefault(id, set()).add(seen)
        try:
            act = desk.give if given else desk.refuse
            act(id, actor=name, reason="daarom", sha256=seen, after_all=after_all, settings=self.settings)
        except KetensluisError:
            return
        assert after_all or self.decided.get(id) != seen, "decided twice"
        self.decided[id] = seen
        assert not (given and who.casefold() in self.started.get(id, set())), "approved by who started it"
        assert seen == self._built(id), "approved something else than there is"
        self.allowed[id] = seen if given else None

    def _known(self) -> list[str]:
        return [one.id for one in run.open_ledger(self.settings).deliveries()]

    def _built(self, id: str) -> str | None:
        row = run.open_ledger(self.settings).step_result(id, "build")
        return str(row.details["sha256"]) if row is not None and row.done else None

    def _looked(self, id: str) -> None:
        """What was made into another file, and looked at since, needs a new approval."""
        self.allowed.setdefault(id, None)
        row = run.open_ledger(self.settings).step_result(id, "approve")
        if row is not None and row.details.get("sha256") != self.allowed[id] and self._left(id) is None:
            self.allowed[id] = None

    def _left(self, id: str) -> str | None:
        path = self.partner / "in" / f"b{id.replace('/', '_')}.xml"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None

    @invariant()
    def what_is_there_was_approved(self) -> None:
        if not hasattr(self, "partner"):
            return
        first = True
        for id in sorted(self._known(), key=self._sent_at):
            left = self._left(id)
            if left is None:
                continue
            # The first needs it always; a later one that is alike may pass by itself.
            alike = not first and self._alike(id)
            assert alike or left == self.allowed.get(id), f"{id} left without approval"
            first = False

    def _sent_at(self, id: str) -> tuple[bool, str]:
        moment = run.open_ledger(self.settings).finished("deliver", EXCHANGE).get(id)
        return moment is None, str(moment or "")

    def _alike(self, id: str) -> bool:
        """Within ten percent of the one that left before it."""
        order = sorted((one for one in self._known() if self._left(one)), key=self._sent_at)
        before = order[order.index(id) - 1]
        now, was = (int((self.partner / "in" / f"b{one.replace('/', '_')}.xml").read_text().split()[-1])
                    for one in (id, before))  # fmt: skip
        return abs(now - was) * 10 <= was


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=16, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
