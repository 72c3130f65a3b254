"""Measurements that anybody can repeat: `lonja bench NAME`.

Each works on a scratch installation of its own, made and removed by `scratch`; nothing of the
user's is read or written.
"""
