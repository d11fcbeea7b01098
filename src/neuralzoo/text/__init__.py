"""Text: networks that read and write characters, and the Markov chain they are measured against."""

from neuralzoo.text.model import TextModel
from neuralzoo.text.ngram import KneserNey

__all__ = ["KneserNey", "TextModel"]
