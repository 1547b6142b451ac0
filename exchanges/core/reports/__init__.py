"""The reconciliation report (*aansluitverslag*): one document, as HTML, JSON, PDF and XLSX with the same numbers.

    parts, model    what is in it; refuses a document that claims more than its numbers show
    findings        findings by the hundred thousand to a page of kinds with examples
    render          the four forms and the hash
    page            HTML; paper (outline, columns, glyphs) puts it on A4
    sheets          the workbook
    dutch           numbers, amounts, dates and periods as a Dutch reader expects them
"""

from exchanges.core.reports.codec import DocumentError
from exchanges.core.reports.model import Report
from exchanges.core.reports.render import render_html, render_json, render_pdf, render_xlsx, report_hash

__all__ = ["DocumentError", "Report", "render_html", "render_json", "render_pdf", "render_xlsx", "report_hash"]
