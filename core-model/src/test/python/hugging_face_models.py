"""Writes three tiny models as Hugging Face's library stores them, and what PyTorch makes of them.

Run with any PyTorch from 1.13 on, from anywhere:

    python3 core-model/src/test/python/hugging_face_models.py

It rewrites core-model/src/test/resources/huggingface/{gpt2,llama-shards,llama-bf16}. With the names of directories it
writes nothing, but reads each and prints its loss beside the one in its expected.json:

    python3 core-model/src/test/python/hugging_face_models.py DIRECTORY...

With transformers installed it prints that library's loss, too.

Files are read and written byte by byte, and the models computed in double precision by the formulas of their papers and
the names of the published checkpoints; neither transformers nor safetensors is needed to write them, and nothing is
shared with the Java side.
"""

import json
import math
import pathlib
import re
import struct
import sys

import torch
from torch.nn import functional as F

RESOURCES = pathlib.Path(__file__).resolve().parents[1] / "resources" / "huggingface"
MERGES = ["h e", "Ġ t", "Ġt he", "i n", "Ġ a"]
END = "<|endoftext|>"
TEXT = "In the inn at ten the cat."
CONTEXT, LAYERS = 32, 2
DTYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}

# ---- tokenizer.json: byte-level BPE -----------------------------------------------------------------------------------


