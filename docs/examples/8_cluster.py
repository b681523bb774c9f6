"""
On a cluster
============

The cells of a leaderboard, each a partitioner on the affinities of one model, run on any machines that a
`Dask <https://distributed.dask.org>`__ scheduler reaches. All have this project with the same versions,
``pip install '.[bench,cluster,peers]'``; networks need ``models`` and the weights too. No file system is shared.

.. code-block:: sh

    dask scheduler                                            # on one machine; it prints its address
    dask worker tcp://HOST:8786 --nthreads 1                  # on each machine that computes: one cell at a time
    affinity-bench leaderboard --scheduler tcp://HOST:8786    # where the data and runs/ are

Here all of them are processes of one machine.
"""

# sphinx_gallery_thumbnail_path = 'results/leaderboard/pareto-1.png'

import socket
import subprocess
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
address = f"tcp://127.0.0.1:{port}"


def start(*command: str) -> subprocess.Popen:
    """Start a part of the cluster, silently."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(["dask", *command, "--no-dashboard"], cwd=folder, **silent)


parts = [start("scheduler", "--host", "127.0.0.1", "--port", str(port)), start("worker", address, "--nthreads", "1")]

# %%
# The volumes are generated, and their affinities made by the oracle:

command = (
    f"affinity-bench leaderboard --scheduler {address} --data 'volumes(count=2, shape=[8, 32, 32])'"
    " --models 'oracle(noise=0.75)' --partitioners 'gaec(linkage=average)' mutex-watershed components"
)
try:
    done = subprocess.run(command, shell=True, check=True, cwd=folder, capture_output=True, text=True)
finally:
    for part in parts:
        part.terminate()
        part.wait()
print(done.stdout)

# %%
# Stopped, the same command goes on from there. A lost worker's cells are run by another, and a worker with other versions or code
# is refused. Training takes several processes of one or more machines by ``torchrun``: see :doc:`9_training`.
