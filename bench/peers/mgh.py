"""The More-Garbow-Hillstrom problems (ACM TOMS 7(1), 1981) in NumPy.

Each problem gives its residuals r(x) and their Jacobian J(x); the objective is
F(x) = sum_i r_i(x)^2 with gradient 2 J^T r. PROBLEMS lists the 42 instances.

    python mgh.py FILE     checks them against the test points of a mgh.json
"""

import json
import sys

import numpy as np
from numpy import arange, array, cos, diag, exp, eye, ones, pi, sin, sqrt, zeros
from numpy.polynomial import chebyshev


def rosenbrock(x):
    n = len(x)
    a, b = x[::2], x[1::2]
    r, j, i = zeros(n), zeros((n, n)), arange(0, n, 2)
    r[::2], r[1::2] = 10 * (b - a * a), 1 - a
    j[i, i], j[i, i + 1], j[i + 1, i] = -20 * a, 10, -1
    return r, j


def freudenstein_roth(x):
    a, b = x
    r = array([-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b])
    return r, array([[1, 10 * b - 3 * b * b - 2], [1, 3 * b * b + 2 * b - 14]])


def powell_badly_scaled(x):
    a, b = x
    ea, eb = exp(-a), exp(-b)
    return array([1e4 * a * b - 1, ea + eb - 1.0001]), array([[1e4 * b, 1e4 * a], [-ea, -eb]])


def brown_badly_scaled(x):
    a, b = x
    return array([a - 1e6, b - 2e-6, a * b - 2]), array([[1, 0], [0, 1], [b, a]])


def beale(x):
    a, b = x
    i = arange(1, 4)
    return array([1.5, 2.25, 2.625]) - a * (1 - b**i), array([b**i - 1, a * i * b ** (i - 1)]).T


def jennrich_sampson(x):
    i = arange(1, 11)
    e = exp(np.outer(i, x))
    return 2 + 2 * i - e.sum(1), -i[:, None] * e


def helical_valley(x):
    a, b, c = x
    s = a * a + b * b
    theta = np.arctan(b / a) / (2 * pi) + (0.5 if a < 0 else 0)
    ta, tb = -b / (2 * pi * s), a / (2 * pi * s)
    r = array([10 * (c - 10 * theta), 10 * (sqrt(s) - 1), c])
    return r, array([[-100 * ta, -100 * tb, 10], [10 * a / sqrt(s), 10 * b / sqrt(s), 0], [0, 0, 1]])


BARD_Y = array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39])


def bard(x):
    u = arange(1, 16)
    v, w = 16 - u, np.minimum(u, 16 - u)
    d = v * x[1] + w * x[2]
    return BARD_Y - (x[0] + u / d), array([-ones(15), u * v / d**2, u * w / d**2]).T


GAUSSIAN_Y = array([0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989])
GAUSSIAN_Y = np.concatenate([GAUSSIAN_Y, GAUSSIAN_Y[-2::-1]])


def gaussian(x):
    t = (8 - arange(1, 16)) / 2 - x[2]
    e = exp(-x[1] * t * t / 2)
    return x[0] * e - GAUSSIAN_Y, array([e, -x[0] * e * t * t / 2, x[0] * e * x[1] * t]).T


MEYER_Y = array([34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872.0])


def meyer(x):
    t = 45 + 5 * arange(1, 17) + x[2]
    e = exp(x[1] / t)
    return x[0] * e - MEYER_Y, array([e, x[0] * e / t, -x[0] * e * x[1] / t**2]).T


