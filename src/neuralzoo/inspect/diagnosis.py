"""What a learning curve can say."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Diagnosis:
    """What a learning curve says: a name, the evidence in one sentence, and what to try."""

    name: Literal["good fit", "under-fit", "over-fit", "rate too high", "plateau", "unrepresentative validation", "still learning"]
    evidence: str
    advice: str
