"""What the factors of the paper's experiments do along the spectrum, in sentences."""

import textwrap
from pathlib import Path

import spectrum as sp
from spectrum.report.verdict.factor_sentences import factor_sections

RESULTS = Path(__file__).parent / "results"

for study in ("activation", "residual"):
    print(f"{study}:")
    for heading, sentences in factor_sections(sp.verdict(sp.load(RESULTS / study)).findings):
        print(textwrap.fill(heading, 80, initial_indent="  ", subsequent_indent="  "))
        print(textwrap.fill(" ".join(sentences), 80, initial_indent="    ", subsequent_indent="    "))
