"""Peers that fit generalized linear models: liblinear and scikit-learn.

Reads one JSON request a line, answers one JSON object a line, and keeps the
data in memory between requests, so that only the solver is on the clock.

    {"set": {"path": "a9a.svm.gz"}, "loss": "logistic", "l2": 1e-4, "peer": "liblinear",
     "solver": "0", "layout": "csr", "tol": 1e-3, "repeats": 3}

fits with one solver at one tolerance; {"set", "loss", "l2", "w": [...]} measures somebody else's
answer with the same yardstick; {"set", "loss", "l2", "optimum": true} returns the optimal value
to a gap of 1e-12; {"set", "shape": true} only reads the file. The objective is, without intercept,

    F(w) = (1/n) sum_i loss(y_i, x_i.w) + (l2/2)|w|^2,
    logistic: log(1 + exp(-y z)), y in {-1, +1};  squared: (y - z)^2 / 2.

The gap is P(w) - D(a) at the dual point a_i = -loss'(z_i), which equals
|grad F(w)|^2 / (2 l2), divided by max(1, |F(w)|). It is computed here in
double precision from w, whatever the solver says about itself.
"""

import csv
import ctypes
import gzip
import json
import statistics
import sys
import time
import warnings

import numpy as np
import scipy
import scipy.sparse as sp
import sklearn
from liblinear import liblinear as ll
from scipy.special import expit
from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_info

warnings.filterwarnings("ignore")  # a fit that stops early shows in its gap
sklearn.set_config(assume_finite=True)  # spare scikit-learn the scan for NaN

VERSIONS = {"scikit-learn": sklearn.__version__, "liblinear": "2.50"}
MAX_ITER = {"sag": 1000, "saga": 1000, "lsqr": 20000, "sparse_cg": 20000}
LIBC = ctypes.CDLL(None)  # for the rand() that liblinear draws from
WARM = 0.3  # seconds: of shorter fits the second of two in a row is timed
DIRECT_DIM = 5000  # a direct solver needs a square matrix: at most this wide


class Set:
    """One file in the layouts that the solvers like best."""

    def __init__(self, spec):
        if spec["path"].endswith(".csv.gz"):
            with gzip.open(spec["path"], "rt") as f:
                a = np.array(list(csv.reader(f))[1:], dtype=float)
            x, y = a[:, :-1], a[:, -1]
            x = sp.csr_matrix((x - x.mean(0)) / x.std(0))
            y = y - y.mean()
        else:
            x, y = load_svmlight_file(spec["path"])
            if spec.get("positive"):
                y = np.where(y == spec["positive"], 1.0, -1.0)
            if spec.get("unit"):
                x = sp.csr_matrix(sp.diags_array(1 / np.sqrt(x.multiply(x).sum(1).A1)) @ x)
        self.y = y
        self.csr = sp.csr_matrix(x)
        self.csr.indices = self.csr.indices.astype(np.int32)
        self.csr.indptr = self.csr.indptr.astype(np.int32)
        self.csr.sort_indices()
        self.csr_t = self.csr.T.tocsr()
        self._dense = self._liblinear = None

    def dense(self):
        if self._dense is None:
            self._dense = self.csr.toarray()
        return self._dense

    def liblinear(self):
        if self._liblinear is None:
            self._liblinear = ll.problem(self.y, self.csr)
        return self._liblinear

    def value_gradient(self, loss, l2, w):
        """F, its gradient, and the second derivatives of the loss, at w."""
        n = len(self.y)
        z = self.csr @ w
        if loss == "logistic":
            m = self.y * z
            f, s = np.logaddexp(0, -m), expit(-m)
            d, h = -self.y * s, s * (1 - s)
        else:
            d, h = z - self.y, np.ones(n)
            f = d * d / 2
        return f.mean() + l2 / 2 * (w @ w), self.csr_t @ d / n + l2 * w, h

    def value_gap(self, loss, l2, w):
        f, g, _ = self.value_gradient(loss, l2, w)
        return f, g @ g / (2 * l2) / max(1.0, abs(f))

    def optimum(self, loss, l2):
        """Newton's method with conjugate gradients and halved steps, to a gap of 1e-12."""
        n = len(self.y)
        w = np.zeros(self.csr.shape[1])
        f, g, h = self.value_gradient(loss, l2, w)
        for _ in range(100):
            if g @ g / (2 * l2) < 1e-12 * max(1.0, abs(f)):
                break
            s, r = np.zeros_like(w), -g
            p, rr = r, r @ r
            stop = min(1e-2, np.sqrt(rr)) ** 2 * rr
            for _ in range(5000):
                hp = self.csr_t @ (h * (self.csr @ p)) / n + l2 * p
                a = rr / (p @ hp)
                s, r = s + a * p, r - a * hp
                rr, old = r @ r, rr
                if rr <= stop:
                    break
                p = r + rr / old * p
            t = 1.0
            while t > 1e-10 and self.value_gradient(loss, l2, w + t * s)[0] > f + 1e-4 * t * (g @ s) + 1e-14:
                t /= 2
            w = w + t * s
            f, g, h = self.value_gradient(loss, l2, w)
        return self.value_gap(loss, l2, w)


