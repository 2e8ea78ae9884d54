"""Computes what PyTorch makes of tiny models, for PyTorchReferenceTest.

Run with any PyTorch from 1.13 on, from anywhere:

    python3 core-model/src/test/python/reference_values.py

It rewrites core-model/src/test/resources/reference/*.json. Everything is computed in double precision. The weights come
from a formula that the test repeats, so only results are stored. The models are written with PyTorch's standard modules
and functions (TransformerEncoderLayer, LayerNorm, GELU, softmax, topk, cross_entropy, AdamW) and its automatic
gradients; they share no code and no hand-written gradient with the Java side.
"""

import dataclasses
import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

VOCABULARY, CONTEXT, WIDTH, HIDDEN, LAYERS = 29, 8, 16, 20, 2
BATCH, TIME = 3, 7
STEPS, RATE, BETAS, EPSILON, DECAY, CLIP = 10, 1e-2, (0.9, 0.99), 1e-8, 0.1, 0.5


@dataclasses.dataclass(frozen=True)
class Shape:
    """A model; heads times dim need not be the width."""

    name: str
    heads: int
    kv_heads: int
    dim: int
    rms: bool = False
    bias: bool = True
    activation: str = "gelu"
    positions: str = "learned"
    tied: bool = True
    qkv: str = "none"  # or key-value, diagonals
    qk_norm: bool = False
    inverse_scale: bool = False
    window: int = CONTEXT
    one_block: bool = False
    embedding_width: int = WIDTH
    output_bias: bool = False
    experts: int = 1
    top_k: int = 1
    gates: str = "chosen"
    balance: float = 0.0
    rank: int = -1  # of the experts' own parts; -1: they have matrices of their own


SHAPES = [
    Shape("gpt", 3, 3, 4),
    Shape("llama", 2, 2, 12, rms=True, bias=False, activation="swiglu", positions="rotary", tied=False),
    Shape("llama-gqa", 4, 2, 6, rms=True, bias=False, activation="swiglu", positions="rotary", tied=False),
    Shape("original", 4, 4, 4, activation="relu", positions="sinusoidal"),
    Shape("mixtral", 2, 2, 8, rms=True, bias=False, activation="swiglu", positions="rotary", tied=False,
          experts=4, top_k=2, gates="chosen", balance=0.1),
    Shape("switch-shared", 2, 2, 6, experts=3, top_k=1, gates="all", balance=0.5, rank=2),
    Shape("albert", 3, 3, 4, qkv="diagonals", one_block=True, embedding_width=6, output_bias=True),
    Shape("alibi-window", 6, 2, 4, rms=True, bias=False, activation="geglu", positions="alibi", qkv="key-value",
          window=3),
    Shape("relative", 3, 3, 4, positions="relative", tied=False, qk_norm=True, inverse_scale=True),
]


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


def norm(shape):
    return (RmsNorm if shape.rms else nn.LayerNorm)(WIDTH)


