"""Messages made from a schema, right and wrong, to compare the verdicts of two schemas.

pattern   texts that match an XSD regular expression
values    texts for a simple type, inside and outside every facet
grammar   a schema as a light graph to generate from
tree      a message as nodes, and as bytes
builder   a valid message, with or without a given element
mutations what can be wrong with a message, each with a name
campaign  the plan: which messages, in which order, from one seed
"""
