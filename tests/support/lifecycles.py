"""What a lifecycle allows in several transitions."""

from mockserver.core.lifecycle import Lifecycle, Trigger


def states_reachable_from(lifecycle: Lifecycle, source: str, *triggers: Trigger) -> frozenset[str]:
    """Return `source` and every state that some chain of legal transitions leads to."""
    reached = {source}
    waiting = [source]
    while waiting:
        state = waiting.pop()
        for transition in lifecycle.transitions:
            if transition.source != state or transition.target in reached:
                continue
            if not triggers or transition.trigger in triggers:
                reached.add(transition.target)
                waiting.append(transition.target)
    return frozenset(reached)
