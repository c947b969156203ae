"""Reads back, with the programs that they are meant for, what `descent runs export` wrote.

Usage: readback.py RUNS.jsonl MLRUNS LOGS

The JSON lines say what must be there: bit for bit in MLflow, to single precision in TensorBoard.
"""

import json
import math
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"  # newer versions want to be told

import numpy as np
import tensorboard.backend.event_processing.event_file_loader as loader
from mlflow.tracking import MlflowClient
from tensorboard.backend.event_processing import plugin_event_multiplexer
from tensorboard.plugins.scalar import metadata as scalar
from tensorboard.util import tensor_util


def number(v):
    return float(v)  # "NaN" and "Infinity" too


def same(a, b):
    return a == b or math.isnan(a) and math.isnan(b)


def single(history):
    """What event files keep of it."""
    with np.errstate(over="ignore"):
        return [(step, float(np.float32(v))) for step, v in history]


def check(ok, what):
    if not ok:
        sys.exit(f"readback: {what}")


def equal(read, history, what):
    check(len(read) == len(history), f"{what}: {len(read)} points, want {len(history)}")
    for a, b in zip(read, history):
        check(a[0] == b[0] and same(a[1], b[1]), f"{what}: {a}, want {b}")


def histories(run):
    """The metrics of a run as lists of (step, value)."""
    trace = run.get("trace") or [{"iteration": run["iterations"], "value": run["value"], "certificate": run["certificate"]["value"]}]
    return {k: [(p["iteration"], number(p[k])) for p in trace] for k in ("value", "certificate")}


def read_mlflow(runs, where):
    client = MlflowClient(tracking_uri="file://" + os.path.abspath(where))
    found = {}
    for experiment in client.search_experiments():
        for run in client.search_runs([experiment.experiment_id], max_results=50000):
            found[run.info.run_id] = run
    check(set(found) == set(runs), f"mlflow has {len(found)} runs, want {len(runs)}")
    points = 0
    for id, want in runs.items():
        got = found[id]
        for name, history in histories(want).items():
            read = [(m.step, m.value) for m in client.get_metric_history(id, name)]
            equal(read, history, f"{id} {name}")
            points += len(read)
        for name, value in want.get("metrics", {}).items():
            check(same(got.data.metrics[name], number(value)), f"{id} {name}: {got.data.metrics[name]}")
        for name in ("verb", "method"):
            check(got.data.params[name] == want[name], f"{id} {name}: {got.data.params[name]}")
        for name, value in want.get("options", {}).items():
            check(got.data.params["option." + name] == value, f"{id} option {name}")
        for tag in want["tags"]:
            check(got.data.tags.get(tag) == "true", f"{id} tag {tag}")
        check(got.info.status in ("FINISHED", "KILLED", "FAILED"), f"{id} status {got.info.status}")
    client.set_tag(next(iter(runs)), "looked-at", "yes")  # MLflow can go on from here
    return points


def read_tensorboard(runs, where):
    files = {}
    for folder, _, names in os.walk(where):
        for name in names:
            files[name.rsplit(".", 1)[1]] = os.path.join(folder, name)
    check(set(files) == set(runs), f"tensorboard has {len(files)} runs, want {len(runs)}")
    points = 0
    for id, want in runs.items():
        read = {"value": [], "certificate": []}
        final = {}
        text = ""
        for event in loader.EventFileLoader(files[id]).Load():  # verifies the checksums
            for v in event.summary.value:
                if v.tag == "run":
                    text = tensor_util.make_ndarray(v.tensor).item().decode()
                    continue
                x = float(tensor_util.make_ndarray(v.tensor).item())
                if v.tag in read:
                    read[v.tag].append((event.step, x))
                else:
                    final[v.tag.removeprefix("metrics/")] = x
        for name, history in histories(want).items():
            equal(read[name], single(history), f"{id} {name}")
            points += len(history)
        for name, value in want.get("metrics", {}).items():
            equal([(0, final[name])], single([(0, number(value))]), f"{id} {name}")
        check(id in text and want["problem"].replace("|", "\\|") in text, f"{id}: text {text}")
    multiplexer = plugin_event_multiplexer.EventMultiplexer()  # what the pages are made from
    multiplexer.AddRunsFromDirectory(where)
    multiplexer.Reload()
    for run in multiplexer.Runs():
        tags = multiplexer.PluginRunToTagToContent(scalar.PLUGIN_NAME)[run]
        check("value" in tags and "certificate" in tags, f"{run}: scalars {list(tags)}")
    check(len(multiplexer.Runs()) == len(runs), f"the multiplexer sees {len(multiplexer.Runs())} runs, want {len(runs)}")
    return points


def ask_server(runs, where):
    """Starts TensorBoard as people do, and asks for what its pages ask."""
    port = 16006
    server = subprocess.Popen(
        [os.path.join(os.path.dirname(sys.executable), "tensorboard"), "--logdir", where, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def get(path, **query):
        url = f"http://127.0.0.1:{port}/data/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)

    try:
        tags = {}
        for _ in range(60):
            time.sleep(0.5)
            try:
                tags = get("plugin/scalars/tags")
            except urllib.error.URLError:
                continue
            if len(tags) == len(runs):
                break
        check(len(tags) == len(runs), f"the server shows {len(tags)} runs, want {len(runs)}")
        points = 0
        by_id = {id[:8]: r for id, r in runs.items()}
        for name in tags:
            want = by_id[name.rsplit("-", 1)[1]]
            for tag, history in histories(want).items():
                read = [(p[1], number(p[2])) for p in get("plugin/scalars/scalars", run=name, tag=tag)]
                shown = sorted(dict(single(history)).items())  # of points of the same step the last
                equal(read, shown, f"server: {name} {tag}")
                points += len(read)
            check(want["id"] in str(get("plugin/text/text", run=name, tag="run")), f"server: {name}: text")
        return points
    finally:
        server.terminate()
        server.wait()


def main():
    lines, mlruns, logs = sys.argv[1:]
    with open(lines, encoding="utf-8") as f:
        runs = {r["id"]: r for r in map(json.loads, f)}
    check(runs, "no runs")
    import mlflow
    import tensorboard

    print(f"mlflow {mlflow.__version__}: {len(runs)} runs, {read_mlflow(runs, mlruns)} points, all as recorded")
    print(f"tensorboard {tensorboard.__version__}: {len(runs)} runs, {read_tensorboard(runs, logs)} points, all as recorded, in single precision")
    print(f"tensorboard's server: {ask_server(runs, logs)} points, the same")


main()
