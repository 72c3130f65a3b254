"""The door of the API: who comes in, what they may ask, and how they are answered.

Nothing here is imported until the first request: pydantic and the shapes of every resource cost
tens of milliseconds and some megabytes that an installation without API never pays
(docs/decisions/0006-api.md).
"""
