#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One training step of the model of `gridring bench train` in eager PyTorch: tokens/s as JSON on the last line.

The same causal decoder, batch and head: token features -> width, pre-norm blocks of attention and feed-forward,
3 quantiles of the next hour a position, pinball loss, AdamW, gradients clipped. RMSNorm or torch's own fused LayerNorm,
whichever --norm says; no rotary positions, which favours PyTorch. Feed-forward: `swiglu` of --feed-forward hidden
values, as gridring's, or `gelu` and `relu` of 4 width, which have the same number of weights and flops within the
rounding of 8/3 width, and fewer passes over memory.
"""
import argparse
import json
import statistics
import sys
import time

try:
    import torch
except ImportError:
    sys.exit("torch_train: needs PyTorch: apt-get install python3-torch libopenblas0-openmp, and run by /usr/bin/python3")
from torch import nn
from torch.nn import functional as F

TOKEN, QUANTILES = 16, (0.05, 0.5, 0.95)


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return self.gain * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


class Block(nn.Module):
    def __init__(self, a):
        super().__init__()
        norm = RMSNorm if a.norm == "rms" else nn.LayerNorm
        self.heads, self.kind = a.heads, a.activation
        self.norm1, self.norm2 = norm(a.width), norm(a.width)
        self.qkv = nn.Linear(a.width, 3 * a.width, bias=False)
        self.out = nn.Linear(a.width, a.width, bias=False)
        hidden = a.feed_forward if a.activation == "swiglu" else 4 * a.width
        self.up = nn.Linear(a.width, 2 * hidden if a.activation == "swiglu" else hidden, bias=False)
        self.down = nn.Linear(hidden, a.width, bias=False)

    def attend(self, x, mask):
        b, s, c = x.shape
        q, k, v = self.qkv(x).view(b, s, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        scores = torch.matmul(q * (c // self.heads) ** -0.5, k.transpose(-2, -1)) + mask
        return self.out(torch.matmul(scores.softmax(-1), v).transpose(1, 2).reshape(b, s, c))

    def feed_forward(self, x):
        x = self.up(x)
        if self.kind == "swiglu":
            gate, value = x.chunk(2, -1)
            return self.down(F.silu(gate) * value)
        return self.down(F.gelu(x) if self.kind == "gelu" else F.relu(x))

    def forward(self, x, mask):
        x = x + self.attend(self.norm1(x), mask)
        return x + self.feed_forward(self.norm2(x))


class Model(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.horizon = a.horizon
        self.embed = nn.Linear(TOKEN, a.width)
        self.blocks = nn.ModuleList(Block(a) for _ in range(a.layers))
        self.norm = RMSNorm(a.width) if a.norm == "rms" else nn.LayerNorm(a.width)
        self.head = nn.Linear(a.width, a.horizon * len(QUANTILES))

    def forward(self, x, mask):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x, mask)
        return self.head(self.norm(x)).unflatten(-1, (self.horizon, len(QUANTILES)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in dict(width=128, heads=8, layers=4, sequence=512, batch=4, threads=1, steps=4, horizon=1).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--feed-forward", type=int, default=0)
    parser.add_argument("--activation", choices=("swiglu", "gelu", "relu"), default="relu")
    parser.add_argument("--norm", choices=("rms", "layer"), default="layer")
    a = parser.parse_args()
    a.feed_forward = a.feed_forward or (8 * a.width // 3 + 15) // 16 * 16
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    model = Model(a)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98))
    x = torch.randn(a.batch, a.sequence, TOKEN)
    actual = torch.randn(a.batch, a.sequence, a.horizon, 1)
    mask = torch.full((a.sequence, a.sequence), float("-inf")).triu(1)
    quantiles = torch.tensor(QUANTILES)

    def step():
        optimiser.zero_grad(set_to_none=True)
        miss = actual - model(x, mask)
        torch.maximum(quantiles * miss, (quantiles - 1) * miss).mean().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    seconds, cpu_seconds = [], []
    for i in range(a.steps + 1):  # the first one warms
        start, cpu_start = time.perf_counter(), time.process_time()
        step()
        if i:
            seconds.append(time.perf_counter() - start)
            cpu_seconds.append(time.process_time() - cpu_start)
    tokens = a.sequence * a.batch
    print(json.dumps(dict(torch=torch.__version__, width=a.width, sequence=a.sequence, batch=a.batch, threads=a.threads,
                          activation=a.activation, norm=a.norm, parameters=sum(p.numel() for p in model.parameters()),
                          tokens_per_second=tokens / statistics.median(seconds),
                          tokens_per_cpu_second=tokens / statistics.median(cpu_seconds))))


if __name__ == "__main__":
    main()