def alphabet():
    """GPT-2's letter for each byte: itself if it can be printed, else the next free one from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


def vocabulary():
    spellings = [alphabet()[byte] for byte in range(256)] + [merge.replace(" ", "") for merge in MERGES] + [END]
    return {spelling: i for i, spelling in enumerate(spellings)}


def encode(text):
    ids = []
    for word in re.findall(r" ?[A-Za-z]+| ?[^\sA-Za-z]+|\s+", text):
        parts = [alphabet()[byte] for byte in word.encode()]
        for left, right in (merge.split(" ") for merge in MERGES):
            i = 0
            while i < len(parts) - 1:
                if (parts[i], parts[i + 1]) == (left, right):
                    parts[i : i + 2] = [left + right]
                i += 1
        ids += [vocabulary()[part] for part in parts]
    return ids


def tokenizer():
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": vocabulary()[END], "content": END, **special}],
        "normalizer": None,
        "pre_tokenizer": level,
        "post_processor": level,
        "decoder": level,
        "model": {"type": "BPE", "vocab": vocabulary(), "merges": MERGES},
    }


# ---- safetensors ------------------------------------------------------------------------------------------------------


def write_tensors(file, tensors, dtype):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        raw = bytes(tensor.to(DTYPES[dtype]).contiguous().view(torch.uint8).flatten().tolist())
        header[name] = {
            "dtype": dtype,
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_tensors(file):
    raw = file.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(bytearray(raw[8 + length + begin : 8 + length + end]), dtype=DTYPES[entry["dtype"]])
            tensors[name] = flat.view(entry["shape"]).double()
    return tensors


# ---- the models, on a dictionary of tensors ---------------------------------------------------------------------------


def attend(q, k, v, scale):
    """q [b, h, t, d] on k and v [b, h or fewer, t, d]; each of these serves as many heads in a row."""
    k, v = (part.repeat_interleave(q.shape[1] // part.shape[1], dim=1) for part in (k, v))
    scores = q @ k.transpose(-1, -2) * scale
    mask = torch.ones(q.shape[2], q.shape[2], dtype=torch.bool).tril()
    return scores.masked_fill(~mask, -math.inf).softmax(-1) @ v


def heads(x, dim):
    return x.view(*x.shape[:2], -1, dim).transpose(1, 2)


def joined(x):
    return x.transpose(1, 2).flatten(2)


def gpt2(c, w, ids):
    """Logits of GPT-2; matrices are stored [inputs, outputs]."""
    w = {name[len("transformer.") :] if name.startswith("transformer.") else name: t for name, t in w.items()}
    width = c["n_embd"]
    dim = width // c["n_head"]
    scale = dim**-0.5 if c.get("scale_attn_weights", True) else 1.0
    curve = {
        "gelu_new": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        "gelu": F.gelu,
        "relu": F.relu,
        "silu": F.silu,
    }[c["activation_function"]]

    def norm(x, name):
        return F.layer_norm(x, (width,), w[name + ".weight"], w[name + ".bias"], c["layer_norm_epsilon"])

    def product(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    x = w["wte.weight"][ids] + w["wpe.weight"][: ids.shape[1]]
    for n in range(c["n_layer"]):
        q, k, v = (heads(part, dim) for part in product(norm(x, f"h.{n}.ln_1"), f"h.{n}.attn.c_attn").split(width, -1))
        x = x + product(joined(attend(q, k, v, scale)), f"h.{n}.attn.c_proj")
        x = x + product(curve(product(norm(x, f"h.{n}.ln_2"), f"h.{n}.mlp.c_fc")), f"h.{n}.mlp.c_proj")
    return norm(x, "ln_f") @ w[("wte" if c.get("tie_word_embeddings", True) else "lm_head") + ".weight"].T


def llama(c, w, ids):
    """Logits of LLaMA; matrices are stored [outputs, inputs]."""
    dim = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    angle = torch.outer(torch.arange(ids.shape[1]), c["rope_theta"] ** (-torch.arange(0, dim, 2).double() / dim))
    cos, sin = (torch.cat([part, part], -1) for part in (angle.cos(), angle.sin()))
    curve = {"silu": F.silu, "gelu": F.gelu}[c["hidden_act"]]

    def rotated(x):
        first, second = x.chunk(2, -1)
        return x * cos + torch.cat([-second, first], -1) * sin

    def norm(x, name):
        return w[name + ".weight"] * x / (x.pow(2).mean(-1, keepdim=True) + c["rms_norm_eps"]).sqrt()

    def product(x, name):
        return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))

    x = w["model.embed_tokens.weight"][ids]
    for n in range(c["num_hidden_layers"]):
        layer = f"model.layers.{n}"
        y = norm(x, layer + ".input_layernorm")
        q, k, v = (heads(product(y, f"{layer}.self_attn.{role}_proj"), dim) for role in "qkv")
        x = x + product(joined(attend(rotated(q), rotated(k), v, dim**-0.5)), layer + ".self_attn.o_proj")
        y = norm(x, layer + ".post_attention_layernorm")
        gated = curve(product(y, layer + ".mlp.gate_proj")) * product(y, layer + ".mlp.up_proj")
        x = x + product(gated, layer + ".mlp.down_proj")
    tied = c.get("tie_word_embeddings", False)
    return norm(x, "model.norm") @ w["model.embed_tokens.weight" if tied else "lm_head.weight"].T


def loss(c, w, ids):
    """Mean loss in nats of each token but the first of each sequence."""
    logits = {"gpt2": gpt2, "llama": llama}[c["model_type"]](c, w, torch.tensor(ids))
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), torch.tensor(ids)[:, 1:].flatten()).item()


# ---- the directories --------------------------------------------------------------------------------------------------


def gpt2_shapes(c):
    width, inner = c["n_embd"], c["n_inner"] or 4 * c["n_embd"]
    shapes = {"wte.weight": [c["vocab_size"], width], "wpe.weight": [c["n_positions"], width]}
    for n in range(c["n_layer"]):
        for name, inputs, outputs in [
            ("attn.c_attn", width, 3 * width),
            ("attn.c_proj", width, width),
            ("mlp.c_fc", width, inner),
            ("mlp.c_proj", inner, width),
        ]:
            shapes |= {f"h.{n}.{name}.weight": [inputs, outputs], f"h.{n}.{name}.bias": [outputs]}
        for name in ["ln_1", "ln_2"]:
            shapes |= {f"h.{n}.{name}.weight": [width], f"h.{n}.{name}.bias": [width]}
    return shapes | {"ln_f.weight": [width], "ln_f.bias": [width]}


def llama_shapes(c):
    width, inner = c["hidden_size"], c["intermediate_size"]
    dim = c.get("head_dim") or width // c["num_attention_heads"]
    queries, keys = c["num_attention_heads"] * dim, c["num_key_value_heads"] * dim
    shapes = {"model.embed_tokens.weight": [c["vocab_size"], width]}
    for n in range(c["num_hidden_layers"]):
        layer = f"model.layers.{n}"
        for name, outputs, inputs in [
            ("self_attn.q_proj", queries, width),
            ("self_attn.k_proj", keys, width),
            ("self_attn.v_proj", keys, width),
            ("self_attn.o_proj", width, queries),
            ("mlp.gate_proj", inner, width),
            ("mlp.up_proj", inner, width),
            ("mlp.down_proj", width, inner),
        ]:
            shapes[f"{layer}.{name}.weight"] = [outputs, inputs]
            if c["mlp_bias"]:
                shapes[f"{layer}.{name}.bias"] = [outputs]
        shapes |= {f"{layer}.{name}_layernorm.weight": [width] for name in ["input", "post_attention"]}
    shapes["model.norm.weight"] = [width]
    return shapes if c["tie_word_embeddings"] else shapes | {"lm_head.weight": [c["vocab_size"], width]}


def start(name, shape):
    """Large enough that a matrix in the wrong place or turned shows in the loss."""
    x = torch.randn(shape)
    return 1 + 0.3 * x if re.search(r"(ln_\w|norm)\.weight", name) else 0.3 * x


def store(name, config, shapes, dtype, shards=1, buffers=None):
    directory = RESOURCES / name
    directory.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(len(name))
    tensors = {each: start(each, shape).to(DTYPES[dtype]) for each, shape in shapes.items()}
    stored = list((tensors | (buffers or {})).items())
    if shards == 1:
        write_tensors(directory / "model.safetensors", dict(stored), dtype)
    else:
        map, each = {}, -(-len(stored) // shards)
        for i in range(shards):
            file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
            part = dict(stored[i * each : (i + 1) * each])
            write_tensors(directory / file, part, dtype)
            map |= {tensor: file for tensor in part}
        write_json(directory / "model.safetensors.index.json", {"metadata": {}, "weight_map": map})
    write_json(directory / "config.json", config)
    write_json(directory / "tokenizer.json", tokenizer())
    ids = [[(7 * i * i + 31 * i + 5 * s) % config["vocab_size"] for i in range(CONTEXT)] for s in range(3)]
    numbers = {each: tensor.double() for each, tensor in tensors.items()}
    text = {"text": TEXT, "text-tokens": len(encode(TEXT)), "text-loss": loss(config, numbers, [encode(TEXT)])}
    write_json(directory / "expected.json", {"tokens": ids, "loss": loss(config, numbers, ids), **text})


def write_json(file, value):
    file.write_text(json.dumps(value, ensure_ascii=False) + "\n")


def main():
    gpt2_config = {
        "model_type": "gpt2",
        "vocab_size": len(vocabulary()),
        "n_positions": CONTEXT,
        "n_ctx": CONTEXT,
        "n_embd": 12,
        "n_layer": LAYERS,
        "n_head": 3,
        "n_inner": None,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "attn_pdrop": 0.1,
        "embd_pdrop": 0.1,
        "resid_pdrop": 0.1,
    }
    # As the published files of GPT-2: without a prefix, and with the masks.
    masks = {f"h.{n}.attn.bias": torch.ones(CONTEXT, CONTEXT).tril()[None, None] for n in range(LAYERS)}
    store("gpt2", gpt2_config, gpt2_shapes(gpt2_config), "F32", buffers=masks)

    llama_config = {
        "model_type": "llama",
        "vocab_size": len(vocabulary()),
        "max_position_embeddings": CONTEXT,
        "hidden_size": 16,
        "intermediate_size": 20,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "rope_scaling": None,
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
    }
    store("llama-shards", llama_config, llama_shapes(llama_config), "F32", shards=2)

    changes = {"hidden_size": 12, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8}
    changes |= {"attention_bias": True, "mlp_bias": True, "rope_theta": 500000.0, "tie_word_embeddings": False}
    llama_config |= changes
    store("llama-bf16", llama_config, llama_shapes(llama_config), "BF16")


def check(directory):
    tensors = {}
    for file in directory.glob("*.safetensors"):
        tensors |= read_tensors(file)
    config = json.loads((directory / "config.json").read_text())
    expected = directory / "expected.json"
    ids = json.loads((expected if expected.exists() else RESOURCES / "gpt2" / "expected.json").read_text())["tokens"]
    print(directory, loss(config, tensors, ids), library_loss(directory, ids))


def library_loss(directory, ids):
    try:
        from transformers import AutoModelForCausalLM
    except ImportError:
        return "(transformers is not installed)"
    model = AutoModelForCausalLM.from_pretrained(directory, torch_dtype=torch.float64).eval()
    with torch.no_grad():
        logits = model(input_ids=torch.tensor(ids)).logits
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), torch.tensor(ids)[:, 1:].flatten()).item()


if len(sys.argv) > 1:
    for argument in sys.argv[1:]:
        check(pathlib.Path(argument))
else:
    main()
