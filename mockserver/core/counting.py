"""Numbers of things, in words."""


def count(number: int, what: str) -> str:
    """`1 call`, `2 calls`, `0 entries`: `what` is the word for one of them."""
    if number == 1:
        return f"1 {what}"
    many = f"{what[:-1]}ies" if what.endswith("y") and what[-2] not in "aeiou" else f"{what}s"
    return f"{number} {many}"
