"""How few trials still determine a response surface. No numpy in it, since a study is declared without."""

FREEDOM = 2
"""Degrees of freedom of the noise, below which a fit says nothing of how sure its coefficients are."""


def spare_trials(points: int, trials: int, settings: int) -> int:
    """How many trials of some points together may tell nothing before no response surface can be fitted to the rest.

    Below 0 where even all of them are too few for the level and slopes of each point, the curvature that all share, and
    FREEDOM.
    """
    coefficients = points * (1 + settings) + settings * (settings + 1) // 2
    return points * trials - coefficients - FREEDOM


def least_trials(settings: int) -> int:
    """The fewest trials of a point from which the response surface can be fitted with some certainty.

    Four for one setting, seven for two: the coefficients of a quadratic, and one trial more. The even design of six in
    two settings is symmetric about its middle, and determines no curvature, however many points share it.
    """
    return (settings + 1) * (settings + 2) // 2 + 1
