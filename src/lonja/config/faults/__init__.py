"""Faults made on purpose (reliability §7): processes killed, disks and servers that fail.

Each works on a scratch installation, prints its seed, and has where it makes sense a negative
control: a naive version of the same work, which must fail the same examination.
"""
