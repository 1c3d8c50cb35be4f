"""Sums. Owns what an expression may hold and how it is worked out; exact decimals, nothing is ever executed."""

import ast
import operator
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow, localcontext

from antiphon.errors import ToolError

MAX_CHARS = 200
_CONTEXT = Context(prec=28, Emax=999, Emin=-999, traps=[DivisionByZero, InvalidOperation, Overflow])
_BINARY: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip


def evaluate(expression: str) -> Decimal:
    """Numbers, ``+ - * / % **``, brackets and ``sqrt(...)``. Raises ``ToolError`` for anything else."""
    if len(expression) > MAX_CHARS:
        raise ToolError("That sum is too long.")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        with localcontext(_CONTEXT):
            return _value(tree.body)
    except DivisionByZero:
        raise ToolError("Nothing can be divided by zero.") from None
    except Overflow:
        raise ToolError("That number is too large.") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError, DecimalException):
        raise ToolError(f"{expression!r} is not a sum I can do.") from None


def _value(node: ast.expr) -> Decimal:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Decimal(str(number))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument], keywords=[]):
            return _value(argument).sqrt()
        case _:
            raise ValueError(ast.dump(node))
