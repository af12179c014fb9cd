"""At which learning rates a sentence holds, where it is not known how far they are from the best.

Intervals cannot allow for a loss that is unknown. Without these words, a study that knows less of its tuning would seem
to be surer of its points.
"""

from spectrum.report.formatting import USED, listed
from spectrum.report.statistics.group_findings import GroupFindings


def condition(group: GroupFindings) -> str:
    """Such as 'at the learning rates used', 'at the learning rate used for 8'; '' where tuning is allowed for."""
    unknown = group.tuning_unknown
    if not unknown or unknown == group.compared:
        return USED if unknown else ""
    return f"at the learning rate{'' if len(unknown) == 1 else 's'} used for {listed(unknown)}"


def under(condition: str, sentence: str) -> str:
    """The sentence with its condition before it: 'At the learning rates used, no effect is shown.'"""
    whole = f"{condition}, {sentence[:1].lower()}{sentence[1:]}" if condition else sentence
    return whole[:1].upper() + whole[1:]
