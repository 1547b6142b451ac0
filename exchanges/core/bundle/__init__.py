"""The bundle of a month: what a municipality hands to its auditor about all deliveries of one period.

    account     one delivery as the books have it: reports, answer, files, events
    contents    the files of the bundle, and what each of them is
    page        the index, in Dutch, with how to check it
    monthly     whether it is time for the bundle of last month, and which number it has
    make        the manifest, the zip file, and the event with the digest of the manifest

Counts, sums, digests and pseudonyms only (SEC-26), no clock and no chance: the same books give the same bytes. Decision
0028.
"""

from exchanges.core.bundle.make import Bundle, make_bundle

__all__ = ["Bundle", "make_bundle"]
