"""Times value and gradient of models by PyTorch in eager mode, float32, on the CPU.

Answers {"model": name, "threads": n, "seconds": least} with {"seconds": time of one step}.
"""

import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(a.transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, vocabulary=256, context=64, width=128, heads=4, layers=4):
        super().__init__()
        self.table = nn.Embedding(vocabulary, width)
        self.place = nn.Parameter(torch.randn(context, width))
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens):
        x = self.norm(self.blocks(self.table(tokens) + self.place))
        return (x @ self.table.weight.T).flatten(0, 1)


def mlp():
    net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    return net, torch.randn(128, 784), torch.randint(0, 10, (128,))


def cnn():
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 49, 128), nn.ReLU(), nn.Linear(128, 10))
    return net, torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))


def transformer():
    tokens = torch.randint(0, 256, (32, 64))
    return Transformer(), tokens, tokens.flatten()


models = {"mlp": mlp(), "cnn": cnn(), "transformer": transformer()}


def step(net, x, labels):
    for p in net.parameters():
        p.grad = None
    F.cross_entropy(net(x), labels).backward()


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    q = json.loads(line)
    torch.set_num_threads(q["threads"])
    m = models[q["model"]]
    step(*m)
    start, n = time.perf_counter(), 0
    while time.perf_counter() - start < q["seconds"]:
        step(*m)
        n += 1
    print(json.dumps({"seconds": (time.perf_counter() - start) / n}), flush=True)
