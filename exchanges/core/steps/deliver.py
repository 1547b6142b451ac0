"""deliver: hand the file to the partner, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from exchanges.core.approve.judge import require_approved
from exchanges.core.balance import Balance
from exchanges.core.errors import Blocked, TransportError
from exchanges.core.findings import finding, findings_table
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.model import EventRow
from exchanges.core.purpose.guard import require_giving
from exchanges.core.settings import PartnerSettings
from exchanges.core.steps.answer import answer_name
from exchanges.core.steps.context import AsItLies, Context, Made, Result
from exchanges.core.steps.measured import INTENT, require_addition_to_something, require_newest, require_same
from exchanges.core.steps.select import PARQUET
from exchanges.core.transport import Channel
from exchanges.core.transport.channel import Sent
from exchanges.core.transport.limits import require_compressed_size
from exchanges.core.transport.open import open_channel

DONE = "deliver.done"
NAMING = "deliver.naming"
AGAIN = "deliver.again"  # the partner says that nothing came in
ASKED = "deliver.again.asked"  # somebody does
# Results of DONE: when it was not the first time; and when it was cut off, and nothing of it is to be seen any more.
RESENT = "opnieuw verzonden"
TAKEN = "al weggehaald"
UNSEEN = "VERZ-NIET-GEZIEN"
# Two people who press at the same moment ask for the same thing, not for it twice.
_SAME_MOMENT = timedelta(minutes=15)


def deliver(context: Context) -> Result:
    """Sends the artefact ``bericht`` under its name. The intent is in the ledger before the first byte leaves.

    Raises Blocked when what was checked and reconciled is not this file or the partner has got something else than it
    was measured against, AwaitingApproval when somebody else must agree first, BusinessError when it is larger than the
    channel takes, TransportError when the partner cannot be reached (retry is safe: the channel looks at the partner's
    side first), UsageError when the purpose does not allow this message to this partner.
    """
    require_giving(
        context.purpose, context.ledger, context.delivery.id, context.exchange.partner, context.flow.message.name
    )
    built, checked = context.done("build"), context.done("check")
    proven = context.done("reconcile").details.get("sha256")
    sha256, name = str(built.details["sha256"]), str(built.details["file_name"])
    if not sha256 == checked.details["sha256"] == proven == built.artefacts["bericht"].sha256:
        raise Blocked(f"Levering {context.delivery.id}: dit is niet het gecontroleerde bestand; bouw opnieuw.")
    require_newest(context)
    events = context.ledger.events(context.delivery.id)
    if not any(event.action == INTENT and event.details.get("sha256") == sha256 for event in events):
        # Not of what was begun: that may be there, and must be followed up.
        if context.partner.grens_mb:
            require_compressed_size(AsItLies(context, "build", "bericht"), context.partner.grens_mb)
        require_same(context, context.done("select").details.get("received", []))
        require_addition_to_something(context)
    require_approved(context, sha256)
    context.ledger.event(context.delivery.id, "ketensluis", INTENT, name, "begonnen", {"sha256": sha256})
    with channel(context) as partner:
        file, naming = AsItLies(context, "build", "bericht"), Named(context, name, sha256)
        sent = partner.deliver(file, context.partner.inkomend, name, sha256, naming=naming)
        result = how(sent, "verzonden")
        answered = result == TAKEN and _answered(context, partner, name)
    # Once: who does this again after it was cut off between this and the booking of the step, finds it told.
    context.ledger.event_once(
        context.delivery.id,
        "ketensluis",
        DONE,
        name,
        result,
        {"sha256": sent.sha256, "size": sent.size, "host_key": sent.host_key, "answered": answered},
    )
    records = int(built.details["records"])
    return Result(
        balances=[Balance(context.mapping.record, "aantal", records, int(checked.details["records"]))],
        findings=findings_table([_unseen(context, name)] if result == TAKEN and not answered else []),
        files={"antwoorden": Made(sent.answers, PARQUET, records)} if sent.answers else {},
        details={
            "file_name": name,
            "remote_path": sent.remote_path,
            "sha256": sent.sha256,
            "size": sent.size,
            "host_key": sent.host_key,
            "server": sent.server,
            "already": sent.already,
        },
    )


def _decided(events: Sequence[EventRow]) -> int:
    """Where it was decided to send again; of people who saw the same and pressed one after the other, the first."""
    decided = [place for place, event in enumerate(events) if event.action in (AGAIN, ASKED)]
    last, recent = decided[-1], datetime.now(UTC) - _SAME_MOMENT
    for place in reversed(decided[:-1]):
        one, next_one = events[place], events[last]
        if one.action != ASKED or next_one.action != ASKED or one.details != next_one.details or one.moment < recent:
            break
        last = place
    return last


def how(sent: Sent, first: str) -> str:
    """The result in words; ``first`` when it was sent now."""
    return first if not sent.already else "al aanwezig" if sent.seen else TAKEN


def unproven(ledger: Ledger, id: str) -> bool:
    """Whether the last sending was cut off where nobody can see how it ended, and the partner had not answered."""
    done = [event for event in ledger.events(id) if event.action == DONE]
    return bool(done) and done[-1].result == TAKEN and not done[-1].details.get("answered")


def unseen_text(name: str) -> str:
    return (
        f"Het verzenden van {name} is afgebroken toen het bestand zijn naam kreeg. Bij de partner is er niets van te"
        " zien en er is nog geen antwoord: waarschijnlijk is het al opgehaald, maar zeker is dat niet."
    )


def _unseen(context: Context, name: str) -> dict[str, Any]:
    action = f"Vraag de partner of het er is. Zo niet: sluis resend {context.delivery.id}."
    return finding(UNSEEN, "warning", unseen_text(name), action=action, source="verzenden")


def _answered(context: Context, partner: Channel, name: str) -> bool:
    """Whether the partner has an answer ready about a file of that name; whether it is in order is for who reads it."""
    phases = context.exchange.receipt.phases or (None,)
    try:
        there = partner.listdir(context.partner.uitgaand)
    except TransportError:
        return False
    return any(answer_name(context.exchange.receipt, name, phase) in there for phase in phases)


class Named:
    """See :class:`exchanges.core.transport.channel.Naming`: in the ledger. ``again``: it is sent once more, because
    what was sent before did not arrive; then only what was said since that was decided counts."""

    def __init__(self, context: Context, name: str, sha256: str, *, again: bool = False) -> None:
        self._context, self._name, self._sha256, self._again = context, name, sha256, again
        # One is of this attempt.
        self._tried = sum(event.action == INTENT for event in self._said()) > 1

    def tells(self) -> bool:
        return self._again or self._tried

    def begun(self) -> bool:
        said = [event for event in self._said() if event.action in (NAMING, AGAIN, ASKED)]
        named = [event.result for event in said[_decided(said) if self._again else 0 :] if event.action == NAMING]
        return bool(named) and named[-1] == "begonnen"

    def _said(self) -> list[EventRow]:
        events = self._context.ledger.events(self._context.delivery.id)
        own = (AGAIN, ASKED)
        return [event for event in events if event.action in own or event.details.get("sha256") == self._sha256]

    def begin(self) -> None:
        self._say("begonnen")

    def undone(self) -> None:
        self._say("niet gebeurd")

    def _say(self, result: str) -> None:
        self._context.ledger.event(
            self._context.delivery.id, "ketensluis", NAMING, self._name, result, {"sha256": self._sha256}
        )


def channel(context: Context) -> Channel:
    """The channel to the partner, as the settings say."""
    if goes_over_soap(context):
        from exchanges.core.steps.over_soap import SoapChannel

        return SoapChannel(context)
    return channel_of(context.partner)


def goes_over_soap(context: Context) -> bool:
    """Whether the settings say so: of the municipality for this exchange, else of the partner."""
    return (context.gemeente.kanaal.get(context.exchange.id) or context.partner.soort) == "soap"


def channel_of(known: PartnerSettings) -> Channel:
    """The channel that these settings describe."""
    return open_channel(
        known.soort,
        host=known.host,
        port=known.poort,
        username=known.gebruiker,
        key_file=known.sleutel,
        known_hosts=known.known_hosts,
        timeout=known.wachttijd,
        least_speed=known.snelheid_min * 1000,
        passphrase=known.wachtzin,
        folder=known.map,
    )
