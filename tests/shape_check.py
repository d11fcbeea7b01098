"""The type checker of the tests: beartype, with `Self` left to the static one (it needs whole classes, the hook gives functions)."""

from typing import Any, Self

from beartype import BeartypeConf, FrozenDict, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({Self: Any})))