def gulf(x):
    t = arange(1, 100) / 100
    u = 25 + (-50 * np.log(t)) ** (2 / 3) - x[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.abs(u) ** x[2]
        e = exp(-p / x[0])
        j = array([e * p / x[0] ** 2, e * x[2] * p / (u * x[0]), -e * p * np.log(np.abs(u)) / x[0]]).T
    return e - t, j


def box_3d(x):
    t = arange(1, 11) / 10
    a, b, c = exp(-t * x[0]), exp(-t * x[1]), exp(-t) - exp(-10 * t)
    return a - b - x[2] * c, array([-t * a, t * b, -c]).T


def powell_singular(x):
    n = len(x)
    r, j = zeros(n), zeros((n, n))
    for k in range(0, n, 4):
        a, b, c, d = x[k : k + 4]
        r[k : k + 4] = a + 10 * b, sqrt(5) * (c - d), (b - 2 * c) ** 2, sqrt(10) * (a - d) ** 2
        u, v = 2 * (b - 2 * c), 2 * sqrt(10) * (a - d)
        j[k : k + 4, k : k + 4] = [[1, 10, 0, 0], [0, 0, sqrt(5), -sqrt(5)], [0, u, -2 * u, 0], [v, 0, 0, -v]]
    return r, j


def wood(x):
    a, b, c, d = x
    p, q = sqrt(90), sqrt(10)
    r = array([10 * (b - a * a), 1 - a, p * (d - c * c), 1 - c, q * (b + d - 2), (b - d) / q])
    j = [[-20 * a, 10, 0, 0], [-1, 0, 0, 0], [0, 0, -2 * p * c, p], [0, 0, -1, 0], [0, q, 0, q], [0, 1 / q, 0, -1 / q]]
    return r, array(j)


KOWALIK_U = array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
KOWALIK_Y = array([0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246])


def kowalik_osborne(x):
    u = KOWALIK_U
    a, d = u * u + u * x[1], u * u + u * x[2] + x[3]
    q = x[0] * a / d
    return KOWALIK_Y - q, array([-a / d, -x[0] * u / d, q * u / d, q / d]).T


def brown_dennis(x):
    t = arange(1, 21) / 5
    a, b = x[0] + t * x[1] - exp(t), x[2] + sin(t) * x[3] - cos(t)
    return a * a + b * b, 2 * array([a, a * t, b, b * sin(t)]).T


OSBORNE1_Y = array([844, 908, 932, 936, 925, 908, 881, 850, 818, 784, 751, 718, 685, 658, 628, 603, 580, 558, 538, 522,
                    506, 490, 478, 467, 457, 448, 438, 431, 424, 420, 414, 411, 406]) / 1000  # fmt: skip


def osborne_1(x):
    t = 10 * arange(33)
    a, b = exp(-t * x[3]), exp(-t * x[4])
    return OSBORNE1_Y - (x[0] + x[1] * a + x[2] * b), array([-ones(33), -a, -b, x[1] * t * a, x[2] * t * b]).T


def biggs_exp6(x):
    t = arange(1, 14) / 10
    y = exp(-t) - 5 * exp(-10 * t) + 3 * exp(-4 * t)
    a, b, c = exp(-t * x[0]), exp(-t * x[1]), exp(-t * x[4])
    j = array([-t * x[2] * a, t * x[3] * b, a, -b, -t * x[5] * c, c]).T
    return x[2] * a - x[3] * b + x[5] * c - y, j


OSBORNE2_Y = array([1366, 1191, 1112, 1013, 991, 885, 831, 847, 786, 725, 746, 679, 608, 655, 616, 606, 602, 626, 651,
                    724, 649, 649, 694, 644, 624, 661, 612, 558, 533, 495, 500, 423, 395, 375, 372, 391, 396, 405, 428,
                    429, 523, 562, 607, 653, 672, 708, 633, 668, 645, 632, 591, 559, 597, 625, 739, 710, 729, 720, 636,
                    581, 428, 292, 162, 98, 54]) / 1000  # fmt: skip


def osborne_2(x):
    t = arange(65) / 10
    u = t[:, None] - x[8:]
    a, b = exp(-t * x[4]), exp(-(u**2) * x[5:8])
    j = np.column_stack([-a, -b, x[0] * t * a, x[1:4] * u**2 * b, -2 * x[1:4] * x[5:8] * u * b])
    return OSBORNE2_Y - x[0] * a - b @ x[1:4], j


def watson(x):
    n = len(x)
    t = arange(1, 30)[:, None] / 29
    k = arange(n)
    p = t**k
    dp = k * t ** np.maximum(k - 1, 0)
    s = p @ x
    r, j = zeros(31), zeros((31, n))
    r[:29], j[:29] = dp @ x - s * s - 1, dp - 2 * s[:, None] * p
    r[29], j[29, 0] = x[0], 1
    r[30], j[30, 0], j[30, 1] = x[1] - x[0] ** 2 - 1, -2 * x[0], 1
    return r, j


def penalty_1(x):
    a = sqrt(1e-5)
    return np.append(a * (x - 1), x @ x - 0.25), np.vstack([a * eye(len(x)), 2 * x])


def penalty_2(x):
    n, a = len(x), sqrt(1e-5)
    i = arange(1, n + 1)
    e, y = exp(x / 10), exp(i / 10)
    k = arange(n, 0, -1)
    r = np.concatenate([[x[0] - 0.2], a * (e[1:] + e[:-1] - y[1:] - y[:-1]), a * (e[1:] - exp(-0.1)), [k @ (x * x) - 1]])
    j = zeros((2 * n, n))
    j[0, 0], j[-1] = 1, 2 * k * x
    d = diag(a * e / 10)
    j[1:n] = d[1:] + d[:-1]
    j[n : 2 * n - 1] = d[1:]
    return r, j


def variably_dimensioned(x):
    i = arange(1, len(x) + 1)
    s = i @ (x - 1)
    return np.concatenate([x - 1, [s, s * s]]), np.vstack([eye(len(x)), i, 2 * s * i])


def trigonometric(x):
    n = len(x)
    i = arange(1, n + 1)
    return n - cos(x).sum() + i * (1 - cos(x)) - sin(x), sin(x) + diag(i * sin(x) - cos(x))


def brown_almost_linear(x):
    n = len(x)
    r, j = x + x.sum() - (n + 1), eye(n) + 1
    r[-1] = np.prod(x) - 1
    j[-1] = [np.prod(np.delete(x, k)) for k in range(n)]
    return r, j


def discrete_boundary_value(x):
    n = len(x)
    h = 1 / (n + 1)
    u = x + h * arange(1, n + 1) + 1
    p = np.pad(x, 1)
    r = 2 * x - p[:-2] - p[2:] + h * h * u**3 / 2
    return r, diag(2 + 1.5 * h * h * u * u) - eye(n, k=1) - eye(n, k=-1)


def discrete_integral(x):
    n = len(x)
    h = 1 / (n + 1)
    t = h * arange(1, n + 1)
    u = x + t + 1
    low = arange(n)[:, None] >= arange(n)  # j <= i
    k = h / 2 * np.where(low, np.outer(1 - t, t), np.outer(t, 1 - t))
    return x + k @ u**3, eye(n) + 3 * k * u * u


def broyden_tridiagonal(x):
    n = len(x)
    p = np.pad(x, 1)
    return (3 - 2 * x) * x - p[:-2] - 2 * p[2:] + 1, diag(3 - 4 * x) - eye(n, k=-1) - 2 * eye(n, k=1)


def broyden_banded(x):
    n = len(x)
    gap = arange(n) - arange(n)[:, None]  # column minus row
    band = ((gap >= -5) & (gap <= 1) & (gap != 0)).astype(float)
    return x * (2 + 5 * x * x) + 1 - band @ (x * (1 + x)), diag(2 + 15 * x * x) - band * (1 + 2 * x)


def linear_full_rank(x, m=10):
    n = len(x)
    j = eye(m, n) - 2 / m
    return j @ x - 1, j


def linear_rank1(x, m=10):
    j = np.outer(arange(1, m + 1), arange(1, len(x) + 1)).astype(float)
    return j @ x - 1, j


def linear_rank1_zero(x, m=10):
    n = len(x)
    col, row = arange(1, n + 1.0), arange(m + 0.0)
    col[[0, -1]] = 0
    row[[0, -1]] = 0
    j = np.outer(row, col)
    return j @ x - 1, j


def chebyquad(x):
    n = len(x)
    u = 2 * x - 1
    t = chebyshev.chebvander(u, n)
    i = arange(1, n + 1)
    mean = np.where(i % 2, 0, -1 / np.maximum(i * i - 1, 1))
    d = array([chebyshev.chebval(u, chebyshev.chebder(eye(n + 1)[k])) for k in i])
    return t[:, 1:].mean(0) - mean, 2 * d / n


def grid(n):
    t = arange(1, n + 1) / (n + 1)
    return t * (t - 1)


def equal(n):
    return arange(1, n + 1) / (n + 1)


PROBLEMS = [  # name, residuals, start
    ("rosenbrock", rosenbrock, [-1.2, 1]),
    ("freudenstein_roth", freudenstein_roth, [0.5, -2]),
    ("powell_badly_scaled", powell_badly_scaled, [0, 1]),
    ("brown_badly_scaled", brown_badly_scaled, [1, 1]),
    ("beale", beale, [1, 1]),
    ("jennrich_sampson", jennrich_sampson, [0.3, 0.4]),
    ("helical_valley", helical_valley, [-1, 0, 0]),
    ("bard", bard, [1, 1, 1]),
    ("gaussian", gaussian, [0.4, 1, 0]),
    ("meyer", meyer, [0.02, 4000, 250]),
    ("gulf", gulf, [5, 2.5, 0.15]),
    ("box_3d", box_3d, [0, 10, 20]),
    ("powell_singular", powell_singular, [3, -1, 0, 1]),
    ("wood", wood, [-3, -1, -3, -1]),
    ("kowalik_osborne", kowalik_osborne, [0.25, 0.39, 0.415, 0.39]),
    ("brown_dennis", brown_dennis, [25, 5, -5, -1]),
    ("osborne_1", osborne_1, [0.5, 1.5, -1, 0.01, 0.02]),
    ("biggs_exp6", biggs_exp6, [1, 2, 1, 1, 1, 1]),
    ("osborne_2", osborne_2, [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5]),
    ("watson_6", watson, zeros(6)),
    ("watson_9", watson, zeros(9)),
    ("watson_12", watson, zeros(12)),
    ("extended_rosenbrock_10", rosenbrock, [-1.2, 1] * 5),
    ("extended_powell_12", powell_singular, [3, -1, 0, 1] * 3),
    ("penalty_1_4", penalty_1, arange(1, 5)),
    ("penalty_1_10", penalty_1, arange(1, 11)),
    ("penalty_2_4", penalty_2, ones(4) / 2),
    ("penalty_2_10", penalty_2, ones(10) / 2),
    ("variably_dimensioned_10", variably_dimensioned, 1 - arange(1, 11) / 10),
    ("trigonometric_10", trigonometric, ones(10) / 10),
    ("brown_almost_linear_10", brown_almost_linear, ones(10) / 2),
    ("discrete_boundary_value_10", discrete_boundary_value, grid(10)),
    ("discrete_integral_10", discrete_integral, grid(10)),
    ("broyden_tridiagonal_10", broyden_tridiagonal, -ones(10)),
    ("broyden_banded_10", broyden_banded, -ones(10)),
    ("linear_full_rank_5_10", linear_full_rank, ones(5)),
    ("linear_rank1_5_10", linear_rank1, ones(5)),
    ("linear_rank1_zero_5_10", linear_rank1_zero, ones(5)),
    ("chebyquad_5", chebyquad, equal(5)),
    ("chebyquad_8", chebyquad, equal(8)),
    ("chebyquad_9", chebyquad, equal(9)),
    ("chebyquad_10", chebyquad, equal(10)),
]


def objective(residuals):
    """F and its gradient, as SciPy wants them."""

    def fun(x):
        r, j = residuals(x)
        return r @ r, 2 * (r @ j)

    return fun


def differences(fun, x):
    """The gradient of F by central differences."""
    steps = diag(1e-6 * np.maximum(1, np.abs(x)))
    return array([(fun(x + h)[0] - fun(x - h)[0]) / (2 * h.sum()) for h in steps])


def error(got, want):
    return np.max(np.abs(np.subtract(got, want))) / max(1e-3, np.max(np.abs(want)))


def check(path):
    with open(path) as f:
        want = {p["name"]: p for p in json.load(f)["problems"]}
    points, worst = 0, 0.0
    assert len(PROBLEMS) == len(want)
    for name, residuals, x0 in PROBLEMS:
        p, fun = want[name], objective(residuals)
        assert np.allclose(x0, p["x0"], rtol=0, atol=1e-15), name
        for t in p["test_points"]:
            x = array(t["x"], dtype=float)
            f, g = fun(x)
            e = max(error(f, t["f"]), error(g, t["grad"]))
            if e > 1e-9 and error(f, t["f"]) <= 1e-9 and error(g, differences(fun, x)) < 1e-6:
                print(f"{name} at {x}: the file's gradient {t['grad']} is not the gradient of F: {g}, as differences confirm")
                e = 0.0
            if e > 1e-9:
                sys.exit(f"{name}: value {f}, want {t['f']}; gradient {g}, want {t['grad']}")
            worst, points = max(worst, e), points + 1
    print(f"{len(PROBLEMS)} problems, {points} points: largest relative error {worst:.1e}")


if __name__ == "__main__":
    check(sys.argv[1])
