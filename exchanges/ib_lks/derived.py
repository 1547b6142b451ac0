"""What follows from a signal: our own certainty, when to resume, how late it came, tasks with their dates, and what a
person must look at (spec ib-signalen 7).

Our certainty is derived from our own last accepted re-integration delivery, as the IB derives its own:

===== ==========================================================================================================
1     a provision with loonkostensubsidie (the group, or type 10, 11 or 12) and a percentage of the loonwaarde
2     such a provision, but no percentage. The group cannot lack it in v0200 (mandatory), but it may be empty, and
      of the forms without a measured loonwaarde (11, 12) the group is not there at all
3     only in the delivery, without loonkostensubsidie
0     not in our delivery, or refused by the partner in it
null  nothing was delivered, or what was answered is not known any more: not to be said, and why is
===== ==========================================================================================================

Whether the IB looks at dates or at the registration number is not public; here neither counts (assumed). On which day
it asks neither: what is answered is the same from one index to the next.
"""

from __future__ import annotations

from exchanges.core.intake import Work
from exchanges.ib_lks.layout import milestones

END, HANDOVER = "LKS_EINDE_ZW", "LKS_OVERDRACHT_REINTEGRATIE"
TASK = "TAAK"
SUBSIDY_TYPES = ("10", "11", "12")

_TYPES = ", ".join(f"'{code}'" for code in SUBSIDY_TYPES)
LAST = "(SELECT max(_volgorde) FROM gestuurd.levering_van)"
NOT_KNOWN = "niet vast te stellen"

DELIVERED = Work(
    "geleverd",
    f"SELECT c.bsn, v.registratienummer, v.type, v.datum_begin, v.datum_einde, v.loonwaarde,"
    f" coalesce(v.lks OR v.type IN ({_TYPES}), false) AS lks"
    f" FROM (SELECT * FROM gestuurd.client WHERE _volgorde = {LAST}) c"
    " LEFT JOIN gestuurd.atl_relatie a ON a._volgorde = c._volgorde AND a._boven = c._rij"
    " LEFT JOIN gestuurd.voorziening v ON v._volgorde = a._volgorde AND v._boven = a._rij"
    " WHERE c.bsn NOT IN (SELECT sleutel FROM geweigerd.record)",
    kept=False,
)

_FROM = (
    f"CASE WHEN l._volgorde IS NULL THEN '{NOT_KNOWN}: er is niets geleverd dat het IB heeft geaccepteerd'"
    f" WHEN NOT l.bekend THEN '{NOT_KNOWN}: wat wij antwoorden bij de verwijsindex over ' || l._tijdvak ||"
    " ' is niet meer te maken'"
    " WHEN l.antwoordt THEN 'verwijsindex over ' || l._tijdvak || ' en wat wij daarop antwoorden'"
    " ELSE 'verzamelbestand over ' || l._tijdvak END"
)
CERTAINTY = Work(
    "eigen",
    f"SELECT s.rij, {_FROM} AS eigen_uit, CASE WHEN l.bekend IS NOT true THEN NULL WHEN p.bsn IS NULL THEN '0'"
    " WHEN p.met THEN '1' WHEN p.lks THEN '2' ELSE '3' END AS zekerheid_eigen FROM signaal s"
    f" LEFT JOIN (FROM gestuurd.levering_van WHERE _volgorde = {LAST}) l ON true LEFT JOIN (SELECT bsn,"
    " bool_or(lks) AS lks, bool_or(lks AND coalesce(loonwaarde, 0) > 0) AS met FROM werk.geleverd GROUP BY bsn) p"
    " USING (bsn)",
    kept=False,
)

ENDED = Work(
    "einde_zw",
    "SELECT s.rij, s.regel, s.signaalnummer, e.zekerheid_eigen, e.eigen_uit,"
    # Without a job there is nothing to resume; a person looks.
    " CASE WHEN s.datum_einde_dienstverband <= s.datum_einde_zw THEN NULL ELSE s.datum_einde_zw + 1 END"
    " AS hervatten_vanaf, CAST(s.publicatiedatum - s.datum_einde_zw AS BIGINT) AS vertraging_dagen,"
    " s.publicatiedatum - s.datum_einde_zw > $laat_dagen AS laat, coalesce(t.dagen, 0) AS dagen_betaald,"
    " coalesce(t.teveel, 0) AS teveel_cent, coalesce(t.nog, 0) AS nog_cent"
    " FROM signaal s JOIN werk.eigen e USING (rij) LEFT JOIN (SELECT rij, CAST(sum(dagen) AS BIGINT) AS dagen,"
    " CAST(sum(teveel_cent) AS BIGINT) AS teveel, CAST(sum(nog_cent) AS BIGINT) AS nog FROM werk.terugvordering"
    f" GROUP BY rij) t USING (rij) WHERE s.signaalsoort = '{END}'",
)

