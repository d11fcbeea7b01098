"""The engine that compiles a learner over epochs, and the shell that users hold."""
