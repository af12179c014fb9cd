"""How few trials still determine a response surface. No numpy in it, since a study is declared without."""


def least_trials(settings: int) -> int:
    """The fewest trials of a point from which the response surface can be fitted with some certainty.

    Four for one setting, six for two: the coefficients of a quadratic, and one trial more.
    """
    return (settings + 1) * (settings + 2) // 2 + (1 if settings == 1 else 0)