HANDED_OVER = Work(
    "overdracht",
    "SELECT s.rij, s.regel, s.signaalnummer, e.zekerheid_eigen, e.eigen_uit FROM signaal s"
    f" JOIN werk.eigen e USING (rij) WHERE s.signaalsoort = '{HANDOVER}'",
)

_MILESTONES = ", ".join(f"('{one.code}', '{one.name}', {one.week})" for one in milestones())

# Week n ends n times seven days after the first day of illness (assumed: the source says weeks, and no more).
TASKS = Work(
    "taken",
    "SELECT s.rij, s.signaalnummer || '-' || m.code AS taaknummer, s.signaalnummer, s.bsn, m.naam AS taak,"
    " CAST(m.week AS BIGINT) AS week, s.datum_eerste_ziektedag + 7 * m.week AS datum,"
    " s.datum_eerste_ziektedag + 7 * m.week < s.publicatiedatum AS verstreken,"
    " s.datum_eerste_ziektedag + 7 * m.week < s.datum_overdracht AS voor_overdracht, s.registratienr_rv"
    f" FROM signaal s, (VALUES {_MILESTONES}) m(code, naam, week)"
    f" WHERE s.signaalsoort = '{HANDOVER}' AND s.datum_eerste_ziektedag IS NOT NULL",
)

UNCERTAIN = Work(
    "zekerheid",
    "SELECT s.rij, s.signaalnummer, s.signaalsoort, s.bsn, s.zekerheid, e.zekerheid_eigen, e.eigen_uit,"
    " s.registratienr_rv,"
    " s.loonheffingennummer_werkgever FROM signaal s JOIN werk.eigen e USING (rij) WHERE s.zekerheid <> '1'",
)

_REASONS = (
    (f"s.signaalsoort = '{HANDOVER}' AND s.datum_eerste_ziektedag IS NULL",
     "De eerste ziektedag ontbreekt: de termijnen van de re-integratie zijn niet te berekenen."),
    (f"s.signaalsoort = '{HANDOVER}' AND s.datum_overdracht IS NULL",
     "De datum van overdracht ontbreekt: vraag UWV vanaf wanneer de gemeente de re-integratie doet."),
    (f"s.signaalsoort = '{END}' AND s.datum_einde_dienstverband <= s.datum_einde_zw",
     "Het dienstverband is geëindigd: kijk of er nog subsidie te hervatten is."),
    ("s.datum_eerste_ziektedag > s.datum_begin_zw",
     "De eerste ziektedag ligt na het begin van de ziektewetuitkering: vraag UWV welke datum klopt."),
    ("e.zekerheid_eigen = '0'",
     "De persoon staat niet in onze laatste levering: zoek uit om wie en welke subsidie het gaat."),
    ("e.zekerheid_eigen <> '0' AND e.zekerheid_eigen <> s.zekerheid",
     "De zekerheid van het IB is een andere dan volgt uit onze laatste levering."),
)
_UNION = " UNION ALL ".join(
    f"SELECT s.rij, s.signaalnummer, s.signaalsoort, s.bsn, '{reason}' AS reden FROM signaal s"
    f" JOIN werk.eigen e USING (rij) WHERE {condition}"
    for condition, reason in _REASONS
)
BY_HAND = Work("handmatig", _UNION)

WITHOUT = Work(
    "zonder_loonwaarde",
    "SELECT bsn, registratienummer, type, CAST(datum_begin AS BIGINT) AS datum_begin,"
    " CAST(datum_einde AS BIGINT) AS datum_einde FROM werk.geleverd WHERE lks AND coalesce(loonwaarde, 0) = 0",
)

BEFORE_PAYMENTS = (DELIVERED, CERTAINTY)
AFTER_PAYMENTS = (ENDED, HANDED_OVER, TASKS, UNCERTAIN, BY_HAND, WITHOUT)
