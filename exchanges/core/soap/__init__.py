"""Asking a partner over SOAP: WUS profile 2W-be-S of Digikoppeling (spec transport, sections 2 to 4).

A question is made by the partner's WSDL (zeep), signed (xmlsec), sent over TLS with certificates on both sides
(urllib3) and answered; of the answer everything is verified before a byte of it is used. ``client`` is the way in;
import it late, it brings zeep and xmlsec in. No partner's name in here.
"""
