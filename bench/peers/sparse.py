"""Peers that fit sparse models and linear SVMs: celer, skglm, liblinear, scikit-learn, glmnet.

Reads one JSON request a line, answers one JSON object a line, and keeps the
data in memory between requests, so that only the solver is on the clock.

    {"set": {"path": "a9a.svm.gz"}, "info": true}      sizes, and the weight above which w = 0
    {"set", "loss": "logistic", "l1": [1e-3, 1e-4], "peer": "celer", "solver": "pn",
     "layout": "csc", "tol": 1e-3}                     fits a path (or one weight)
    {"set", "loss", "l1", "w": [{"index": [0, 7], "value": [0.1, -2]}, ...]}
                                                       measures somebody else's answers

"warm": true beside a solver only loads and compiles it, before the clock and any time limit start.

The objective is, without intercept,

    F(w) = (1/n) sum_i loss(y_i, x_i.w) + l1|w|_1 + (l2/2)|w|^2,
    squared: (y - z)^2 / 2;  logistic: log(1 + exp(-y z));
    hinge: max(0, 1 - y z);  squared-hinge: max(0, 1 - y z)^2.

The yardstick is one for all, in double precision and from w alone: the duality
gap (F(w) - D) / max(1, |F(w)|), the worst along a path. D is the larger of the dual
values at two points, each scaled to be feasible and as good as its ray allows: the slopes
-loss' at w, and for L1 those after one pass of coordinate descent from w over its nonzero
and violating coordinates. The hinge loss has no slope to take at the kink, where solutions
lie: there D is the best dual value of an interior-point method, within 1e-10 of the optimum.
"""

import csv
import ctypes
import functools
import gzip
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numba
import numpy as np
import scipy
import scipy.linalg
import scipy.sparse as sp
import sklearn
from celer.homotopy import celer_path
from liblinear import liblinear as ll
from scipy.optimize import minimize_scalar
from scipy.special import entr, expit
from skglm.datafits import Logistic, Quadratic
from skglm.penalties import L1
from skglm.solvers import AndersonCD, ProxNewton
from skglm.utils.jit_compilation import compiled_clone
from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import Lasso, LogisticRegression, lasso_path
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_info

warnings.filterwarnings("ignore")  # a fit that stops early shows in its gap
sklearn.set_config(assume_finite=True)  # spare scikit-learn the scan for NaN

VERSIONS = {"scikit-learn": sklearn.__version__, "liblinear": "2.50", "celer": version("celer"), "skglm": version("skglm")}
LIBC = ctypes.CDLL(None)  # for the rand() that liblinear draws from
MAX_DENSE = 2e7  # entries of a dense copy
MAX_GRAM = 5000  # columns of a Gram matrix


WARM = 0.3  # seconds: of shorter fits the second of two in a row is timed

