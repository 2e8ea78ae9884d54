/**
 * Models as Hugging Face's {@code transformers} stores them, read and written: GPT-2 and LLaMA.
 *
 * <p>A directory holds {@code config.json} and {@code model.safetensors}, or the shards that
 * {@code model.safetensors.index.json} names. Each layout says once what their tensors are to us; reading scatters by
 * it and writing gathers. Shapes are theirs; {@code P} is the width of all queries, {@code K} of all keys, {@code F} of
 * the feed-forward network.
 *
 * <pre>
 * GPT-2 (transformer.)         shape     ours                            how
 * wte.weight                   [V, C]    embedding.token
 * wpe.weight                   [T, C]    embedding.position
 * h.N.ln_1.weight, bias        [C]       block.N.attention.norm.gain, bias
 * h.N.attn.c_attn.weight       [C, 3C]   block.N.attention.qkv.weight    transposed
 * h.N.attn.c_attn.bias         [3C]      block.N.attention.qkv.bias
 * h.N.attn.c_proj.weight       [C, C]    block.N.attention.out.weight    transposed
 * h.N.attn.c_proj.bias         [C]       block.N.attention.out.bias
 * h.N.ln_2.weight, bias        [C]       block.N.feed-forward.norm.gain, bias
 * h.N.mlp.c_fc.weight          [C, F]    block.N.feed-forward.in.weight  transposed
 * h.N.mlp.c_fc.bias            [F]       block.N.feed-forward.in.bias
 * h.N.mlp.c_proj.weight        [F, C]    block.N.feed-forward.out.weight transposed
 * h.N.mlp.c_proj.bias          [C]       block.N.feed-forward.out.bias
 * ln_f.weight, bias            [C]       head.norm.gain, bias
 * lm_head.weight (untied)      [V, C]    head.weight
 *
 * LLaMA (model.)                         shape     ours                            how
 * embed_tokens.weight                    [V, C]    embedding.token
 * layers.N.input_layernorm.weight        [C]       block.N.attention.norm.gain
 * layers.N.self_attn.q_proj.weight       [P, C]    block.N.attention.qkv.weight    first P rows
 * layers.N.self_attn.k_proj.weight       [K, C]    block.N.attention.qkv.weight    next K rows
 * layers.N.self_attn.v_proj.weight       [K, C]    block.N.attention.qkv.weight    last K rows
 * layers.N.self_attn.o_proj.weight       [C, P]    block.N.attention.out.weight
 * layers.N.post_attention_layernorm.weight  [C]    block.N.feed-forward.norm.gain
 * layers.N.mlp.gate_proj.weight          [F, C]    block.N.feed-forward.in.weight  first F rows
 * layers.N.mlp.up_proj.weight            [F, C]    block.N.feed-forward.in.weight  last F rows
 * layers.N.mlp.down_proj.weight          [C, F]    block.N.feed-forward.out.weight
 * norm.weight                            [C]       head.norm.gain
 * lm_head.weight (untied)                [V, C]    head.weight
 * </pre>
 *
 * LLaMA's projections have biases of the same rows where the configuration says so. No rows are permuted: rotary
 * positions pair coordinates {@code i} and {@code i + d/2} on both sides.
 *
 * <p>Dropout is not read, as it is a matter of training. A model of ours without biases is written as GPT-2 with biases
 * of zero, and a weight that several places share once for each; read again, it computes the same.
 *
 * <p>What is read may come from anywhere: every size is checked against the files before memory is taken for it, and no
 * file outside of the directory is opened. Errors are {@link apportion.model.checkpoint.CheckpointError}, which name
 * the file, the key or tensor, what it is and what it must be.
 */
@NullMarked
package apportion.model.huggingface;

import org.jspecify.annotations.NullMarked;
