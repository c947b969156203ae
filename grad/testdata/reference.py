"""Writes reference.json: values and derivatives by PyTorch in float64.

Each case has its operands, the result, and the gradient with respect to each operand of
the sum of the results times weights (k mod 5) - 1.5. Run with any recent PyTorch:

    python reference.py > reference.json
"""

import json

import torch
import torch.nn.functional as F

torch.manual_seed(20)
torch.set_default_dtype(torch.float64)
cases = []


def weights(y):
    return torch.arange(y.numel()).remainder(5).sub(1.5).reshape(y.shape)


def numbers(x):
    return [float("%.17g" % v) for v in x.detach().flatten().tolist()]


def case(name, f, *shapes):
    x = [torch.randn(s).mul(16).round().div(16).requires_grad_() for s in shapes]
    y = f(*x)
    g = torch.autograd.grad((y * weights(y)).sum(), x, allow_unused=True, materialize_grads=True)
    cases.append({
        "name": name,
        "x": [{"shape": list(v.shape), "data": numbers(v)} for v in x],
        "y": numbers(y),
        "gradient": [numbers(v) for v in g],
    })


labels = torch.tensor([2, 0, 1, 2])
tokens = torch.tensor([3, 0, 0, 1, 3, 2])
case("erf", torch.erf, (9,))
case("gelu", F.gelu, (9,))
case("silu", F.silu, (9,))
case("softplus", F.softplus, (9,))
case("logsumexp", lambda x: torch.logsumexp(x, (0, 2)), (2, 3, 2))
case("variance", lambda x: torch.var(x, 1, correction=0), (2, 4))
case("log softmax", lambda x: F.log_softmax(x, -1), (2, 4))
case("cross entropy", lambda x: F.cross_entropy(x, labels), (4, 3))
case("huber", lambda x, y: F.huber_loss(x, y, delta=0.7), (5,), (5,))
case("bce with logits", F.binary_cross_entropy_with_logits, (5,), (5,))
case("embedding", lambda w: F.embedding(tokens, w), (4, 2))
case("conv2d", lambda x, w, b: F.conv2d(x, w, b, stride=2, padding=2, dilation=2, groups=2), (2, 4, 5, 4), (4, 2, 3, 2), (4,))
case("conv1d", lambda x, w, b: F.conv1d(x, w, b, padding=1), (2, 2, 5), (3, 2, 3), (3,))
case("conv transpose 2d", lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1, dilation=2, groups=2), (2, 4, 3, 2), (4, 2, 2, 3), (4,))
case("conv transpose 1d", lambda x, w: F.conv_transpose1d(x, w, stride=3), (2, 3, 3), (3, 2, 2))
case("max pool", lambda x: F.max_pool2d(x, 3, 2, 1), (2, 2, 4, 5))
case("avg pool", lambda x: F.avg_pool2d(x, 2, 2, 1), (2, 2, 4, 5))
case("layer norm", lambda x, g, b: F.layer_norm(x, (4,), g, b, 1e-3), (2, 3, 4), (4,), (4,))
case("group norm", lambda x, g, b: F.group_norm(x, 2, g, b, 1e-3), (2, 4, 3), (4,), (4,))
case("batch norm", lambda x, g, b: F.batch_norm(x, None, None, g, b, True, 0.1, 1e-3), (3, 2, 2), (2,), (2,))
case("attention", lambda q, k, v: F.scaled_dot_product_attention(q, k, v), (2, 3, 4), (2, 5, 4), (2, 5, 2))
case("causal attention", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), (2, 3, 2), (2, 3, 2), (2, 3, 2))


def network(x, w1, b1, w2, b2):
    return torch.tanh(x @ w1 + b1) @ w2 + b2


def curvature(x, w1, b1, w2, b2):
    """Second derivatives in x of a network from one number to one, each example's."""
    u = network(x, w1, b1, w2, b2)
    ux, = torch.autograd.grad(u.sum(), x, create_graph=True)
    uxx, = torch.autograd.grad(ux.sum(), x, create_graph=True)
    return uxx


