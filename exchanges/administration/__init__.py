"""The administration of a municipality: the source model, its adapters, a synthetic municipality."""
