"""Learning rules, and what they are made of: losses, metrics, optimizers, schedules."""
