"""How times are written where tasks speak."""


def hours(seconds: int) -> str:
    """«4 h», never «1 día»: a working day has the hours of its calendar."""
    whole, rest = divmod(seconds // 60, 60)
    if not whole:
        return f"{rest} min"
    return f"{whole} h {rest:02} min" if rest else f"{whole} h"
