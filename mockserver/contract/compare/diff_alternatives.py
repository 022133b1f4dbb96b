"""The changes of alternatives (`anyOf`, `oneOf`) and of the discriminator that says which of them a value is."""

from mockserver.contract.compare.alternatives import (
    Alternative,
    MatchedAlternatives,
    alternative_title,
    alternatives_of,
    match_alternatives,
    may_share_type,
)
from mockserver.contract.compare.changes import Changes
from mockserver.contract.compare.shape_changes import ShapeChange, type_names
from mockserver.contract.compare.shape_pairs import ShapePair
from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.json_values import canonical_json
from mockserver.contract.schema.shape import shape_of


def match_pair_alternatives(pair: ShapePair) -> MatchedAlternatives:
    """Return the alternatives of the two schemas in pairs; none where neither has any, or where they cannot match."""
    has_any = pair.before.alternatives or pair.after.alternatives
    if not has_any or (pair.is_one_sided and not pair.may_match_alternative):
        return MatchedAlternatives([], [], [])
    old, new, _ = pair.captures
    before = alternatives_of(old, pair.places.old.place, pair.before)
    after = alternatives_of(new, pair.places.new.place, pair.after)
    return match_alternatives(old, new, before, after)


def diff_alternatives(pair: ShapePair, matched: MatchedAlternatives) -> Changes:
    """Yield the alternatives that are gone or new, unless the change of type says so already."""
    old, new, _ = pair.captures
    for kind, capture, alternatives, other in (
        (ShapeChange.ALTERNATIVE_GONE, old, matched.gone, pair.after),
        (ShapeChange.ALTERNATIVE_NEW, new, matched.new, pair.before),
    ):
        for each in alternatives:
            if may_share_type(_alternative_types(capture, each), other.types):
                title = alternative_title(capture, each)
                name = repr(title) if title else type_names(_alternative_types(capture, each))
                yield from pair.change(kind, name=name)


def diff_discriminators(pair: ShapePair, matched: MatchedAlternatives) -> Changes:
    """Yield the changes of the field that says which alternative a value is, and of what its values mean."""
    before, after = pair.before.discriminator, pair.after.discriminator
    if before is None or after is None:
        if before is not after:
            old, new = (each.field if each else "" for each in (before, after))
            yield from pair.change(ShapeChange.KEYWORD_CHANGED, old, new, "discriminator")
        return
    if before.field != after.field:
        yield from pair.change(ShapeChange.DISCRIMINATOR_CHANGED, before.field, after.field)
        return
    partners = {old.place: new.place for old, new in matched.pairs}
    left_over = {alternative.place for alternative in (*matched.gone, *matched.new)}
    for value in sorted(before.targets.keys() | after.targets.keys()):
        old_target, new_target = before.targets.get(value), after.targets.get(value)
        # The value of an alternative that is gone or new is gone or new with it.
        if old_target in left_over or new_target in left_over:
            continue
        text = canonical_json(value)
        if new_target is None:
            yield from pair.change(ShapeChange.VALUE_GONE, before=text, name=text)
        elif old_target is None:
            yield from pair.change(ShapeChange.VALUE_NEW, after=text, name=text)
        elif partners.get(old_target, old_target) != new_target:
            old, new = (each[0].rpartition("/")[2] for each in (old_target, new_target))
            yield from pair.change(ShapeChange.DISCRIMINATOR_MEANING, old, new, value)


def _alternative_types(capture: Capture, alternative: Alternative) -> frozenset[str] | None:
    if alternative.only is not None:
        return frozenset([alternative.only])
    return shape_of(capture, alternative.place).types
