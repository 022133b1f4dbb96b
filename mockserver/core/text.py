"""Numbers of things, in words."""


def pluralize(number: int, noun: str) -> str:
    """`1 call`, `2 calls`, `0 entries`: `what` is the word for one of them."""
    if number == 1:
        return f"1 {noun}"
    many = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"
    return f"{number} {many}"
