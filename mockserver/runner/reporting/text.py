"""The report for a person: what was read, then each group of findings as one block, and the sum.

A block has the verdict and the job, the story (calls with their times and answers), what could have been and what was
seen, who says otherwise, what to do, and the command that judges it again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from mockserver.contract.findings import LEVELS, Finding
from mockserver.contract.judgement import Judgement, Outcome
from mockserver.core.counting import count
from mockserver.runner.reporting.baseline import Accepted
from mockserver.runner.reporting.escape import plain
from mockserver.runner.reporting.places import brief, full
from mockserver.runner.reporting.results import Checked, Group, Results, total

NAMED: Final = 4
"""Jobs, hosts and calls that are named; of the others the number."""
_TOLD: Final[tuple[Outcome, ...]] = ("ok", "violated", "inconclusive")
_KINDS: Final = {
    "har": "HAR",
    "cassette": "VCR cassette",
    "journal": "journal",
    "proxy": "passed on",
    "live": "asked",
    "fuzz": "fuzzed",
}


def text(results: Results) -> str:
    """The whole report, without a line end at its end."""
    parts = ["\n".join(_recording(each)) for each in results.checked]
    parts += [block(each) for each in results.findings]
    if results.conduct:
        insisted = "it counts" if results.terms.conduct_fails else "--conduct fail makes it count"
        parts.append(f"Conduct: what the client did, apart from the findings; {insisted}.")
        parts += [block(each) for each in results.conduct]
    parts += ["\n".join(lines) for lines in [list(_baseline(results)), list(closing(results))] if lines]
    return "\n\n".join(parts)


# What was read


def _recording(checked: Checked) -> Iterator[str]:
    report = checked.report
    unanswered = f", {checked.unanswered} without an answer" if checked.unanswered else ""
    kind = _KINDS.get(checked.kind, "not read")
    yield f"{plain(checked.file)}: {kind}, {count(report.exchanges, 'call')}{unanswered}"
    yield from (f"  {line}" for problem in checked.problems for line in map(plain, problem.text().split("\n")))
    yield from _listed("left out", checked.skipped)
    yield from _listed("not recorded", checked.incomplete)
    yield from _listed("of no vendor we know", report.strangers)
    for judgement in report.judgements:
        yield from _judged(judgement)


def _judged(judgement: Judgement) -> Iterator[str]:
    counts = judgement.counts
    yield (
        f"  {judgement.vendor}@{judgement.era} ({plain(judgement.chosen)}): "
        f"{counts.judged} of {count(counts.exchanges, 'answer')} judged, {count(counts.jobs, 'job')}"
    )
    yield from _listed("  other hosts", counts.unknown_hosts)
    yield from _listed("  calls that the contract does not know", counts.unknown_calls)
    if counts.late:
        yield f"    too far out of order to be placed: {counts.late}"
    if counts.repeated:
        yield f"    more findings like those below: {counts.repeated}"
    for each in judgement.coverage:
        never = f"; never {', '.join(each.unseen)}" if each.unseen else ", all there are"
        yield f"    {each.kind} seen {', '.join(each.seen) or 'in no state'}{never}"


def _listed(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield plain(f"  {title}: {most(counts)}")


def most(counts: Mapping[str, int]) -> str:
    """The largest counts by name: `a (7), b (2), 3 more`."""
    names = sorted(counts, key=lambda name: (-counts[name], name))
    told = [f"{name} ({counts[name]})" for name in names[:NAMED]]
    return ", ".join(told + ([f"{len(names) - NAMED} more"] if len(names) > NAMED else []))


# A group of findings


def headline(group: Group) -> str:
    """The verdict in one line."""
    finding = group.finding
    times = f" x{group.count}" if group.count > 1 else ""
    return plain(f"{finding.level} {finding.rule}{times}: {finding.message}")


def block(group: Group) -> str:
    """A group at length."""
    return "\n".join([headline(group), *(f"    {plain(line)}" for line in body(group))])


def body(group: Group) -> Iterator[str]:
    """What follows the headline."""
    yield from story(group.finding)
    yield from (f"{name:<9} {value}" for name, value in facts(group) if value)


def story(finding: Finding) -> Iterator[str]:
    """The lines of the story, with their places in the recording."""
    yield from (f"{line}  ({brief(spot)})" if spot.line else line for line, spot in finding.steps)


def facts(group: Group) -> Iterator[tuple[str, str]]:
    """The facts about a group with their names, those that there are not with an empty text."""
    finding = group.finding
    yield "job", named(group.resources)
    yield "call", "" if finding.story else finding.call
    yield "where", "" if finding.story or group.is_conduct else finding.where
    yield "place", _place(group)
    yield "found", finding.value
    yield "allowed", finding.allowed
    yield "possible", finding.possible
    yield "observed", finding.observed
    yield "source", finding.source
    yield "mend", group.mend
    yield "rule", f"mockserver explain {finding.rule}"
    yield "expired", "" if group.expired is None else f"the baseline accepted it {group.expired.told()}"
    yield "again", group.again


def _place(group: Group) -> str:
    """Where the finding that is told stands, and how many other places there are."""
    told = full(group.file, group.finding.spot)
    return f"{told} and {count(group.places - 1, 'other place')}" if told and group.places > 1 else told


def named(resources: tuple[str, ...]) -> str:
    """The first jobs by name."""
    more = f" and {len(resources) - NAMED} more" if len(resources) > NAMED else ""
    return ", ".join(resources[:NAMED]) + more


# The end


def _baseline(results: Results) -> Iterator[str]:
    baseline = results.terms.baseline
    if not baseline.file:
        return
    accepted = total(iter(results.accepted))
    yield f"{plain(baseline.file)}: {count(accepted.findings, 'finding')} accepted"
    yield from (plain(f"  x{group.count} {entry.told()}") for group, entry in results.acceptances)
    yield from _entries("expired, so it counts again", (each.expired for each in results.groups if each.expired))
    yield from _entries("nothing was found for", results.unused)


def _entries(title: str, entries: Iterable[Accepted]) -> Iterator[str]:
    yield from (plain(f"  {title}: {entry.told()}") for entry in dict.fromkeys(entries))


def closing(results: Results) -> Iterator[str]:
    """The sum, and the exit code with its reason."""
    files = count(len(results.checked), "recording")
    yield f"{files}, {count(results.calls, 'call')}, {results.judged} judged: {', '.join(_sums(results))}"
    tally = results.tally()
    yield "rules on jobs and calls: " + ", ".join(f"{tally[outcome]} {outcome}" for outcome in _TOLD)
    yield plain(f"exit {results.exit_code}: {results.why}")


def _sums(results: Results) -> Iterator[str]:
    for level in LEVELS:
        groups, findings = results.sum(level)
        told = count(groups, level) if level != "info" else f"{groups} info"
        yield told + (f" (x{findings})" if findings > groups else "")
    conduct = total(iter(results.conduct))
    yield f"conduct {conduct.groups}" + (f" (x{conduct.findings})" if conduct.findings > conduct.groups else "")
