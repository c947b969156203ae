"""Runs ONNX files by ONNX Runtime on the CPU.

Answers {"file": path, "input": numbers, "shape": with the batch} with {"output": numbers, "shape":
its shape, "identical": whether the onnx package writes the same bytes}. Files are checked first.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

print(json.dumps({"onnx": onnx.__version__, "runtime": onnxruntime.__version__}), flush=True)
for line in sys.stdin:
    r = json.loads(line)
    try:
        model = onnx.load(r["file"])
        onnx.checker.check_model(model, full_check=True)
        with open(r["file"], "rb") as f:
            identical = f.read() == model.SerializeToString(deterministic=True)
        session = onnxruntime.InferenceSession(r["file"], providers=["CPUExecutionProvider"])
        x = np.array(r["input"], dtype=np.float32).reshape(r["shape"])
        (y,) = session.run(["output"], {"input": x})
        answer = {"output": y.ravel().tolist(), "shape": list(y.shape), "identical": identical}
    except Exception as e:
        answer = {"error": f"{type(e).__name__}: {e}"}
    print(json.dumps(answer), flush=True)
