"""A session, and the parts that it composes."""
