"""What a typed reader says of what it refuses: the remedy, in the words of the field.

Shared by whatever reads `config.meta` of dbt's YAML (`semantic/meta.py`, `landing/declared.py`).
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def remedy(fault: ErrorDetails, model: type[BaseModel]) -> str:
    """What to write instead of what a model refused."""
    owner, field = _field(fault, model)
    if fault["type"] == "extra_forbidden":
        alike = get_close_matches(field, owner.model_fields, n=1)
        return f"no field is called so, {alike[0]} is" if alike else "no field is called so"
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    annotation = owner.model_fields[field].annotation if field in owner.model_fields else None
    if found := words(annotation):
        number = "any" if get_origin(annotation) is tuple else "one"
        return f"say {number} of {', '.join(found)}"
    if fault["type"] in ("missing", "too_short"):
        if isinstance(fault["loc"][-1], int):
            return "say both, null where there is none"
        about = owner.model_fields[field].description
        return f"add it: {about}" if about else "add it"
    return fault["msg"][:1].lower() + fault["msg"][1:]


def words(annotation: object) -> tuple[str, ...]:
    """The words that a type lets pass, of itself or of what it holds."""
    parts = get_args(annotation)
    if parts and all(isinstance(part, str) for part in parts):
        return parts
    return tuple(word for part in parts for word in words(part))


def _field(fault: ErrorDetails, model: type[BaseModel]) -> tuple[type[BaseModel], str]:
    """The field that a fault is about, and the model that has it: perhaps one within another."""
    owner, field = model, ""
    is_unknown = fault["type"] == "extra_forbidden"
    for part in fault["loc"]:
        if isinstance(part, str):
            if field in owner.model_fields:
                owner = _model_in(owner.model_fields[field].annotation) or owner
            # Of a field that may be of several types the place names the type too.
            if part in owner.model_fields or is_unknown:
                field = part
    return owner, field


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model that a type is or holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model), None)
