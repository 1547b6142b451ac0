"""Asking, telling and being asked over SOAP: WUS profile 2W-be-S of Digikoppeling (spec transport, sections 2 to 4).

A message is made by the partner's WSDL (zeep) or is there already, signed (xmlsec), sent over TLS with certificates on
both sides (urllib3) and answered; of what comes everything is verified before a byte of it is used. ``client`` is the
way out, ``host`` the way in; import them late, they bring zeep and xmlsec in. No partner's name in here.
"""
