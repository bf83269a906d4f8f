"""What an item says of the order of its options: whether they may be shown so."""

from __future__ import annotations

from survey_app.questionnaire.model import Order, Scale
from survey_app.questionnaire.orders import parted
from survey_app.questionnaire.yaml import values
from survey_app.questionnaire.yaml.document import Node

_ORDERS: tuple[Order, ...] = ("fixed", "shuffle", "reverse")


def order(node: Node, name: str, scale: Scale | None) -> Order:
    """`order` of an item. `scale` None: it has none, or its file is not at hand."""
    written = node.get("order")
    chosen = values.one_of(written, _ORDERS, "fixed") if written else "fixed"
    if written is None or scale is None or chosen == "fixed":
        return chosen
    if chosen == "shuffle" and scale.best:
        message = f"`{name}` would shuffle judgements, which go from the best to the worst"
        help_ = "write `order: reverse`: the scale is then shown from either end"
        written.problem("shuffled-judgements", message, help_)
    elif chosen == "reverse" and not scale.best:
        message = f"`{name}` would reverse a scale that has no best end"
        help_ = "write `order: shuffle`, or add `best:` and coefficients to the scale"
        written.problem("reverse-without-best", message, help_)
    elif not parted(scale.options)[0][1:]:
        message = f"`{name}` has no two options that could change places"
        written.problem("nothing-to-move", message, "take `order` out")
    return chosen
