"""Partners to talk to in the demo and in tests: real protocols on loopback, and checks of their own.

Nothing is shared with core but the settings of a channel, so that a fault in core cannot hide itself.
"""
