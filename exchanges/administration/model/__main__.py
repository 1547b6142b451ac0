"""Print the model as Markdown."""

import sys

from exchanges.administration.model import document

sys.stdout.write(document())
