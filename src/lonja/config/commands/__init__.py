"""One module per subcommand of `lonja`; the file name is the name of the command.

A module says `help` (one literal line for `lonja --help`, read without importing it),
`add_arguments(parser)` and `run(args) -> int` (the exit code). With `passthrough = True` the
words that `add_arguments` does not know reach `run` in `args.rest`, in order.
"""
