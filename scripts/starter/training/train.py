#!/usr/bin/env python3
"""Trains the starter's Inception-V3 by distilling a MobileNet-V2; see README.md. Resumes from --out when it holds a checkpoint."""
import argparse, copy, datetime, math, os, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import weights
from nets import InceptionV3, Teacher
from photos import LABELS, Photos, unpack

VIEWS = 8                                                  # different crops of one photo; the teacher sees each once
TEACHER_PX = 224
STAGES = [(0.00, 128), (0.45, 160), (0.80, 208)]           # share of the time from which the student sees this size
PEAK_RATE, DECAY, WARM_UP, TEMPERATURE = 8e-4, 0.03, 150, 2.0
HEADS_ALONE = 120                                          # steps in which only the new heads learn
EMA = 0.998
bf16 = lambda: torch.autocast('cpu', torch.bfloat16)


class Targets:
    """The teacher's embedding of every view drawn so far, kept on disk: a view that comes again costs nothing."""
    def __init__(self, folder, count, teacher):
        self.teacher, path = teacher, os.path.join(folder, 'targets.f16.bin')
        shape = (count, VIEWS, 1280)
        new = not os.path.exists(path)
        self.values = np.memmap(path, np.float16, 'w+' if new else 'r+', shape=shape)
        if new:
            self.values[:, :, 0] = np.nan

    def get(self, ids, numbers, views):
        missing = np.flatnonzero(np.isnan(self.values[ids, numbers, 0]))
        if len(missing):
            x = torch.from_numpy(views[missing]).permute(0, 3, 1, 2).float()
            e = self.teacher(((x - self.teacher.inp['zp']) * self.teacher.inp['sc']).bfloat16())
            self.values[ids[missing], numbers[missing]] = e.half().numpy()
        return torch.from_numpy(self.values[ids, numbers].astype(np.float32))


def colour_jitter(x, amount=0.3):
    """x: float NCHW 0..255. Brightness, contrast and saturation as one colour matrix a picture."""
    n, size = x.shape[0], x.shape[2]
    factor = lambda: 1 + (torch.rand(n, 1, 1) * 2 - 1) * amount
    brightness, contrast, saturation = factor(), factor(), factor()
    grey = torch.tensor([0.299, 0.587, 0.114]).view(1, 1, 3).expand(n, 3, 3)
    matrix = (torch.eye(3).expand(n, 3, 3) * saturation + grey * (1 - saturation)) * contrast * brightness
    mean = x.mean((1, 2, 3)).view(n, 1, 1) * (1 - contrast) * brightness
    out = torch.baddbmm(mean.expand(n, 1, 3), x.permute(0, 2, 3, 1).reshape(n, -1, 3), matrix.transpose(1, 2))
    return out.clamp_(0, 255).reshape(n, size, size, 3).permute(0, 3, 1, 2)


