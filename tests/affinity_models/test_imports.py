"""What importing brings along."""

import subprocess
import sys


def test_torch_stays_out_until_it_is_needed() -> None:
    code = "import sys, affinity_models, affinity_models.train, bench.list; bench.list.main([]); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "daffnet(weights, views)" in done.stdout and done.stdout.endswith("False\n")


def test_a_missing_torch_is_a_reason() -> None:
    hidden = "import sys; sys.modules['torch'] = None"
    code = f"{hidden}; import bench.list; bench.list.main([])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "unavailable: needs torch: pip install 'affinity-bench[models]'" in done.stdout