def rotate(x, base):
    """x [b, h, t, d]: coordinates i and i + d/2 turn together by t * base^(-2i/d), as complex numbers."""
    time, dim = x.shape[-2:]
    angle = torch.outer(torch.arange(time, dtype=x.dtype), base ** (-2 * torch.arange(dim // 2, dtype=x.dtype) / dim))
    pairs = torch.complex(x[..., : dim // 2], x[..., dim // 2 :]) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([pairs.real, pairs.imag], -1)


def slopes(heads):
    """Press et al. 2022: those of the power of two below, then every other one of the power above."""
    power = 2 ** math.floor(math.log2(heads))
    first = [2 ** (-8 * (i + 1) / power) for i in range(power)]
    return first if heads == power else first + slopes(2 * power)[0::2][: heads - power]


def sinusoids(time):
    """Vaswani et al. 2017, section 3.5; the Java side keeps the table in 32 bits."""
    angle = torch.outer(
        torch.arange(time, dtype=torch.float64), 10000.0 ** (-torch.arange(0, WIDTH, 2, dtype=torch.float64) / WIDTH)
    )
    return torch.stack([angle.sin(), angle.cos()], -1).reshape(time, WIDTH).float().double()


class Attention(nn.Module):
    DISTANCES = 4

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        heads, kv_heads, dim = shape.heads, shape.kv_heads, shape.dim
        projected = {"none": heads + 2 * kv_heads, "key-value": heads + kv_heads, "diagonals": heads}[shape.qkv]
        self.norm = norm(shape)
        self.qkv = nn.Linear(WIDTH, projected * dim, bias=shape.bias)
        if shape.qkv == "diagonals":
            self.diagonals = nn.Parameter(torch.empty(3, heads * dim))
        if shape.qk_norm:
            self.query_norm, self.key_norm = RmsNorm(dim), RmsNorm(dim)
        if shape.positions == "relative":
            self.distances = nn.Parameter(torch.empty(heads, self.DISTANCES))
        self.out = nn.Linear(heads * dim, WIDTH, bias=shape.bias)

    def heads(self, x):
        """Queries, keys and values [b, h, t, d]; each key and value serves as many queries in a row."""
        shape = self.shape
        rows = self.qkv(x)
        if shape.qkv == "diagonals":
            parts = [(rows * own).unflatten(-1, (-1, shape.dim)) for own in self.diagonals]
        else:
            split = [shape.heads, shape.kv_heads, shape.kv_heads][: 2 if shape.qkv == "key-value" else 3]
            parts = list(rows.unflatten(-1, (-1, shape.dim)).split(split, dim=-2))
            parts = parts + parts[-1:] if shape.qkv == "key-value" else parts
        q, k, v = (part.transpose(1, 2) for part in parts)
        if shape.qk_norm:
            q, k = self.query_norm(q), self.key_norm(k)
        if shape.positions == "rotary":
            q, k = rotate(q, 10000.0), rotate(k, 10000.0)
        return q, *(part.repeat_interleave(shape.heads // shape.kv_heads, dim=1) for part in (k, v))

    def bias(self, distance):
        """What scores [h, t, t] get for the distance of each two tokens."""
        if self.shape.positions == "alibi":
            return -torch.tensor(slopes(self.shape.heads), dtype=torch.float64)[:, None, None] * distance
        if self.shape.positions == "relative":
            return self.distances[:, distance.clamp(0, self.DISTANCES - 1)]
        return 0.0

    def forward(self, x):
        x = self.norm(x)
        q, k, v = self.heads(x)
        place = torch.arange(x.shape[1])
        distance = place[:, None] - place[None, :]
        scale = 1 / self.shape.dim if self.shape.inverse_scale else 1 / math.sqrt(self.shape.dim)
        scores = q @ k.transpose(-2, -1) * scale + self.bias(distance)
        hidden = (distance < 0) | (distance >= self.shape.window)
        mixed = scores.masked_fill(hidden, -math.inf).softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).flatten(2))


def activate(shape, hidden):
    if shape.activation in ("swiglu", "geglu"):
        gate, up = hidden.chunk(2, dim=-1)
        return (F.silu if shape.activation == "swiglu" else F.gelu)(gate) * up
    return F.gelu(hidden)


class Network(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        wide = 2 * HIDDEN if shape.activation in ("swiglu", "geglu") else HIDDEN
        self.add_module("in", nn.Linear(WIDTH, wide, bias=shape.bias))
        self.out = nn.Linear(HIDDEN, WIDTH, bias=shape.bias)

    def forward(self, x):
        return self.out(activate(self.shape, getattr(self, "in")(x)))


class Addition(nn.Module):
    """P Q of one expert and projection."""

    def __init__(self, outputs, inputs, rank):
        super().__init__()
        self.left = nn.Parameter(torch.empty(outputs, rank))
        self.right = nn.Parameter(torch.empty(rank, inputs))


class SharedExpert(nn.Module):
    """W + P Q with everybody's W and bias."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.add_module("in", Addition(HIDDEN, WIDTH, shape.rank))
        self.out = Addition(WIDTH, HIDDEN, shape.rank)

    def forward(self, x, common):
        def project(x, linear, own):
            return F.linear(x, linear.weight + own.left @ own.right, linear.bias)

        hidden = project(x, getattr(common, "in"), getattr(self, "in"))
        return project(activate(self.shape, hidden), common.out, self.out)


class FeedForward(Network):
    def __init__(self, shape):
        super().__init__(shape)
        self.norm = norm(shape)

    def forward(self, x):
        return super().forward(self.norm(x)), 0.0


class Mixture(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.norm = norm(shape)
        self.router = nn.Linear(WIDTH, shape.experts, bias=False)
        if shape.rank >= 0:
            common = Network(shape)
            self.add_module("in", getattr(common, "in"))
            self.out = common.out
        expert = Network if shape.rank < 0 else SharedExpert
        self.experts = nn.ModuleList(expert(shape) for _ in range(shape.experts))

    def forward(self, x):
        """The mixed results, and the load-balance loss."""
        x = self.norm(x)
        scores = self.router(x)
        probabilities = scores.softmax(-1)
        top, chosen = scores.topk(self.shape.top_k)
        gates = top.softmax(-1) if self.shape.gates == "chosen" else probabilities.gather(-1, chosen)
        given = [expert(x) if self.shape.rank < 0 else expert(x, self) for expert in self.experts]
        results = torch.stack(given, -2)
        picked = results.gather(-2, chosen.unsqueeze(-1).expand(*chosen.shape, WIDTH))
        share = F.one_hot(chosen, self.shape.experts).double().mean((0, 1, 2))
        balance = self.shape.experts * (share * probabilities.mean((0, 1))).sum()
        return (gates.unsqueeze(-1) * picked).sum(-2), self.shape.balance * balance


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.attention = Attention(shape)
        self.feed_forward = FeedForward(shape) if shape.experts == 1 else Mixture(shape)

    def forward(self, x):
        x = x + self.attention(x)
        y, balance = self.feed_forward(x)
        return x + y, balance


class Model(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.tokens = nn.Embedding(VOCABULARY, shape.embedding_width)
        if shape.embedding_width < WIDTH:
            self.factor = nn.Linear(shape.embedding_width, WIDTH, bias=False)
        if shape.positions == "learned":
            self.positions = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(1 if shape.one_block else LAYERS))
        self.norm = norm(shape)
        if not shape.tied:
            self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        if shape.output_bias:
            self.head_bias = nn.Parameter(torch.empty(VOCABULARY))

    def forward(self, ids):
        """Logits, and the load-balance losses of all layers together."""
        x = self.tokens(ids)
        if hasattr(self, "factor"):
            x = self.factor(x)
        if hasattr(self, "positions"):
            x = x + self.positions(torch.arange(ids.shape[1]))
        balances = 0.0
        for layer in range(LAYERS):
            x, balance = self.blocks[layer % len(self.blocks)](x)
            balances = balances + balance
        x = self.norm(x)
        if not self.shape.tied:
            return self.head(x), balances
        if hasattr(self, "factor"):
            x = x @ self.factor.weight
        return F.linear(x, self.tokens.weight, getattr(self, "head_bias", None)), balances


class Original(nn.Module):
    """Vaswani et al. 2017 as PyTorch has it: norms after the sublayers, ReLU, sines; a decoder without an encoder."""

    def __init__(self, shape):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                WIDTH, shape.heads, HIDDEN, dropout=0.0, activation=shape.activation, batch_first=True
            )
            for _ in range(LAYERS)
        )

    def forward(self, ids):
        time = ids.shape[1]
        x = self.tokens(ids) * math.sqrt(WIDTH) + sinusoids(time)
        later = torch.ones(time, time, dtype=torch.bool).triu(1)
        for block in self.blocks:
            x = block(x, src_mask=later)
        return F.linear(x, self.tokens.weight), 0.0


ORIGINAL_NAMES = {
    "self_attn.in_proj_": "attention.qkv.",
    "self_attn.out_proj.": "attention.out.",
    "linear1.": "feed-forward.in.",
    "linear2.": "feed-forward.out.",
    "norm1.": "attention.norm.",
    "norm2.": "feed-forward.norm.",
}


def our_name(name):
    """Apportion's name of a parameter."""
    tables = {
        "tokens.weight": "embedding.token",
        "factor.weight": "embedding.token.factor",
        "positions.weight": "embedding.position",
        "head_bias": "head.bias",
    }
    if name in tables:
        return tables[name]
    for theirs, ours in ORIGINAL_NAMES.items():
        name = name.replace(theirs, ours)
    for theirs, ours in {
        "blocks.": "block.",
        "feed_forward.": "feed-forward.",
        "experts.": "expert.",
        "query_norm": "query-norm",
        "key_norm": "key-norm",
        "norm.weight": "norm.gain",
        "diagonals": "qkv.gain",
        "distances": "distance.bias",
    }.items():
        name = name.replace(theirs, ours)
    return "head." + name if name.startswith("norm.") else name


def clip(parameters):
    """As torch.nn.utils.clip_grad_norm_, but for the 1e-6 that it adds to the norm."""
    norm = torch.stack([p.grad.norm() for p in parameters]).norm().item()
    for p in parameters:
        p.grad.mul_(min(1.0, CLIP / norm))
    return norm


def reference(shape):
    model = (Original if shape.name == "original" else Model)(shape).double()
    named = {our_name(name): parameter for name, parameter in model.named_parameters()}
    with torch.no_grad():
        for name, parameter in named.items():
            gain = name.endswith(".gain")
            numbers = [value(name, i, gain) for i in range(parameter.numel())]
            parameter.copy_(torch.tensor(numbers, dtype=torch.float64).view_as(parameter))
    ids = torch.tensor([[token(s * (TIME + 1) + i) for i in range(TIME + 1)] for s in range(BATCH)])
    inputs, targets = ids[:, :-1], ids[:, 1:].clone()
    targets[1, 3] = -1  # predicts nothing

    def losses():
        """Of the language model, and of the balance."""
        logits, balance = model(inputs)
        return F.cross_entropy(logits.reshape(-1, VOCABULARY), targets.reshape(-1), ignore_index=-1), balance

    logits, _ = model(inputs)
    start, balance = losses()
    (start + balance).backward()
    gradients = {
        name: {
            "norm": parameter.grad.norm().item(),
            "first": parameter.grad.flatten()[:4].tolist(),
            "last": parameter.grad.flatten()[-4:].tolist(),
        }
        for name, parameter in named.items()
    }
    vectors = [p for name, p in named.items() if name.endswith((".gain", ".bias"))]
    matrices = [p for name, p in named.items() if not name.endswith((".gain", ".bias"))]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}],
        lr=RATE,
        betas=BETAS,
        eps=EPSILON,
    )
    training, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        now, more = losses()
        (now + more).backward()
        norms.append(clip(named.values()))
        optimizer.step()
        training.append(now.item())
    training.append(losses()[0].item())
    return {
        "inputs": inputs.flatten().tolist(),
        "targets": targets.flatten().tolist(),
        "time": TIME,
        "loss": start.item(),
        "balanceLoss": float(balance),
        "logits": logits.flatten().tolist(),
        "gradients": gradients,
        "trainingLosses": training,
        "gradientNorms": norms,
    }


if __name__ == "__main__":
    folder = pathlib.Path(__file__).resolve().parent.parent / "resources" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for shape in SHAPES:
        (folder / f"{shape.name}.json").write_text(json.dumps(reference(shape), indent=1) + "\n")
