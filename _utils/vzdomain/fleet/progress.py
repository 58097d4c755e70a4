"""A bar on a terminal, and how often it is drawn: pure, the caller writes it."""

WIDTH = 24  # characters of the bar
_STEPS = {  # of a move: what part of it is over when this begins, in percent; vzmigrate takes most of the time
    "check_source": 2,
    "check_destination": 5,
    "check_program": 8,
    "intend": 12,
    "send": 15,
    "wait": 20,
    "make": 15,
    "mount": 18,
    "copy_first": 20,
    "halt": 60,
    "copy_final": 65,
    "copy_check": 75,
    "umount": 82,
    "withdraw": 83,
    "yield_up": 84,
    "give_way": 85,
    "own": 88,
    "verify": 90,
    "accept": 91,
    "clear": 92,
    "close": 96,
    "clean": 98,
}


def of_move(step):
    """The part of one move that is over when a step begins, from 0 to 1."""
    return _STEPS.get(step, 0) / 100


def line(part, text, columns=80):
    """``[#####               ]  20% web01: starts vzmigrate``, no longer than a line of the terminal."""
    part = min(1, max(0, part))
    drawn = f"[{'#' * round(part * WIDTH):{WIDTH}}] {part:4.0%} {text}"
    return drawn if len(drawn) < columns else f"{drawn[: columns - 2]}…"
