"""NumPy's (OpenBLAS) and, where it is installed, PyTorch's (MKL, oneDNN) matrix products.

Reads one JSON request a line, answers one JSON object a line:

    {"type": "float32", "m": 128, "n": 512, "k": 784, "trans_a": false, "trans_b": true,
     "threads": 2, "seconds": 0.05, "warm": 0.2}

    {"numpy": seconds of a product, "torch": the same or null}
"""

import json
import sys
import time

import numpy as np
import threadpoolctl

try:
    import torch
except ImportError:
    torch = None

POOLS = [p for p in threadpoolctl.threadpool_info() if p["internal_api"] == "openblas"]
OPENBLAS = threadpoolctl.ThreadpoolController().select(internal_api="openblas")
matrices = {}


def matrix(rows, cols, dtype, seed):
    key = (rows, cols, dtype, seed)
    if key not in matrices:
        matrices[key] = np.random.default_rng(seed).standard_normal((rows, cols)).astype(dtype)
    return matrices[key]


def mean(product, least):
    """Seconds of one product, of as many as take least."""
    n, start = 0, time.perf_counter()
    while True:
        product()
        n += 1
        spent = time.perf_counter() - start
        if spent >= least:
            return spent / n


def seconds(product, r):
    product()
    if r["warm"] > 0:
        mean(product, r["warm"])
    return mean(product, r["seconds"])


def answer(r):
    m, n, k, t, threads = r["m"], r["n"], r["k"], r["type"], r["threads"]
    a = matrix(k, m, t, 1).T if r["trans_a"] else matrix(m, k, t, 1)
    b = matrix(n, k, t, 2).T if r["trans_b"] else matrix(k, n, t, 2)
    c = np.empty((m, n), dtype=t)
    with OPENBLAS.limit(limits=threads):
        numpy = seconds(lambda: np.matmul(a, b, out=c), r)
    if torch is None:
        return {"numpy": numpy, "torch": None}
    torch.set_num_threads(threads)
    x, y, z = torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(c)
    return {"numpy": numpy, "torch": seconds(lambda: torch.mm(x, y, out=z), r)}


def main():
    say = lambda o: print(json.dumps(o), flush=True)
    versions = {"numpy": np.__version__, "torch": torch and torch.__version__}
    say({"versions": versions, "openblas": [p["version"] + " " + p["architecture"] for p in POOLS]})
    for line in sys.stdin:
        say(answer(json.loads(line)))


if __name__ == "__main__":
    main()