def student_input(views, size, jitter):
    x = torch.from_numpy(views).permute(0, 3, 1, 2).float()
    if size != x.shape[2]:
        x = F.interpolate(x, size=(size, size), mode='bilinear', antialias=True, align_corners=False)
    if jitter:
        x = colour_jitter(x)
        flip = torch.rand(len(x)) < 0.5
        x[flip] = x[flip].flip(3)
    return (x / 127.5 - 1).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def with_norms_at_299(model, photos, count=512):
    """A copy whose batch-norm statistics are those of whole training photos at 299 px, the size it is served at."""
    model = copy.deepcopy(model)
    for c in model.c:
        c.bn.reset_running_stats()
        c.bn.momentum = None
    model.train()
    ids = np.random.default_rng(5).choice(len(photos.items), count, replace=False, p=photos.chance)
    for k in range(0, count, 64):
        with bf16():
            model(student_input(photos.whole(ids[k:k + 64], 299), 299, False))
    return model.eval()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--zips', nargs='+', required=True, help='images144.zip more128.zip')
    ap.add_argument('--clothing', help='folder of class folders of the clothing train split at full size')
    ap.add_argument('--teacher', required=True, help='folder of teacher.json and teacher.f16.bin')
    ap.add_argument('--start', help='folder of the weights to begin with; a random network without it')
    ap.add_argument('--out', required=True)
    ap.add_argument('--minutes', type=float, required=True, help='the learning rate falls to zero over this time')
    ap.add_argument('--batch', type=int, default=64)
    ap.add_argument('--threads', type=int, default=2)
    ap.add_argument('--every', type=float, default=10, help='minutes between checkpoints')
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    log = open(os.path.join(a.out, 'train.log'), 'a', buffering=1)
    def say(text):
        line = datetime.datetime.now().strftime('%H:%M:%S ') + text
        print(line, flush=True)
        log.write(line + '\n')

    torch.set_num_threads(a.threads)
    unpack(a.out, a.zips, a.clothing)
    photos = Photos(a.out)
    teacher = Teacher(a.teacher).eval()
    teacher_kernel, teacher_bias = teacher.head()
    targets = Targets(a.out, len(photos.items), teacher)
    student = (weights.read(a.start) if a.start else InceptionV3()).to(memory_format=torch.channels_last)
    heads = nn.ModuleDict({'embedding': nn.Linear(2048, 1280), 'logits': nn.Linear(2048, teacher_bias.numel()), 'clothing': nn.Linear(2048, len(LABELS))})
    kernels, biases, head_values = [c.conv.weight for c in student.c], [c.bn.bias for c in student.c], list(heads.parameters())
    optimiser = torch.optim.AdamW([{'params': kernels, 'weight_decay': DECAY}, {'params': biases + head_values, 'weight_decay': 0.0}], PEAK_RATE, fused=True)
    state = {'step': 0, 'images': 0, 'seconds': 0.0, 'by_size': {}}
    average = copy.deepcopy(student)
    path = os.path.join(a.out, 'checkpoint.pt')
    if os.path.exists(path):
        saved = torch.load(path, weights_only=False)
        student.load_state_dict(saved['student']); average.load_state_dict(saved['average'])
        heads.load_state_dict(saved['heads']); optimiser.load_state_dict(saved['optimiser'])
        state, mean, deviation = saved['state'], saved['mean'], saved['deviation']
        say(f'goes on at {state}')
    torch.manual_seed(state['step']); rng = np.random.default_rng(state['step'])

    def draw():
        ids, numbers = rng.choice(len(photos.items), a.batch, p=photos.chance), rng.integers(VIEWS, size=a.batch)
        views = photos.views(ids, numbers, TEACHER_PX)
        return ids, views, targets.get(ids, numbers, views)

    if state['step'] == 0:
        sample = torch.cat([draw()[2] for _ in range(8)])
        mean, deviation = sample.mean(0), sample.std(0).clamp_min(0.02)

    def checkpoint():
        began = time.time()
        served = with_norms_at_299(average, photos)
        weights.write(served, os.path.join(a.out, 'weights'))
        torch.save({'student': student.state_dict(), 'average': average.state_dict(), 'heads': heads.state_dict(), 'optimiser': optimiser.state_dict(),
                    'state': state, 'mean': mean, 'deviation': deviation}, path + '.tmp')
        os.replace(path + '.tmp', path)
        say(f'checkpoint after {state["images"]} image-steps took {time.time() - began:.0f} s')

    def rate_at(share):
        return PEAK_RATE * min(1, (state['step'] + 1 - HEADS_ALONE) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6

    sums, count, since = torch.zeros(4), 0, time.time()
    last, previous = time.time(), time.time()
    student.train()
    while state['seconds'] < a.minutes * 60:
        share = state['seconds'] / (a.minutes * 60)
        size = [px for start, px in STAGES if share >= start][-1]
        alone = state['step'] < HEADS_ALONE and a.start is not None
        for group in optimiser.param_groups:
            group['lr'] = 2e-3 if alone else max(rate_at(share), 1e-6)
        ids, views, e = draw()
        label = torch.from_numpy(photos.labels[ids])
        with torch.set_grad_enabled(not alone), bf16():
            z = student(student_input(views, size, True))
        standard = ((e - mean) / deviation).clamp_(-6, 6)
        guess = heads['embedding'](z)
        mse, cosine = F.mse_loss(guess, standard), 1 - F.cosine_similarity(guess, standard).mean()
        teacher_logits = e @ teacher_kernel.T + teacher_bias
        kl = F.kl_div(F.log_softmax(heads['logits'](z) / TEMPERATURE, 1), F.log_softmax(teacher_logits / TEMPERATURE, 1), log_target=True, reduction='batchmean')
        known = label >= 0
        entropy = F.cross_entropy(heads['clothing'](z[known]), label[known], label_smoothing=0.1) if known.any() else z.sum() * 0
        loss = mse + cosine + kl + 0.5 * entropy
        optimiser.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_([p for p in kernels + biases + head_values if p.grad is not None], 5.0)
        if torch.isfinite(norm):
            optimiser.step()
        if state['step'] % 4 == 0:
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(student.parameters()), 1 - EMA ** 4)
        state['step'] += 1; state['images'] += a.batch
        state['by_size'][size] = state['by_size'].get(size, 0) + a.batch
        now = time.time()
        state['seconds'] += now - previous
        previous = now
        sums += torch.stack([mse, cosine, kl, entropy]).detach(); count += 1
        if state['step'] % 25 == 0:
            m = sums / count
            say(f'step {state["step"]} images {state["images"]} px {size} rate {optimiser.param_groups[0]["lr"]:.1e} mse {m[0]:.3f} cosine {m[1]:.3f} kl {m[2]:.3f} clothing {m[3]:.3f} norm {norm:.1f} {count * a.batch / (now - since):.1f} images/s')
            sums.zero_(); count, since = 0, now
        if now - last > a.every * 60:
            checkpoint()
            last = since = time.time()
    say(f'done: {state}')
    checkpoint()


if __name__ == '__main__':
    main()
