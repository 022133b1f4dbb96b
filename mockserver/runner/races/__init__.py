"""The races of a play: its possible interleavings, their tokens for `--replay`, and their exploration."""
