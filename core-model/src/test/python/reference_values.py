"""Computes what PyTorch makes of three tiny models, for PyTorchReferenceTest.

Run with any PyTorch from 1.13 on, from anywhere:

    python3 core-model/src/test/python/reference_values.py

It rewrites core-model/src/test/resources/reference/{gpt,llama,llama-gqa}.json. Everything is computed in double precision. The
weights come from a formula that the test repeats, so only results are stored. The models are written with PyTorch's
standard modules (LayerNorm, GELU, softmax, cross_entropy, AdamW) and its automatic gradients; they
share no code and no hand-written gradient with the Java side.
"""

import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

VOCABULARY, CONTEXT, WIDTH, LAYERS = 29, 8, 16, 2
BATCH, TIME = 3, 7
STEPS, RATE, BETAS, EPSILON, DECAY, CLIP = 10, 1e-2, (0.9, 0.99), 1e-8, 0.1, 0.5


def value(name, index, gain):
    """The start of one number of a weight: in float's grid, so that float and double runs start alike."""
    phase = sum(map(ord, name))
    x = 0.4 * math.sin(0.0131 * index * index + 0.37 * index + 0.011 * phase)
    return round((1 + 0.5 * x if gain else x) * 2**20) / 2**20


def token(position):
    return (7 * position * position + 3 * position + 5) % VOCABULARY


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def rotate(x, base):
    """x [b, h, t, d]: coordinates i and i + d/2 turn together by t * base^(-2i/d), as complex numbers."""
    time, dim = x.shape[-2:]
    angle = torch.outer(torch.arange(time, dtype=x.dtype), base ** (-2 * torch.arange(dim // 2, dtype=x.dtype) / dim))
    pairs = torch.complex(x[..., : dim // 2], x[..., dim // 2 :]) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([pairs.real, pairs.imag], -1)


class Block(nn.Module):
    def __init__(self, heads, kv_heads, dim, hidden, llama):
        super().__init__()
        self.heads, self.kv_heads, self.dim, self.llama = heads, kv_heads, dim, llama
        norm, bias = (RmsNorm, False) if llama else (nn.LayerNorm, True)
        self.attention_norm = norm(WIDTH)
        self.qkv = nn.Linear(WIDTH, (heads + 2 * kv_heads) * dim, bias=bias)
        self.attention_out = nn.Linear(heads * dim, WIDTH, bias=bias)
        self.feed_forward_norm = norm(WIDTH)
        self.feed_forward_in = nn.Linear(WIDTH, (2 if llama else 1) * hidden, bias=bias)
        self.feed_forward_out = nn.Linear(hidden, WIDTH, bias=bias)

    def attend(self, x):
        batch, time, _ = x.shape
        heads = self.qkv(x).view(batch, time, -1, self.dim).transpose(1, 2)
        q, k, v = heads.split([self.heads, self.kv_heads, self.kv_heads], dim=1)
        if self.llama:
            q, k = rotate(q, 10000.0), rotate(k, 10000.0)
        # Each key and value serves as many queries in a row.
        k, v = (part.repeat_interleave(self.heads // self.kv_heads, dim=1) for part in (k, v))
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.dim)
        later = torch.ones(time, time, dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ v
        return self.attention_out(mixed.transpose(1, 2).reshape(batch, time, -1))

    def feed(self, x):
        hidden = self.feed_forward_in(x)
        if self.llama:
            gate, up = hidden.chunk(2, dim=-1)
            return self.feed_forward_out(F.silu(gate) * up)
        return self.feed_forward_out(F.gelu(hidden))

    def forward(self, x):
        x = x + self.attend(self.attention_norm(x))
        return x + self.feed(self.feed_forward_norm(x))


class Model(nn.Module):
    def __init__(self, llama, heads, kv_heads, dim):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        if not llama:
            self.positions = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block(heads, kv_heads, dim, 20, llama) for _ in range(LAYERS))
        self.norm = (RmsNorm if llama else nn.LayerNorm)(WIDTH)
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        if not llama:
            self.head.weight = self.tokens.weight

    def forward(self, ids):
        x = self.tokens(ids)
        if hasattr(self, "positions"):
            x = x + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def names(model, llama):
    """Apportion's name of each parameter, in PyTorch's order."""
    norm = {"weight": "gain", "bias": "bias"}
    for name, parameter in model.named_parameters():
        parts = name.split(".")
        if parts[0] == "blocks":
            part = parts[2].replace("feed_forward_", "feed-forward.").replace("attention_", "attention.")
            part = "attention.qkv" if part == "qkv" else part
            last = norm[parts[3]] if part.endswith("norm") else parts[3]
            yield f"block.{parts[1]}.{part}.{last}", parameter
        elif parts[0] == "norm":
            yield "head.norm." + norm[parts[1]], parameter
        else:
            yield {"tokens": "embedding.token", "positions": "embedding.position", "head": "head.weight"}[
                parts[0]
            ], parameter


def clip(parameters):
    """As torch.nn.utils.clip_grad_norm_, but for the 1e-6 that it adds to the norm."""
    norm = torch.stack([p.grad.norm() for p in parameters]).norm().item()
    for p in parameters:
        p.grad.mul_(min(1.0, CLIP / norm))
    return norm


def reference(llama, heads, kv_heads, dim):
    model = Model(llama, heads, kv_heads, dim).double()
    named = dict(names(model, llama))
    with torch.no_grad():
        for name, parameter in named.items():
            gain = name.endswith(".gain")
            numbers = [value(name, i, gain) for i in range(parameter.numel())]
            parameter.copy_(torch.tensor(numbers, dtype=torch.float64).view_as(parameter))
    ids = torch.tensor([[token(s * (TIME + 1) + i) for i in range(TIME + 1)] for s in range(BATCH)])
    inputs, targets = ids[:, :-1], ids[:, 1:].clone()
    targets[1, 3] = -1  # predicts nothing

    def loss():
        return F.cross_entropy(model(inputs).reshape(-1, VOCABULARY), targets.reshape(-1), ignore_index=-1)

    logits = model(inputs)
    start = loss()
    start.backward()
    gradients = {
        name: {
            "norm": parameter.grad.norm().item(),
            "first": parameter.grad.flatten()[:4].tolist(),
            "last": parameter.grad.flatten()[-4:].tolist(),
        }
        for name, parameter in named.items()
    }
    matrices = [p for p in named.values() if p.dim() == 2]
    vectors = [p for p in named.values() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}],
        lr=RATE,
        betas=BETAS,
        eps=EPSILON,
    )
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        now = loss()
        now.backward()
        norms.append(clip(named.values()))
        optimizer.step()
        losses.append(now.item())
    losses.append(loss().item())
    return {
        "inputs": inputs.flatten().tolist(),
        "targets": targets.flatten().tolist(),
        "time": TIME,
        "loss": start.item(),
        "logits": logits.flatten().tolist(),
        "gradients": gradients,
        "trainingLosses": losses,
        "gradientNorms": norms,
    }


if __name__ == "__main__":
    folder = pathlib.Path(__file__).resolve().parent.parent / "resources" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    # Heads times head dimension need not be the width: 12 and 24 against 16.
    for name, *shape in (("gpt", False, 3, 3, 4), ("llama", True, 2, 2, 12), ("llama-gqa", True, 4, 2, 6)):
        (folder / f"{name}.json").write_text(json.dumps(reference(*shape), indent=1) + "\n")
