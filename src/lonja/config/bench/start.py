"""PDF"""

help = "x"


def add_arguments(p):
    pass
