# One training step of a GPT-2 like decoder, with its gradient and its optimizer, as TorchScript in the form in which
# libtorch reads it from an archive. PyTorchPeer puts a value for each name that begins with a dollar.
#
# w: matrices, n: vectors, in the order of Apportion's ParameterLayout; wm, wv, nm, nv: their moments; ws, ns: steps.
class Step(Module):
  __parameters__ = []
  __buffers__ = []

  def matmul(self: __torch__.Step, x: Tensor, w: Tensor, bias: Optional[Tensor]) -> Tensor:
    return torch.linear(x, w, bias)

  # The same product as a convolution of one pixel, which libtorch gives to oneDNN in 32 bits, too.
  def convolution(self: __torch__.Step, x: Tensor, w: Tensor, bias: Optional[Tensor]) -> Tensor:
    b = torch.size(x, 0)
    t = torch.size(x, 1)
    o = torch.size(w, 0)
    i = torch.size(w, 1)
    image = torch.permute(torch.reshape(x, [1, b * t, 1, i]), [0, 3, 1, 2])
    y = torch.conv2d(image, torch.view(w, [o, i, 1, 1]), bias)
    return torch.view(torch.permute(y, [0, 2, 3, 1]), [b, t, o])

  def attend(self: __torch__.Step, qkv: Tensor) -> Tensor:
    b = torch.size(qkv, 0)
    t = torch.size(qkv, 1)
    q, k, v, = torch.unbind(torch.permute(torch.view(qkv, [b, t, 3, $HEADS, -1]), [2, 0, 3, 1, 4]))
    mixed = torch.scaled_dot_product_attention(q, k, v, None, 0., True)
    return torch.reshape(torch.transpose(mixed, 1, 2), [b, t, -1])

  def loss(self: __torch__.Step, ids: Tensor, w: List[Tensor], n: List[Tensor]) -> Tensor:
    b = torch.size(ids, 0)
    t = torch.size(ids, 1) - 1
    x = torch.add(torch.embedding(w[0], torch.slice(ids, 1, 0, t)), torch.slice(w[1], 0, 0, t))
    c = torch.size(x, 2)
    for layer in range($LAYERS):
      m = 2 + 4 * layer
      s = 8 * layer
      qkv = self.$PRODUCT(torch.layer_norm(x, [c], n[s], n[s + 1], $EPSILON), w[m], n[s + 2])
      mixed = torch.to(self.attend(torch.to(qkv, $ATTENTION)), $PRECISION)
      x = torch.add(x, self.$PRODUCT(mixed, w[m + 1], n[s + 3]))
      hidden = self.$PRODUCT(torch.layer_norm(x, [c], n[s + 4], n[s + 5], $EPSILON), w[m + 2], n[s + 6])
      x = torch.add(x, self.$PRODUCT(torch.gelu(hidden), w[m + 3], n[s + 7]))
    last = torch.layer_norm(x, [c], n[-2], n[-1], $EPSILON)
    logits = torch.view(self.$PRODUCT(last, w[0], None), [b * t, -1])
    return torch.cross_entropy_loss(torch.to(logits, $FLOAT), torch.reshape(torch.slice(ids, 1, 1, t + 1), [b * t]))

  def step(self: __torch__.Step, ids: Tensor,
      w: List[Tensor], wm: List[Tensor], wv: List[Tensor], ws: List[Tensor],
      n: List[Tensor], nm: List[Tensor], nv: List[Tensor], ns: List[Tensor]) -> Tensor:
    w2 = annotate(List[Tensor], [])
    n2 = annotate(List[Tensor], [])
    for x in w:
      w2 = torch.append(w2, torch.to(x, $PRECISION))
    for x in n:
      n2 = torch.append(n2, torch.to(x, $PRECISION))
    loss = self.loss(ids, w2, n2)
    gradients = annotate(List[Tensor], [])
    for x in torch.grad([loss], torch.add(w, n)):
      gradients = torch.append(gradients, unchecked_cast(Tensor, x))
    _0 = torch.set_grad_enabled(False)
    # Clipping rides along in the update, which divides the gradients by this.
    norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(gradients)))
    divisor = torch.clamp(torch.div(norm, $CLIP), 1.)
    torch._foreach_add_(ws, 1.)
    torch._foreach_add_(ns, 1.)
    none = annotate(List[Tensor], [])
    torch._fused_adamw_(w, torch.slice(gradients, 0, torch.len(w)), wm, wv, none, ws, lr=$RATE, beta1=$BETA1, beta2=$BETA2, weight_decay=$DECAY, eps=$TINY, amsgrad=False, maximize=False, grad_scale=divisor)
    torch._fused_adamw_(n, torch.slice(gradients, torch.len(w)), nm, nv, none, ns, lr=$RATE, beta1=$BETA1, beta2=$BETA2, weight_decay=0., eps=$TINY, amsgrad=False, maximize=False, grad_scale=divisor)
    _1 = torch.set_grad_enabled(True)
    return torch.detach(loss)

  def cast(self: __torch__.Step, x: Tensor) -> Tensor:
    return torch.to(x, $PRECISION)

  def product(self: __torch__.Step, x: Tensor, w: Tensor) -> Tensor:
    return self.$PRODUCT(x, w, None)
