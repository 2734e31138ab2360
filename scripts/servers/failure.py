"""What is told to people in one line instead of as a stack of calls."""


class Failure(Exception):
    """Something that could not be done, and what to do about it."""
