"""Tables as LaTeX: whatever a text holds, it is printed."""

import shutil
import string
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from bench.publish.exhibits import Exhibit
from bench.report.paper import escaped, latex

COMPILERS = {"pdflatex": ["-interaction=nonstopmode", "-halt-on-error", "-draftmode"], "tectonic": []}
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs}
\begin{document}
%s
\end{document}
"""


def exhibit(title: str, head: str, *cells: str) -> Exhibit:
    table = pd.DataFrame({head: list(cells), "AP_low": "0.5…0.75"})
    return Exhibit(title, "", table, table)


def test_captions_heads_and_cells_are_escaped() -> None:
    text = latex(exhibit("min_size & 95 %", "ratio_to #1", "a_b", "{x} ~ $y^2$ \\"), "name")
    assert text.splitlines() == [
        r"\begin{table}",
        r"\caption{min\_size \& 95 \%}",
        r"\label{tab:name}",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"ratio\_to \#1 & AP\_low \\",
        r"\midrule",
        r"a\_b & 0.5--0.75 \\",
        r"\{x\} \textasciitilde{} \$y\textasciicircum{}2\$ \textbackslash{} & 0.5--0.75 \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]


def test_row_before_takes_nothing() -> None:
    assert escaped("[1, 2] *") == "{[}1, 2] {*}"


@pytest.mark.parametrize("compiler", COMPILERS)
def test_any_text_compiles(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    texts = [string.punctuation, *string.punctuation, "[1, 2]", "\\\\", "a_b^c"]
    (tmp_path / "paper.tex").write_text(
        DOCUMENT % latex(exhibit(string.punctuation, string.punctuation, *texts), "name")
    )
    line = [compiler, *COMPILERS[compiler], "paper.tex"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
