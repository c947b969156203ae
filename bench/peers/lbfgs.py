"""SciPy's L-BFGS-B on the More-Garbow-Hillstrom problems.

Reads one JSON request a line, answers one JSON object a line:

    {"problem": "wood"}                 minimize from the standard start
    {"problem": "wood", "x": [...]}     the value and the gradient's norms at x
    {"overhead": 200}                   seconds per iteration on the extended Rosenbrock
                                        function, n = 10, without the function's own time
"""

import json
import statistics
import sys
import time

import mgh
import numpy as np
import scipy
from scipy.optimize import minimize

# ftol = 0 leaves the gradient as the only criterion of success.
OPTIONS = {"maxcor": 10, "ftol": 0.0, "gtol": 1e-8, "maxfun": 10000, "maxiter": 10000}
PROBLEMS = {name: (mgh.objective(r), np.array(x0, dtype=float)) for name, r, x0 in mgh.PROBLEMS}


def solve(fun, x0):
    """SciPy's result, and the points where it asked for the function."""
    points = []

    def recorded(x):
        points.append(x.copy())
        return fun(x)

    return minimize(recorded, x0, method="L-BFGS-B", jac=True, options=OPTIONS), points


def at(fun, x):
    f, g = fun(x)
    return {"fun": f, "gnorm_inf": np.abs(g).max(), "gnorm_2": np.linalg.norm(g)}


def overhead(repeats):
    fun, x0 = PROBLEMS["extended_rosenbrock_10"]
    _, points = solve(fun, x0)
    whole, evals = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        res = minimize(fun, x0, method="L-BFGS-B", jac=True, options=OPTIONS)
        middle = time.perf_counter()
        for x in points:
            fun(x)
        evals.append(time.perf_counter() - middle)
        whole.append(middle - start)
    per = lambda stat: (stat(whole) - stat(evals)) / res.nit
    return {"nit": res.nit, "nfev": len(points), "seconds_median": per(statistics.median), "seconds_min": per(min)}


def answer(req):
    if "overhead" in req:
        return overhead(req["overhead"])
    fun, x0 = PROBLEMS[req["problem"]]
    if "x" in req:
        return at(fun, np.array(req["x"], dtype=float))
    res, points = solve(fun, x0)
    return {"name": req["problem"], "n": len(x0), "nfev": len(points), "nit": res.nit, "message": res.message} | at(fun, res.x)


def main():
    np.seterr(all="ignore")
    say = lambda o: print(json.dumps(o), flush=True)
    say({"versions": {"scipy": scipy.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}, "problems": list(PROBLEMS)})
    for line in sys.stdin:
        say(answer(json.loads(line)))


if __name__ == "__main__":
    main()