class Set:
    """One file in the layouts that the solvers like best."""

    def __init__(self, x, y):
        self.y = np.ascontiguousarray(y, dtype=float)
        self.csr = sp.csr_matrix(x)
        self.csr.indices = self.csr.indices.astype(np.int32)
        self.csr.indptr = self.csr.indptr.astype(np.int32)
        self.csr.sort_indices()
        self.csc = self.csr.tocsc()
        self.csr_t = self.csc.T  # rows are columns
        self.norms = np.asarray(self.csc.multiply(self.csc).sum(0)).ravel()
        self.optima = {}

    @staticmethod
    def read(spec):
        if spec["path"].endswith(".csv.gz"):
            with gzip.open(spec["path"], "rt") as f:
                a = np.array(list(csv.reader(f))[1:], dtype=float)
            x, y = a[:, :-1], a[:, -1]
            return Set((x - x.mean(0)) / x.std(0), y - y.mean())
        x, y = load_svmlight_file(spec["path"])
        if spec.get("positive"):
            y = np.where(y == spec["positive"], 1.0, -1.0)
        return Set(x, y)

    @functools.cached_property
    def dense(self):
        return np.asfortranarray(self.csr.toarray())

    @functools.cached_property
    def liblinear(self):
        return ll.problem(self.y, self.csr)

    def layout(self, name):
        return {"csr": lambda: self.csr, "csc": lambda: self.csc, "dense": lambda: self.dense}[name]()

    def l1_max(self, loss):
        g = np.abs(self.csr_t @ self.y).max() / len(self.y)
        return g / 2 if loss == "logistic" else g

    def slope(self, loss, z):
        """The values of the loss and a = -loss' at the predictors z."""
        m = self.y * z
        if loss == "squared":
            return (self.y - z) ** 2 / 2, self.y - z
        if loss == "logistic":
            return np.logaddexp(0, -m), self.y * expit(-m)
        h = np.maximum(0, 1 - m)
        return (h, None) if loss == "hinge" else (h * h, 2 * self.y * h)

    def dual(self, loss, l1, l2, a):
        """The best dual value on the ray of a."""
        n, y = len(self.y), self.y
        g = np.abs(self.csr_t @ a) / n
        if loss == "squared-hinge":  # mean(s p - (s p)^2 / 4) - s^2 |g|^2 / (2 l2), p = y a
            p = y * a
            linear, square = p.mean(), p @ p / (4 * n) + g @ g / (2 * l2)
            return linear**2 / (4 * square) if square > 0 else 0.0
        limit = l1 / max(g.max(), 1e-300)
        if loss == "squared":
            ay, aa = a @ y / n, a @ a / n
            s = np.clip(ay / max(aa, 1e-300), -limit, limit)
            return s * ay - s * s * aa / 2
        p = y * a
        limit = min(limit, 1 / p.max())
        value = lambda s: np.mean(entr(s * p) + entr(np.maximum(0, 1 - s * p)))
        best = minimize_scalar(lambda s: -value(s), bounds=(0.5 * limit, limit), method="bounded", options={"xatol": 1e-13})
        return max(value(limit), value(min(1.0, limit)), -best.fun)

    def value_gap(self, loss, l1, l2, w):
        z = self.csr @ w
        f, a = self.slope(loss, z)
        value = f.mean() + l1 * np.abs(w).sum() + l2 / 2 * (w @ w)
        if loss == "hinge":
            bound = self.optimum(l2)[0]
        else:
            bound = self.dual(loss, l1, l2, a)
        if l1 > 0:
            n = len(self.y)
            cols = np.flatnonzero((w != 0) | (np.abs(self.csr_t @ a) > n * l1)).astype(np.int32)
            w, z = w.copy(), z.copy()
            c = self.csc
            descend(c.data, c.indices, c.indptr, self.y, self.norms, cols, w, z, l1, loss == "logistic")
            bound = max(bound, self.dual(loss, l1, l2, self.slope(loss, z)[1]))
        return value, (value - bound) / max(1.0, abs(value))

    def optimum(self, l2):
        """The best dual and primal values of the hinge loss."""
        if l2 not in self.optima:
            self.optima[l2] = interior_point(self.csr.multiply(self.y[:, None]).tocsr(), 1 / (len(self.y) * l2), l2)
        return self.optima[l2]


@numba.njit
def descend(data, index, start, y, norms, cols, w, z, l1, logistic):
    """One pass of coordinate descent over cols, in place."""
    n = len(y)
    for j in cols:
        g = 0.0
        for p in range(start[j], start[j + 1]):
            i = index[p]
            g += data[p] * (-y[i] / (1 + np.exp(y[i] * z[i])) if logistic else z[i] - y[i])
        h = norms[j] / n * (0.25 if logistic else 1.0)
        if h == 0:
            continue
        u = w[j] - g / n / h
        v = np.sign(u) * max(abs(u) - l1 / h, 0.0)
        for p in range(start[j], start[j + 1]):
            z[index[p]] += data[p] * (v - w[j])
        w[j] = v


