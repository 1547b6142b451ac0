"""``sluis simulate``."""

from __future__ import annotations

import errno
from contextlib import ExitStack
from pathlib import Path

import typer

PARTNERS = ("ib", "belastingdienst", "uwv")


def simulate(
    partner: str = typer.Argument(help=f"De partner: {' of '.join(PARTNERS)}."),
    root: Path | None = typer.Option(
        None,
        help="Map van de partner, met in/ en uit/ (ib), aanlever/ en status/ (belastingdienst) of alleen certificaten "
        "(uwv); anders var/PARTNER.",
    ),
    port: int = typer.Option(0, min=0, max=65535, help="Poort op 127.0.0.1; 0 kiest er een."),
    soap: bool = typer.Option(False, "--soap", help="ib: ook over SOAP (IBVerwijsindex)."),
    soap_port: int = typer.Option(0, min=0, max=65535, help="Poort daarvoor; 0 kiest er een."),
    storing: list[str] = typer.Option(
        [], help="Storing, bijvoorbeeld reject-every=5, never-answer, drop-after=1000; ib: reject-file, break-after=1; "
        "belastingdienst: transport-errors=1, refuse-consistency, report-count=3; uwv: tampered-body, http-500=2."
    ),
) -> None:
    """Runs until Ctrl-C. Prints a line per delivery; of who speaks SOAP what to put in the settings, and a line per
    message. A fault that ib knows both for files and over SOAP holds for both."""
    from exchanges.core.disk import no_room, reason
    from exchanges.core.errors import UsageError
    from exchanges.simulators import belastingdienst, ib, ib_soap, uwv_soap
    from exchanges.simulators.faults import Faults, PhaseFaults, only_in, split
    from exchanges.simulators.ib_soap import IndexFaults
    from exchanges.simulators.soap_faults import SoapFaults
    from exchanges.simulators.soap_server import tell_settings

    where = root or Path("var") / partner
    if partner in PARTNERS and partner != "ib" and (soap or soap_port):
        raise UsageError(f"Opties --soap en --soap-port zijn alleen voor ib; laat ze weg bij {partner}.")
    if soap_port and not soap:
        raise UsageError("Optie --soap-port is de poort van --soap; geef ook --soap.")
    try:
        match partner:
            case "ib":
                if soap:
                    of_files, of_soap = split(storing, Faults, IndexFaults)
                elif (over_soap := only_in(storing, Faults, IndexFaults)) is not None:
                    raise UsageError(f"Storing {over_soap} is er alleen over SOAP; geef ook --soap.")
                else:
                    of_files, of_soap = Faults.parse(storing), IndexFaults()
                with ExitStack() as beside:
                    if soap:
                        index = ib_soap.IbSoap(where.resolve(), of_soap, port=soap_port, status=typer.echo)
                        tell_settings(beside.enter_context(index))
                    ib.serve(where, port, of_files, status=typer.echo)
            case "belastingdienst":
                belastingdienst.serve(where, port, PhaseFaults.parse(storing), status=typer.echo)
            case "uwv":
                uwv_soap.serve(where, port, SoapFaults.parse(storing), status=typer.echo)
            case _:
                raise UsageError(f"Partner {partner!r} is er niet om na te bootsen; kies: {', '.join(PARTNERS)}.")
    except BrokenPipeError:  # who read what is told has gone; as of any command
        raise
    except OSError as error:
        if no_room(error):  # told as of any command
            raise
        why = "de poort is al in gebruik" if error.errno == errno.EADDRINUSE else reason(error)
        raise UsageError(f"De simulator kan niet beginnen in {where}: {why} (--root, --port).") from None
