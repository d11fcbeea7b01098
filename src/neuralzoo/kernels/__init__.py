"""The few numerical kernels that need care to be fast."""
