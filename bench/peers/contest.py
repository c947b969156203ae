"""Peers as contestants of descent compare: liblinear, scikit-learn, SciPy and PyTorch.

    python contest.py SOLVER REQUEST.json

reads the request that descent compare writes (docs/compare.md) and prints answers, one JSON
object a line. liblinear and scikit-learn are run anew with tolerances of 1e-1, 1e-2, ...: each
answer has the time of its own run. SciPy and PyTorch are run once and answer with iterates on the
way, with the time up to each; the clock stands still while an answer is printed. Only the
solver is on the clock. descent compare measures what the answers are worth, and stops the
program when one reaches the target.

The objective is (1/n) sum_i loss(y_i, x_i.w + b) + l1 |w|_1 + (l2/2) |w|^2, b not penalized.
"""

import json
import sys
import time
import warnings

import numpy as np

RUNGS = [10.0**-k for k in range(1, 13)]


class Rows:
    """The rows of a LIBSVM file: as a SciPy matrix, or dense."""

    def __init__(self, path, rows, columns):
        y, index, value, start = [], [], [], [0]
        with open(path) as f:
            for line in f:
                label, *entries = line.split()
                y.append(float(label))
                for e in entries:
                    j, v = e.split(":")
                    index.append(int(j) - 1)
                    value.append(float(v))
                start.append(len(index))
        self.shape, self.y, self.value = (rows, columns), np.array(y), np.array(value)
        self.index, self.start = np.array(index, dtype=np.int32), np.array(start, dtype=np.int32)

    def csr(self):
        import scipy.sparse as sp

        return sp.csr_matrix((self.value, self.index, self.start), shape=self.shape)

    def dense(self):
        a = np.zeros(self.shape)
        a[np.repeat(np.arange(self.shape[0]), np.diff(self.start)), self.index] = self.value
        return a


def say(w, b, seconds, iterations, q):
    x = np.append(np.ravel(w), b) if q["intercept"] else np.ravel(w)
    print(json.dumps({"x": x.tolist(), "seconds": seconds, "iterations": int(iterations)}), flush=True)


def late(seconds, q):
    return 0 < q.get("seconds", 0) < seconds


def refuse(why):
    sys.exit(f"contest.py: {why}")


def losses(q, y):
    """The loss of a vector of predictions, and its derivative."""
    if q["model"] == "logistic":
        return lambda z: (np.logaddexp(0, -y * z), -y / (1 + np.exp(np.clip(y * z, -500, 500))))
    if q["model"] == "linear":
        return lambda z: ((z - y) ** 2 / 2, z - y)
    if q["model"] == "squared-hinge":
        return lambda z: (np.maximum(0, 1 - y * z) ** 2, -2 * y * np.maximum(0, 1 - y * z))
    refuse(f"{q['model']}: want logistic, linear or squared-hinge")


def liblinear(q, rows):
    """liblinear -s N: 0, 1, 2 and 7 with l2, 5 and 6 with l1. It would penalize an intercept."""
    from liblinear import liblinear as ll

    default = {("logistic", False): 0, ("logistic", True): 6, ("squared-hinge", False): 2, ("squared-hinge", True): 5}
    l1 = q["l1"] > 0
    if q["intercept"] or q["nonneg"] or l1 == (q["l2"] > 0) or (q["model"], l1) not in default:
        refuse("liblinear takes logistic and squared-hinge without an intercept, and either l1 or l2")
    s = int(q.get("options", {}).get("s", default[q["model"], l1]))
    c = 1 / (len(rows.y) * (q["l1"] or q["l2"]))
    problem = ll.problem(rows.y, rows.csr())
    for tol in RUNGS:
        param = ll.parameter(f"-s {s} -c {c!r} -e {tol!r} -q")
        start = time.perf_counter()
        m = ll.liblinear.train(problem, param)
        seconds = time.perf_counter() - start
        m = ll.toPyModel(m)
        w = np.ctypeslib.as_array(m.w, (m.nr_feature,)).copy()
        say(w if m.label[0] > 0 else -w, 0, seconds, 0, q)
        if late(seconds, q):
            return


def sklearn(q, rows):
    """LogisticRegression (option solver: lbfgs, newton-cg, newton-cholesky, sag, saga), Ridge, Lasso and ElasticNet."""
    import sklearn
    from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

    sklearn.set_config(assume_finite=True)
    x, y = rows.csr(), rows.y
    n, l1, l2 = len(y), q["l1"], q["l2"]
    solver = q.get("options", {}).get("solver")
    common = {"fit_intercept": q["intercept"], "random_state": q["seed"] % 2**32, "max_iter": 100_000}

    def model(tol):
        if q["model"] in ("logistic", "multinomial") and not q["nonneg"] and l1 + l2 > 0:
            ratio = {"l1_ratio": l1 / (l1 + l2)} if l1 > 0 else {}
            return LogisticRegression(C=1 / (n * (l1 + l2)), solver=solver or ("saga" if l1 > 0 else "lbfgs"), tol=tol, **ratio, **common)
        if q["model"] == "linear" and l1 > 0:
            return ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), positive=q["nonneg"], tol=tol, **common)
        if q["model"] == "linear" and l2 > 0 and not q["nonneg"]:
            return Ridge(alpha=n * l2, solver=solver or "auto", tol=tol, **common)
        refuse("scikit-learn takes logistic and multinomial, and linear, with l1 or l2")

    for tol in RUNGS:
        m = model(tol)
        start = time.perf_counter()
        m.fit(x, y)
        seconds = time.perf_counter() - start
        its = getattr(m, "n_iter_", None)
        say(m.coef_, m.intercept_, seconds, 0 if its is None else np.max(its), q)
        if late(seconds, q):
            return


