"""Scenario files that are nearly right: written by the language's own tables, then broken in one place or two.

`scenario_texts` draws the files. `play_everything` loads one and, if it passes, answers every operation of its session
several times; whatever the file says, nothing but a `MockError` may be raised.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from hypothesis import strategies as st

from mockserver.core.instants import HOUR, SECOND
from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.engine.notify.deliveries import DueDelivery
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.container_shapes import ListShape, MappingShape, OneOfShape
from mockserver.scenario.faults.table import RateShape
from mockserver.scenario.language import ITEMS, SCENARIO
from mockserver.scenario.scalar_shapes import (
    ChoiceShape,
    IntegerShape,
    JsonShape,
    NullShape,
    PatternShape,
    TextShape,
    TrueFlag,
)
from mockserver.scenario.shapes import Shape
from mockserver.vendors.api import Era, JobKind
from tests.support.fake_world import ERAS, VENDORS, FakeWorld, fake_world

ODD: Final = st.sampled_from(
    [
        None, True, False, 0, -1, 1, 6.5, 1e300, 2**63, 2**64, -(2**70), "", " ", "x", "é\U0001f600", "\ud800", "{job}",
        "{nobody}", "*", "a\x00b", "0", "absent", "x" * 5000, [], {}, [[]], {"": None}, [6], ["x"], {"a": {"b": [1]}},
        {"$like": 5}, {"$above": "x"}, {"code": [1]}, {"message": {}}, 10**400, "9" * 400, "99999999999d", "1s..0s",
    ]
)  # fmt: skip
"""Values of types, sizes and characters that few expect."""
DURATIONS: Final = ("0s", "1ms", "5s", "30s", "1m30s", "25h", "40d")
BY_NAME: Final = {
    "duration": st.sampled_from(DURATIONS),
    "range": st.sampled_from((*DURATIONS, "5s..30s", "1s..1s")),
    "stay": st.sampled_from((*DURATIONS, "1 poll", "3 polls", "manual")),
    "progress": st.sampled_from((0, 100, "5..95", "90..10")),
    "at": st.sampled_from((*DURATIONS, "completed", "1ms before completed", "5s after processing")),
}
JSON_VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**53) | st.floats(0, 1e6) | st.sampled_from(("", "x", "{job}", "é")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("a", "id")), inner, max_size=2),
    max_leaves=4,
)


class ShapeValues:
    """Draws values that fit a shape, in the words of an era where it has any."""

    def __init__(self, era: Era) -> None:
        lifecycles = [kind.lifecycle for kind in era.kinds.values()]
        lifecycles += [kind.batch.item for kind in era.kinds.values() if kind.batch is not None]
        self.states = st.sampled_from([state for lifecycle in lifecycles for state in lifecycle.states])
        self.operations = st.sampled_from(["*", *(operation.name for operation in era.operations)])
        self.names = st.sampled_from(["a", "b", *era.kinds, *(kind.new_id("s", 1, 0) for kind in era.kinds.values())])
        self.examples = st.sampled_from([dict(kind.example) for kind in era.kinds.values()])
        self.kinds = tuple(era.kinds.values())
        names = [*era.main_kind.example, "status", "id", "error", "progress", "a"]
        self.fields = st.dictionaries(st.sampled_from(names), JSON_VALUES | ODD, max_size=3)
        self.timelines = st.one_of([self._timelines(lifecycle) for lifecycle in lifecycles])

    @st.composite
    @staticmethod
    def _draw_timeline(draw: st.DrawFn, values: "ShapeValues", lifecycle: Lifecycle) -> list[Any]:
        """Draw a timeline along the lifecycle, whose states may show fields."""
        state, steps = lifecycle.initial, []
        while True:
            following = [one for one in lifecycle.next_states(state) if lifecycle.allows(state, one, Trigger.TIME)]
            fields = draw(st.just({}) | values.fields)
            if not following or len(steps) == 5 or not draw(st.integers(0, 4)):
                return [*steps, {state: {"fields": fields}} if fields else state]
            stay = draw(BY_NAME["stay"])
            steps.append({state: {"for": stay, "fields": fields} if fields else stay})
            state = draw(st.sampled_from(following))

    def _jobs(self, kind: JobKind) -> st.SearchStrategy[dict[str, Any]]:
        """Return jobs of a kind: an example's create request with other fields, and a timeline or items."""
        course: dict[str, st.SearchStrategy[Any]] = {"timeline": self._timelines(kind.lifecycle)}
        if kind.batch is not None:
            course = {"items": self.of(ITEMS)}
        optional = {**course, "age": BY_NAME["duration"], "fields": self.fields, "body": self.fields}
        return st.fixed_dictionaries({"kind": st.just(kind.name)}, optional=optional)

    def _timelines(self, lifecycle: Lifecycle) -> st.SearchStrategy[list[Any]]:
        return ShapeValues._draw_timeline(self, lifecycle)

    def of(self, shape: Shape, key: str = "") -> st.SearchStrategy[Any]:
        """Return a strategy for values of a shape, which is that of a key."""
        if shape.definition_name == "state":
            return self.states
        if shape.definition_name == "timeline":
            return self.timelines
        if shape.definition_name == "job":
            return st.one_of([self._jobs(kind) for kind in self.kinds])
        if shape.definition_name in BY_NAME:
            return BY_NAME[shape.definition_name]
        if isinstance(shape, JsonShape):
            fields = self.fields if shape.objects_only or key in ("body", "fields", "error") else JSON_VALUES
            return self.examples | fields if key in ("body", "match", "send") else fields
        if isinstance(shape, TextShape):
            return self.operations if "operation" in shape.description else self.names
        if isinstance(shape, PatternShape):
            return st.from_regex(shape.pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
        if isinstance(shape, ChoiceShape):
            return st.sampled_from(shape.choices)
        if isinstance(shape, IntegerShape):
            return st.integers(shape.minimum, min(shape.maximum, shape.minimum + 4)) | st.just(shape.maximum)
        return self._of_composed(shape, key)

    def _of_composed(self, shape: Shape, key: str) -> st.SearchStrategy[Any]:
        if isinstance(shape, NullShape):
            return st.none()
        if isinstance(shape, TrueFlag):
            return st.just(True)
        if isinstance(shape, RateShape):
            return st.sampled_from((0.5, 1))
        if isinstance(shape, OneOfShape):
            return st.one_of([self.of(option, key) for option in shape.options])
        if isinstance(shape, ListShape):
            return st.lists(self.of(shape.item, key), min_size=shape.min_size, max_size=max(shape.min_size, 3))
        assert isinstance(shape, MappingShape)
        return self._of_mapping(shape)

    @st.composite
    @staticmethod
    def _draw_mapping(draw: st.DrawFn, values: "ShapeValues", shape: MappingShape) -> dict[str, Any]:
        drawn = {field.name: draw(values.of(field.shape, field.name)) for field in shape.fields if field.required}
        optional = [field for field in shape.fields if not field.required]
        least = min(len(optional), max(0, shape.min_size - len(drawn)))
        if optional:
            fields = st.lists(st.sampled_from(optional), min_size=least, max_size=max(least, 2), unique=True)
            drawn |= {field.name: draw(values.of(field.shape, field.name)) for field in draw(fields)}
        if shape.extra_keys is not None and (len(drawn) < shape.min_size or draw(st.booleans())):
            name = draw(values.operations | values.states | st.sampled_from(("X-A", "Range", "/status", "T12")))
            drawn[name] = draw(values.of(shape.extra_keys.shape))
        return drawn

    def _of_mapping(self, shape: MappingShape) -> st.SearchStrategy[Any]:
        return ShapeValues._draw_mapping(self, shape)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in a JSON value, the outermost one left out."""
    members = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


@st.composite
def scenario_texts(draw: st.DrawFn) -> str:
    """Draw the text of a scenario: a few sections of a vendor, in JSON, with odd values in up to two places."""
    era = ERAS[draw(st.sampled_from(sorted(ERAS)))]
    assert isinstance(SCENARIO, MappingShape)
    values = ShapeValues(era)
    scenario: dict[str, Any] = {"scenario": "fuzzed", "vendor": era.pin}
    if draw(st.booleans()):
        scenario["webhooks"] = {}
    sections = [field for field in SCENARIO.fields if field.name not in ("scenario", "vendor", "language")]
    sections += [field for field in sections if field.name == "jobs"] * 5
    for field in draw(st.lists(st.sampled_from(sections), min_size=1, max_size=4)):
        scenario[field.name] = draw(values.of(field.shape, field.name))
    for _ in range(draw(st.integers(0, 2))):
        *parents, last = draw(st.sampled_from([path for path in places(scenario) if path != ("vendor",)]))
        # Drawn values are shared: examples of the vendors, and the odd ones.
        scenario = deepcopy(scenario)
        container: Any = scenario
        for key in parents:
            container = container[key]
        container[last] = draw(ODD)
    return json.dumps(scenario, ensure_ascii=draw(st.booleans()))


def play_everything(text: str) -> Session | None:
    """Load a scenario and call every operation about each of its jobs, at several times; None if it was refused.

    Raises what the product raises where it should not: anything but a `MockError` of the file.
    """
    try:
        scenario = load_scenario(text.encode("utf-8", "surrogatepass"), VENDORS)
    except MockError:
        return None
    # One world in which nothing disturbs the jobs, and one with every command.
    for commands in (False, True):
        world = fake_world(scenario.vendor, scenario.date, scenario.script)
        for elapsed in (0, 3 * SECOND, 2 * HOUR, 48 * HOUR):
            world.advance(elapsed)
            call_operations(world, commands=commands)
    return world.session


def call_operations(world: FakeWorld, *, commands: bool) -> None:
    """Call the operations of the era about each job, those that change it only on demand; send the due webhooks."""
    context = world.session.context(world.era.vendor)
    ids = [job.id for job in context.store.all_jobs()][:3]
    for operation in world.era.operations:
        if operation.method != "GET" and operation.about_one_job and not commands:
            continue
        for job_id in ids if operation.about_one_job else [""]:
            world.call_operation(operation.name, job_id)
    for job in tuple(context.store.all_jobs())[:3]:
        world.era.kinds[job.kind].ledger(job, world.now)
    deliveries = world.session.deliveries
    while (due := world.session.schedule.pop_due(world.now)) is not None:
        delivery = deliveries.begin(due.item, world.now, world.base_url) if isinstance(due.item, DueDelivery) else None
        if delivery is not None:
            deliveries.finish(delivery, deliveries.answer_from_builtin(delivery), world.now)
