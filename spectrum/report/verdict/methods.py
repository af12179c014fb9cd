"""How the findings were judged, in sentences."""

import math
from collections.abc import Iterator, Mapping

from spectrum.report.formatting import count, in_points, listed, percent
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.intervals import METHODS
from spectrum.results.columns import MAP


def methods(found: Findings) -> Iterator[str]:
    """What a reader has to know to judge the judgement."""
    yield from _metric(found)
    yield from _tuning(found)
    yield f"Intervals of single means come from {METHODS[found.criteria.interval].title} over seeds, each by itself."
    if any(group.leader for group in found.groups):
        yield from _comparisons(found)
    if found.factors:
        yield "The effects of each crossed factor are one family of simultaneous intervals as well."
    if found.schedule.looks:
        looks = listed(found.schedule.looks)
        yield f"The race looks at {looks} seeds; the looks share the error rate (boundaries by Wang and Tsiatis)."
    if found.schedule.verdicts > 1:
        yield _extended(found)
    elif not found.finished and not found.schedule.looks:
        yield "Repeated looks at an unfinished study are not corrected for: draw no conclusions before it is finished."
    yield (
        "All of this is about means over seeds on these test images; other images, recipes or budgets may give other "
        "answers."
    )


def _extended(found: Findings) -> str:
    """What it costs that the study could be looked at before."""
    plan = found.schedule
    fresh = ["fresh seeds are judged by themselves at the same level"] if plan.finished_at else []
    family = ["with points added, all points are one family at the same level"] if plan.points_before else []
    how = " and ".join([*fresh, *family])
    verdicts = "two" if plan.verdicts == 2 else str(plan.verdicts)
    most = percent(min(1.0, plan.verdicts * found.criteria.alpha))
    return (
        f"The study was extended after its verdict could be read. {how[0].upper()}{how[1:]}, so that the {verdicts} "
        f"verdicts together err in up to {most} of studies."
    )


def _comparisons(found: Findings) -> Iterator[str]:
    each = " within each group" if len(found.groups) > 1 else ""
    yield (
        f"All statements on differences follow from one family of simultaneous {percent(found.criteria.level)} "
        f"intervals{each}: two fifths of the error rate go to which point is best (the leading point is tested "
        "against each other one), the rest to all pairwise differences. Critical values are simulated for the seeds "
        "that there are; variances are each point's own, moderated towards their mean; the uncertainty of tuning is "
        "included where it is known."
    )
    yield (
        f"Points are equivalent where their interval lies within {in_points(found.criteria.margin)}. Runs that "
        "diverged have no score: they are compared by Fisher's exact test."
    )


def _metric(found: Findings) -> Iterator[str]:
    """What MAP is; accuracy explains itself."""
    if found.metric.key != MAP.key:
        return
    declared = found.results.study.get("metric")
    weights = declared.get("class_weights") if isinstance(declared, Mapping) else None
    how = {"frequency": ", classes weighted by how often the train split shows them", "equal": ""}.get(
        str(weights), ", classes weighted as the study says"
    )
    yield (
        f"{found.metric.label} is the mean over images of the average precision of the classes ranked highest for each"
        f"{how}. No image is right or wrong by it, so that nothing is said of what other images like these would show."
    )


def _tuning(found: Findings) -> Iterator[str]:
    trials = [point.tuning.trials for group in found.groups for point in group.points]
    fewest, most = min(trials), max(trials)
    if not most:
        return
    number = count(most, "tuning trial") if fewest == most else f"{fewest} to {most} tuning trials"
    if not any(point.accuracy.n for group in found.groups for point in group.points):
        yield f"Each point is given {number}."
        return
    without = [where for group in found.groups for where in _without_surface(group, several=len(found.groups) > 1)]
    lost = any(not point.tuning.ended["complete"] for group in found.groups for point in group.points)
    alike = f"its best trial{', or at the lowest of the range where none trained' if lost else ''}"
    if all(math.isnan(point.tuning.regret) for group in found.groups for point in group.points):
        yield (
            f"Each point was given {number}. No response surface could be fitted to them, so each was trained at the "
            f"learning rate of {alike}."
        )
        return
    but = f", but for {'; '.join(without)}: trained at the learning rate of {alike}" if without else ""
    yield (
        f"Each point was given {number}. How far its learning rate may be from the best is estimated from a "
        f"quadratic response surface, the curvature of which all points share{but}."
    )


def _without_surface(group: GroupFindings, *, several: bool) -> Iterator[str]:
    """The points of a group that no surface was fitted to; the group itself where these are all."""
    unknown = [point.segments for point in group.points if math.isnan(point.tuning.regret) and point.tuning.trials]
    if not unknown:
        return
    all_of_them = several and len(unknown) == len(group.points)
    yield group.group.apart if all_of_them else listed(unknown) + (f" ({group.group.apart})" if several else "")