class Watch:
    """A clock that can be stopped."""

    def __init__(self):
        self.seconds, self.since = 0.0, time.perf_counter()

    def stop(self):
        self.seconds += time.perf_counter() - self.since
        return self.seconds

    def go(self):
        self.since = time.perf_counter()


def due(k):
    """Whether the k-th iterate is told: all of the first ten, then each tenth part more."""
    return k <= 10 or k % max(1, 10 ** (len(str(k)) - 2)) == 0


def scipy(q, rows):
    """L-BFGS-B. With l1 or nonneg w = u - v, u and v >= 0."""
    from scipy.optimize import minimize

    x = rows.csr()
    loss, n, d = losses(q, rows.y), *x.shape
    split, xt = q["l1"] > 0, x.T.tocsr()
    k = 0

    def unpack(v):
        w = v[:d] - v[d : 2 * d] if split else v[:d]
        return w, (v[-1] if q["intercept"] else 0.0)

    def f(v):
        w, b = unpack(v)
        value, slope = loss(x @ w + b)
        g = xt @ slope / n + q["l2"] * w
        parts = [g + q["l1"], q["l1"] - g] if split else [g]
        if q["intercept"]:
            parts.append([slope.mean()])
        penalty = q["l1"] * v[: 2 * d].sum() if split else 0.0
        return value.mean() + penalty + q["l2"] / 2 * (w @ w), np.concatenate(parts)

    watch = Watch()

    def tell(v):
        nonlocal k
        k += 1
        if due(k):
            seconds = watch.stop()
            say(*unpack(v), seconds, k, q)
            watch.go()

    dim = (2 * d if split else d) + q["intercept"]
    low = 0 if split or q["nonneg"] else None
    bounds = [(low, None)] * (dim - q["intercept"]) + [(None, None)] * q["intercept"]
    if split and q["nonneg"]:
        bounds[d : 2 * d] = [(0, 0)] * d
    m = int(q.get("options", {}).get("maxcor", 10))
    watch.go()
    r = minimize(f, np.zeros(dim), jac=True, method="L-BFGS-B", bounds=bounds, callback=tell, options={"maxcor": m, "ftol": 0, "gtol": 1e-12, "maxiter": 100_000, "maxfun": 1_000_000})
    seconds = watch.stop()
    say(*unpack(r.x), seconds, r.nit, q)


def torch(q, rows):
    """torch.optim.LBFGS with a strong Wolfe search, or Adam on the whole batch (options optimizer=adam, lr)."""
    import torch

    if q["l1"] > 0 or q["nonneg"]:
        refuse("PyTorch's optimizers take smooth problems: no l1, no nonneg")
    torch.set_num_threads(1)
    options = q.get("options", {})
    a = torch.tensor(rows.dense())
    t = torch.tensor(rows.y)
    w = torch.zeros(rows.shape[1], dtype=torch.float64, requires_grad=True)
    b = torch.zeros((), dtype=torch.float64, requires_grad=q["intercept"])
    parameters = [w, b] if q["intercept"] else [w]

    def objective():
        z = a @ w + b
        if q["model"] == "logistic":
            value = torch.nn.functional.softplus(-t * z).mean()
        elif q["model"] == "linear":
            value = ((z - t) ** 2).mean() / 2
        else:
            refuse(f"{q['model']}: want logistic or linear")
        return value + q["l2"] / 2 * (w @ w)

    if options.get("optimizer") == "adam":
        optimizer = torch.optim.Adam(parameters, lr=float(options.get("lr", 0.1)))
    else:
        optimizer = torch.optim.LBFGS(parameters, max_iter=1, max_eval=100, line_search_fn="strong_wolfe", tolerance_grad=1e-14, tolerance_change=0)

    def closure():
        optimizer.zero_grad()
        value = objective()
        value.backward()
        return value

    closure()  # the first call plans
    watch = Watch()
    for k in range(1, 100_001):
        optimizer.step(closure)
        if due(k):
            seconds = watch.stop()
            say(w.detach().numpy(), b.detach().numpy(), seconds, k, q)
            if late(seconds, q):
                return
            watch.go()


SOLVERS = {"liblinear": liblinear, "sklearn": sklearn, "scipy": scipy, "torch": torch}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in SOLVERS:
        refuse(f"want {' | '.join(SOLVERS)} and the file of a request")
    warnings.filterwarnings("ignore")  # a fit that stops early shows in its certificate
    with open(sys.argv[2]) as f:
        q = json.load(f)
    if q["protocol"] != "descent-contestant/1":
        refuse(f"protocol {q['protocol']}: want descent-contestant/1")
    SOLVERS[sys.argv[1]](q, Rows(q["data"], q["rows"], q["columns"]))


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(0)
