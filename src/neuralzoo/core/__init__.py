"""What everything is built on: records, layers, activations, initialisers, errors."""