def interior_point(x, c, l2):
    """Dual and primal optimum of (1/n) sum max(0, 1 - x_i.w) + (l2/2)|w|^2 for rows x_i times their labels.

    Mehrotra's predictor-corrector method on min |x'a|^2/2 - sum(a), 0 <= a <= c; the better of
    all iterates. The linear systems are as wide as the smaller side of x.
    """
    n, d = x.shape
    xt = x.T.tocsr()
    gram = (x @ xt).toarray() if n <= d else None
    a = np.full(n, c / 2)
    u = v = np.ones(n)  # multipliers of a >= 0 and a <= c
    low, high = -np.inf, np.inf
    for _ in range(100):
        w = xt @ a
        low = max(low, a.sum() - w @ w / 2)
        high = min(high, c * np.maximum(0, 1 - x @ w).sum() + w @ w / 2)
        if high - low <= 1e-12 * max(1 / l2, high):
            break
        t = c - a
        r = 1 + u - v - x @ w  # minus the residual of stationarity
        e = u / a + v / t
        if gram is None:
            f = scipy.linalg.cho_factor((xt @ x.multiply(1 / e[:, None])).toarray() + np.eye(d))
            solve = lambda b: b / e - x @ scipy.linalg.cho_solve(f, xt @ (b / e)) / e
        else:
            f = scipy.linalg.cho_factor(gram + np.diag(e))
            solve = lambda b: scipy.linalg.cho_solve(f, b)

        def step(mu, da=0.0, du=0.0, dv=0.0):
            ru, rv = mu - u * a - du * da, mu - v * t + dv * da
            b = r + ru / a - rv / t
            da = solve(b)
            da += solve(b - x @ (xt @ da) - e * da)  # one refinement
            return da, (ru - u * da) / a, (rv + v * da) / t

        def longest(*pairs):
            return min(1.0, *(0.9995 * np.min(-p[q < 0] / q[q < 0], initial=np.inf) for p, q in pairs))

        mean = (u @ a + v @ t) / (2 * n)
        da, du, dv = step(0.0)
        s = longest((a, da), (t, -da), (u, du), (v, dv))
        after = ((u + s * du) @ (a + s * da) + (v + s * dv) @ (t - s * da)) / (2 * n)
        da, du, dv = step(mean * (after / mean) ** 3, da, du, dv)
        s = longest((a, da), (t, -da), (u, du), (v, dv))
        a, u, v = a + s * da, u + s * du, v + s * dv
    return low * l2, high * l2


# Each peer: fit(data, req) returns seconds and the coefficients, one row per weight.


def fit_celer(data, req):
    n = len(data.y)
    l1 = np.array(req["l1"])
    logistic = req["loss"] == "logistic"
    options = {"use_PN": req["solver"] == "pn"} if logistic else {"prune": 1}
    x = data.layout(req["layout"])
    start = time.perf_counter()
    _, w, _ = celer_path(
        x, data.y, "logreg" if logistic else "lasso", alphas=l1 * n if logistic else l1, tol=req["tol"], max_iter=200, **options
    )
    return time.perf_counter() - start, w.T


@functools.cache
def skglm_parts(loss):
    return compiled_clone(Logistic() if loss == "logistic" else Quadratic()), compiled_clone(L1(1.0))


def fit_skglm(data, req):
    x, y = data.layout(req["layout"]), data.y
    datafit, penalty = skglm_parts(req["loss"])
    kind = ProxNewton if req["solver"] == "prox-newton" else AndersonCD
    solver = kind(tol=req["tol"], fit_intercept=False, max_iter=500)
    rows = []
    start = time.perf_counter()
    w, z = np.zeros(x.shape[1]), np.zeros(len(y))
    for l1 in req["l1"]:
        penalty.alpha = l1
        solver.p0 = max(10, np.count_nonzero(w))
        w, _, _ = solver._solve(x, y, datafit, penalty, w, z)  # keeps z = x @ w
        rows.append(w.copy())
    return time.perf_counter() - start, rows


def fit_liblinear(data, req):
    prob = data.liblinear
    c = float(1 / (len(data.y) * (req["l1"][0] if req["solver"] == "6" else req["l2"])))
    param = ll.parameter(f"-s {req['solver']} -c {c!r} -e {req['tol']!r} -q")
    LIBC.srand(1)  # as in a fresh run of the train program
    start = time.perf_counter()
    m = ll.liblinear.train(prob, param)
    seconds = time.perf_counter() - start
    m = ll.toPyModel(m)
    w = np.ctypeslib.as_array(m.w, (m.nr_feature,)).copy()
    return seconds, [w if m.label[0] > 0 else -w]


