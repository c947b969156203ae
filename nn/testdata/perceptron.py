"""Writes perceptron.onnx with the onnx package (1.23): what WriteONNX must write byte by byte."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

arrays = {
    "layers.0.weight": [[1, -2], [0.5, 3], [0, 0.25]],
    "layers.0.bias": [0.5, -1, 2],
    "layers.1.weight": [[1, 2, -3]],
    "layers.1.bias": [0.125],
}
graph = helper.make_graph(
    [
        helper.make_node("Flatten", ["input"], ["flatten_1"], "flatten_1", axis=1),
        helper.make_node("Gemm", ["flatten_1", "layers.0.weight", "layers.0.bias"], ["gemm_2"], "gemm_2", transB=1),
        helper.make_node("LeakyRelu", ["gemm_2"], ["leakyrelu_3"], "leakyrelu_3", alpha=0.01),
        helper.make_node("Gemm", ["leakyrelu_3", "layers.1.weight", "layers.1.bias"], ["gemm_4"], "gemm_4", transB=1),
        helper.make_node("Identity", ["gemm_4"], ["output"], "output"),
    ],
    "model",
    [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 2])],
    [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1])],
    [numpy_helper.from_array(np.array(v, dtype=np.float32), k) for k, v in arrays.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="descent")
with open("perceptron.onnx", "wb") as f:
    f.write(model.SerializeToString(deterministic=True))
