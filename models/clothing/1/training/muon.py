"""Muon (Keller Jordan, 2024, https://kellerjordan.github.io/posts/muon/) for the kernels of convolutions that a batch norm follows."""
import torch


@torch.no_grad()
def orthogonalised(gradient, steps=5):
    """The nearest matrix with singular values near 1, by the quintic Newton-Schulz iteration with that post's coefficients, in bfloat16."""
    x = gradient.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = (x.T if tall else x) / (x.norm() + 1e-7)
    for _ in range(steps):
        a = x @ x.T
        x = torch.addmm(x, torch.addmm(a, a, a, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return (x.T if tall else x).float()


class Muon(torch.optim.Optimizer):
    """A batch norm makes the length of a kernel meaningless, so each kernel keeps the length that it had at first and `lr` is
    the length of one step relative to it."""
    def __init__(self, kernels, lr, momentum=0.95):
        super().__init__(kernels, {'lr': lr, 'momentum': momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group['params']:
                state = self.state[p]
                if not state:
                    state['momentum'], state['length'] = torch.zeros_like(p), p.norm()
                state['momentum'].lerp_(p.grad, 1 - group['momentum'])
                update = orthogonalised(p.grad.lerp(state['momentum'], group['momentum']).flatten(1)).view_as(p)
                p.sub_(update, alpha=(group['lr'] * state['length'] / update.norm()).item())
                p.mul_(state['length'] / p.norm())