def fit_sklearn(data, req):
    n, tol, solver = len(data.y), req["tol"], req["solver"]
    x, y = data.layout(req["layout"]), data.y
    if len(req["l1"]) > 1:
        precompute = "gram" in solver
        start = time.perf_counter()
        _, w, _ = lasso_path(x, y, alphas=req["l1"], precompute=precompute, copy_X=False, tol=tol, max_iter=100000)
        return time.perf_counter() - start, w.T
    if req["loss"] == "squared":
        model = Lasso(
            alpha=req["l1"][0], fit_intercept=False, precompute=solver == "cd-gram", copy_X=False, tol=tol, max_iter=100000
        )
    elif req["loss"] == "logistic":
        limit = 2000 if solver == "saga" else 100000
        c = 1 / (n * req["l1"][0])
        model = LogisticRegression(
            l1_ratio=1, C=c, fit_intercept=False, solver=solver, tol=tol, max_iter=limit, random_state=0
        )
    else:
        model = LinearSVC(
            loss=req["loss"].replace("-", "_"), C=1 / (n * req["l2"]), dual=solver == "dual", fit_intercept=False, tol=tol,
            max_iter=100000, random_state=0,
        )  # fmt: skip
    start = time.perf_counter()
    model.fit(x, y)
    return time.perf_counter() - start, [model.coef_.ravel()]