def product(w1, b1, w2, b2, v1, c1, v2, c2):
    """Product of the Hessian of a loss and a direction: of the first four, flat."""
    x = torch.arange(8.0).sub(3.5).div(4).reshape(4, 2)
    p = [w1, b1, w2, b2]
    g = torch.autograd.grad(F.cross_entropy(network(x, *p), labels), p, create_graph=True)
    h = torch.autograd.grad(sum((a * b).sum() for a, b in zip(g, [v1, c1, v2, c2])), p, create_graph=True)
    return torch.cat([a.flatten() for a in h])


case("second derivative", curvature, (3, 1), (1, 4), (4,), (4, 1), (1,))
case("hessian product", product, (2, 3), (3,), (3, 3), (3,), (2, 3), (3,), (3, 3), (3,))
case("max pool 1d", lambda x: F.max_pool1d(x, 3, 2, 1), (2, 2, 7))
case("avg pool 1d", lambda x: F.avg_pool1d(x, 4, 3, 2), (2, 2, 9))
case("exp", torch.exp, (7,))
case("log", lambda x: torch.log(x.abs() + 0.5), (7,))
case("sqrt", lambda x: torch.sqrt(x * x + 1), (7,))
case("power", lambda x: torch.pow(x.abs() + 0.5, -1.7), (7,))
case("abs", torch.abs, (7,))
case("tanh", torch.tanh, (7,))
case("sigmoid", torch.sigmoid, (7,))
case("relu", F.relu, (7,))
case("leaky relu", lambda x: F.leaky_relu(x, 0.1), (7,))
case("clamp", lambda x: torch.clamp(x, -0.7, 0.6), (9,))
case("mse", F.mse_loss, (2, 3), (2, 3))
case("arithmetic", lambda a, b, c: (a - b) / (c * c + 1) + a * b, (2, 3), (3,), (2, 1))
case("maximum", lambda a, b: torch.maximum(a, b) - 2 * torch.minimum(a, b), (2, 3), (3,))
case("matmul", torch.matmul, (2, 3, 4), (2, 4, 2))
case("matmul transposed", lambda a, b: a.mT @ b.mT, (2, 4, 3), (5, 4))
case("linear", lambda x, w, b: torch.addmm(b, x, w), (3, 4), (4, 2), (2,))
case("linear transposed", F.linear, (2, 3, 4), (2, 4), (2,))
case("sparse product", lambda x: torch.sparse.mm(torch.sparse_coo_tensor([[0, 1, 1, 3, 3], [1, 0, 2, 1, 2]], [2.0, -1.0, 0.5, 3.0, 1.0], (4, 3)), x), (3, 2))
case("softmax", lambda x: F.softmax(x, -1), (2, 4))
case("sums", lambda x: x.sum(1) * x.mean((0, 2)) + x.amax((1, 2)).unsqueeze(1).unsqueeze(2).square().sum(1), (3, 3, 3))
case("gather", lambda x: x[tokens], (4, 2, 2))
case("scatter add", lambda x: torch.zeros(4, 2).index_add(0, tokens, x).square(), (6, 2))
case("where", lambda a, b: torch.where(torch.tensor([True, False, True, True, False]), a, b).square(), (5,), (5,))
case("shapes", lambda a, b: torch.stack([torch.cat([a, b], 1)[:, 1:4].permute(1, 0), torch.cat([b, a], 1)[:, :3].mT], 1).reshape(2, -1).square(), (2, 3), (2, 2))
case("broadcast", lambda a: a.expand(2, 3, 4).square(), (3, 1))
case("fixed norm", lambda x, g, b: F.batch_norm(x, torch.tensor([1.0, 2.0]), torch.tensor([0.5, 3.0]), g, b, False, 0.1, 1e-3), (3, 2, 2), (2,), (2,))
print(json.dumps({"made by": "PyTorch " + torch.__version__, "cases": cases}, separators=(",", ":")).replace('{"name"', '\n{"name"'))
