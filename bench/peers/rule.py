"""Times one step of torch.optim on one vector of float32 on the CPU.

Answers {"rule": name, "n": parameters, "threads": n, "how": foreach or fused, "repeats": n} with
{"seconds": least time of one step}; null where PyTorch does not have it.
"""

import json
import sys
import time

import torch

rules = {
    "sgd": (torch.optim.SGD, {"lr": 1e-9}),
    "sgd-momentum": (torch.optim.SGD, {"lr": 1e-9, "momentum": 0.9}),
    "sgd-nesterov": (torch.optim.SGD, {"lr": 1e-9, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
    "adam": (torch.optim.Adam, {"lr": 1e-9}),
    "adamw": (torch.optim.AdamW, {"lr": 1e-9}),
    "adagrad": (torch.optim.Adagrad, {"lr": 1e-9}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 1e-9}),
}


def make(q):
    make_rule, options = rules[q["rule"]]
    x = torch.randn(q["n"], requires_grad=True)
    x.grad = torch.randn(q["n"])
    return make_rule([x], **{q["how"]: True}, **options)


print(json.dumps({"torch": torch.__version__}), flush=True)
made = {}
for line in sys.stdin:
    q = json.loads(line)
    torch.set_num_threads(q["threads"])
    best = None
    try:
        key = (q["rule"], q["n"], q["how"])
        if key not in made:
            made.clear()  # one set of vectors at a time
            made[key] = make(q)
        opt = made[key]
        opt.step()
        for _ in range(q["repeats"]):
            start = time.perf_counter()
            opt.step()
            t = time.perf_counter() - start
            best = t if best is None else min(best, t)
    except (KeyError, TypeError, RuntimeError):
        best = None
    print(json.dumps({"seconds": best}), flush=True)
