"""deliver: hand the file to the partner, once."""

from __future__ import annotations

from exchanges.core.approve.judge import require_approved
from exchanges.core.balance import Balance
from exchanges.core.errors import Blocked
from exchanges.core.purpose.guard import require_giving
from exchanges.core.settings import PartnerSettings
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.measured import INTENT, require_newest, require_same
from exchanges.core.steps.select import PARQUET
from exchanges.core.transport import Channel
from exchanges.core.transport.limits import require_compressed_size
from exchanges.core.transport.open import open_channel

DONE = "deliver.done"
NAMING = "deliver.naming"
RESENT = "opnieuw verzonden"  # the result of that, when it was not the first time


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
    if context.partner.grens_mb:
        require_compressed_size(context.file("build", "bericht"), context.partner.grens_mb)
    require_newest(context)
    events = context.ledger.events(context.delivery.id)
    if not any(event.action == INTENT and event.details.get("sha256") == sha256 for event in events):
        # Not of what was begun: that may be there, and must be followed up.
        require_same(context, context.done("select").details.get("received", []))
    require_approved(context, sha256)
    context.ledger.event(context.delivery.id, "ketensluis", INTENT, name, "begonnen", {"sha256": sha256})
    with channel(context) as partner:
        file, naming = context.file("build", "bericht"), _Naming(context, name, sha256)
        sent = partner.deliver(file, context.partner.inkomend, name, sha256, naming=naming)
    # Once: who does this again after it was cut off between this and the booking of the step, finds it told.
    context.ledger.event_once(
        context.delivery.id,
        "ketensluis",
        DONE,
        name,
        "verzonden" if not sent.already else "al aanwezig" if sent.seen else "al weggehaald",
        {"sha256": sent.sha256, "size": sent.size, "host_key": sent.host_key},
    )
    records = int(built.details["records"])
    return Result(
        balances=[Balance(context.mapping.record, "aantal", records, int(checked.details["records"]))],
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


class _Naming:
    """See :class:`exchanges.core.transport.channel.Naming`: in the ledger."""

    def __init__(self, context: Context, name: str, sha256: str) -> None:
        self._context, self._name, self._sha256 = context, name, sha256

    def begun(self) -> bool:
        said = [
            event.result
            for event in self._context.ledger.events(self._context.delivery.id)
            if event.action == NAMING and event.details.get("sha256") == self._sha256
        ]
        return bool(said) and said[-1] == "begonnen"

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
        folder=known.map,
    )
