"""Values against the schemas of a capture: validation, shapes, undocumented fields, differences of an answer."""
