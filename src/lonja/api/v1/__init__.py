"""Version 1: one file per resource. What is here is a promise: fields are added, never changed."""