class Glmnet:
    """An R process that runs glmnet.R."""

    def __init__(self):
        script = Path(__file__).with_name("glmnet.R")
        die = lambda: LIBC.prctl(1, signal.SIGKILL)  # with its parent
        self.r = subprocess.Popen(
            ["Rscript", "--vanilla", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=die
        )
        VERSIONS["glmnet"] = self.r.stdout.readline().strip()
        self.dir = tempfile.TemporaryDirectory()
        self.loaded = None

    def ask(self, *words):
        self.r.stdin.write("\t".join(map(str, words)) + "\n")
        self.r.stdin.flush()
        line = self.r.stdout.readline()
        if not line:
            raise RuntimeError("glmnet.R ended")
        return line.split()

    def load(self, data, layout):
        if self.loaded == (data, layout):
            return
        path, c, dense = Path(self.dir.name), data.csc, layout == "dense"
        data.y.tofile(path / "y")
        (data.dense.ravel("K") if dense else c.data).tofile(path / "x")
        c.indices.tofile(path / "i")
        c.indptr.tofile(path / "p")
        self.ask("load", path, *c.shape, c.nnz, int(dense))
        self.loaded = data, layout

    def fit(self, data, req):
        self.load(data, req["layout"])
        path, l1, solver = Path(self.dir.name), np.array(req["l1"]), req["solver"].removesuffix(" warm")
        last = len(l1) == 1
        if req["solver"] != solver:  # glmnet's authors advise against a single weight
            l1 = np.geomspace(data.l1_max(req["loss"]), l1[0], 10)
        l1.tofile(path / "lambda")
        family = "binomial" if req["loss"] == "logistic" else "gaussian"
        seconds, nnz, k = self.ask("fit", family, solver, req["tol"], len(l1))
        read = lambda name, dtype, n: np.fromfile(path / name, dtype, n)
        k, nnz = int(k), int(nnz)
        w = sp.csc_matrix(
            (read("out.x", float, nnz), read("out.i", np.int32, nnz), read("out.p", np.int32, k + 1)), (data.csr.shape[1], k)
        ).toarray()
        if k < len(l1):  # gave up along the path: the rest is as bad as zero
            w = np.hstack([w, np.zeros((w.shape[0], len(l1) - k))])
        return float(seconds), w.T[-1:] if last else w.T


@functools.cache
def glmnet():
    return Glmnet()


@functools.cache
def glmnet_missing():
    test = ["Rscript", "--vanilla", "-e", "library(glmnet)"]
    return shutil.which("Rscript") is None or subprocess.run(test, capture_output=True).returncode != 0


FITS = {
    "celer": fit_celer,
    "skglm": fit_skglm,
    "liblinear": fit_liblinear,
    "scikit-learn": fit_sklearn,
    "glmnet": lambda data, req: glmnet().fit(data, req),
}


def refuse(data, req):
    """Why a solver cannot take a set, or nothing."""
    n, d = data.csr.shape
    density = data.csr.nnz / (n * d)
    if req["peer"] == "glmnet" and glmnet_missing():
        return "needs Rscript with glmnet"
    if ("gram" in req["solver"] or "covariance" in req["solver"]) and d > MAX_GRAM:
        return f"needs a dense {d} x {d} matrix"
    if req["layout"] == "dense" and (n * d > MAX_DENSE or density < 0.05):
        return f"not as a dense array: {n} x {d}, density {density:.2g}"
    if req["layout"] == "csc" and density > 0.5:
        return f"not as a sparse array: density {density:.2g}"


@functools.cache
def warm_up(loss, peer, solver, layout, path):
    """Compiles and loads everything that a solver needs, on tiny data."""
    rng = np.random.default_rng(0)
    tiny = Set(sp.random(40, 60, 0.3, random_state=0), np.where(rng.random(40) < 0.5, -1.0, 1.0))
    l1 = tiny.l1_max(loss) * np.array([0.5, 0.1])
    FITS[peer](tiny, {"loss": loss, "solver": solver, "layout": layout, "tol": 1e-6, "l2": 0.1, "l1": list(l1 if path else l1[1:])})


def answer(data, req):
    if req.get("info"):
        return {"l1_max": {loss: data.l1_max(loss) for loss in ("squared", "logistic")}}
    loss, l1s, l2 = req["loss"], req["l1"], req.get("l2", 0)
    result = {}
    if "w" in req:
        ws = []
        for row in req["w"]:
            w = np.zeros(data.csr.shape[1])
            w[row["index"]] = row["value"]
            ws.append(w)
    else:
        reason = refuse(data, req)
        if reason:
            return {"skip": reason}
        peer = req["peer"]
        try:
            if req.get("warm"):
                warm_up(loss, peer, req["solver"], req["layout"], len(l1s) > 1)
                return {}
            seconds, ws = FITS[peer](data, req)
            if seconds < WARM:
                seconds, ws = FITS[peer](data, req)  # the first woke the processor
        except ValueError as e:
            return {"skip": f"refused: {e}"}
        result = {"seconds": seconds, "version": VERSIONS[peer]}
    measures = [data.value_gap(loss, l1, l2, np.asarray(w, dtype=float)) for l1, w in zip(l1s, ws, strict=True)]
    gap = float(np.max([g for _, g in measures]))  # NaN if any is
    if min(g for _, g in measures) < -1e-9:
        raise RuntimeError(f"a lower bound above F(w): gaps {measures}")  # labels other than +1 and -1?
    last = measures[-1][0]
    finite = np.isfinite(gap) and np.isfinite(last)
    return result | {"value": last if finite else 0, "gap": gap if finite else 1e300, "nonzeros": int(np.count_nonzero(ws[-1]))}


def main():
    say = lambda o: print(json.dumps(o), flush=True)
    pools = [f"{p['internal_api']} {p['version'] or ''} {p.get('architecture', '')} x{p['num_threads']}" for p in threadpool_info()]
    if not glmnet_missing():
        glmnet()
    others = {"numpy": np.__version__, "scipy": scipy.__version__, "numba": numba.__version__, "python": sys.version.split()[0]}
    say({"versions": VERSIONS | others, "threads": pools})
    spec = data = None
    for line in sys.stdin:
        req = json.loads(line)
        if req["set"] != spec:
            spec, data = req["set"], Set.read(req["set"])
        say({"n": data.csr.shape[0], "d": data.csr.shape[1], "nnz": data.csr.nnz} | answer(data, req))


if __name__ == "__main__":
    main()