def fit_liblinear(data, req):
    c = 1 / (len(data.y) * req["l2"])
    prob = data.liblinear()
    param = ll.parameter(f"-s {req['solver']} -c {c!r} -e {req['tol']!r} -q")
    LIBC.srand(1)  # as in a fresh run of the train program
    start = time.perf_counter()
    m = ll.liblinear.train(prob, param)
    seconds = time.perf_counter() - start
    m = ll.toPyModel(m)
    w = np.ctypeslib.as_array(m.w, (m.nr_feature,)).copy()
    return seconds, w if m.label[0] > 0 else -w, None


def fit_sklearn(data, req):
    n, l2, solver = len(data.y), req["l2"], req["solver"]
    x = data.dense() if req["layout"] == "dense" else data.csr
    limit = MAX_ITER.get(solver, 5000)
    if req["loss"] == "logistic":
        model = LogisticRegression(
            C=1 / (n * l2), fit_intercept=False, solver=solver, tol=req["tol"], max_iter=limit
        )
    else:
        model = Ridge(
            alpha=n * l2, fit_intercept=False, solver=solver, tol=req["tol"], max_iter=limit, copy_X=False, random_state=0
        )
    start = time.perf_counter()
    model.fit(x, data.y)
    seconds = time.perf_counter() - start
    it = model.n_iter_
    return seconds, model.coef_.ravel(), None if it is None else int(np.max(it))


def refuse(data, req):
    """Why a solver cannot take a set, or nothing."""
    n, d = data.csr.shape
    side = {"newton-cholesky": d, "cholesky": min(n, d)}.get(req["solver"], 0)
    if side > DIRECT_DIM:
        return f"a dense {side} x {side} matrix"
    if req["layout"] == "dense" and n * d > 2e7:
        return f"{n * d * 8 / 2**30:.1f} GB as a dense matrix"


def answer(data, req):
    if req.get("shape"):
        return {}
    if req.get("optimum"):
        value, gap = data.optimum(req["loss"], req["l2"])
        return {"value": value, "gap": gap}
    if "w" in req:
        value, gap = data.value_gap(req["loss"], req["l2"], np.array(req["w"]))
        return {"value": value, "gap": gap}
    reason = refuse(data, req)
    if reason:
        return {"skip": reason}
    fit = fit_liblinear if req["peer"] == "liblinear" else fit_sklearn
    runs = [fit(data, req) for _ in range(req.get("repeats", 1))]
    if len(runs) == 1 and runs[0][0] < WARM:
        runs = [fit(data, req)]  # the first woke the processor
    seconds = [r[0] for r in runs]
    value, gap = data.value_gap(req["loss"], req["l2"], runs[-1][1])
    return {
        "peer": req["peer"],
        "version": VERSIONS[req["peer"]],
        "solver": req["solver"],
        "layout": req["layout"],
        "tol": req["tol"],
        "seconds_median": statistics.median(seconds),
        "seconds_min": min(seconds),
        "repeats": len(seconds),
        "value": value,
        "gap": gap,
        "iterations": runs[-1][2],
    }


def main():
    say = lambda o: print(json.dumps(o), flush=True)
    pools = [f"{p['internal_api']} {p['version'] or ''} {p.get('architecture', '')} x{p['num_threads']}" for p in threadpool_info()]
    say({"versions": VERSIONS | {"numpy": np.__version__, "scipy": scipy.__version__, "python": sys.version.split()[0]}, "threads": pools})
    spec = data = None
    for line in sys.stdin:
        req = json.loads(line)
        if req["set"] != spec:
            spec, data = req["set"], Set(req["set"])
        say({"n": data.csr.shape[0], "d": data.csr.shape[1], "nnz": data.csr.nnz} | answer(data, req))


if __name__ == "__main__":
    main()
