"""Inception-V3 (Keras applications topology) and the dequantised MobileNet-V2 teacher, in plain torch."""
import json, os
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvBN(nn.Module):
    """Keras conv2d_bn: convolution without bias, BatchNorm with scale fixed at 1 and eps 1e-3, ReLU."""
    def __init__(self, ic, oc, kh, kw, same=True, s=1):
        super().__init__()
        self.conv = nn.Conv2d(ic, oc, (kh, kw), s, ((kh - 1) // 2, (kw - 1) // 2) if same else 0, bias=False)
        self.bn = nn.BatchNorm2d(oc, eps=1e-3, momentum=0.05)
        self.bn.weight.requires_grad_(False)
        nn.init.kaiming_normal_(self.conv.weight, mode='fan_in', nonlinearity='relu')

    def forward(self, x):
        return F.relu_(self.bn(self.conv(x)))


class InceptionV3(nn.Module):
    """self.c holds the 94 ConvBN in the order of Keras' conv2d_bn calls (Keras names conv2d_1 .. conv2d_94)."""
    def __init__(self):
        super().__init__()
        c = []
        add = lambda *a, **k: (c.append(ConvBN(*a, **k)), a[1])[1]
        add(3, 32, 3, 3, same=False, s=2); add(32, 32, 3, 3, same=False); add(32, 64, 3, 3)
        add(64, 80, 1, 1, same=False); add(80, 192, 3, 3, same=False)
        x = 192
        for pf in (32, 64, 64):
            add(x, 64, 1, 1); add(x, 48, 1, 1); add(48, 64, 5, 5)
            add(x, 64, 1, 1); add(64, 96, 3, 3); add(96, 96, 3, 3); add(x, pf, 1, 1)
            x = 64 + 64 + 96 + pf
        add(x, 384, 3, 3, same=False, s=2)
        add(x, 64, 1, 1); add(64, 96, 3, 3); add(96, 96, 3, 3, same=False, s=2)
        x = 768
        for m in (128, 160, 160, 192):
            add(x, 192, 1, 1); add(x, m, 1, 1); add(m, m, 1, 7); add(m, 192, 7, 1)
            add(x, m, 1, 1); add(m, m, 7, 1); add(m, m, 1, 7); add(m, m, 7, 1); add(m, 192, 1, 7); add(x, 192, 1, 1)
        add(x, 192, 1, 1); add(192, 320, 3, 3, same=False, s=2)
        add(x, 192, 1, 1); add(192, 192, 1, 7); add(192, 192, 7, 1); add(192, 192, 3, 3, same=False, s=2)
        x = 1280
        for _ in range(2):
            add(x, 320, 1, 1); add(x, 384, 1, 1); add(384, 384, 1, 3); add(384, 384, 3, 1)
            add(x, 448, 1, 1); add(448, 384, 3, 3); add(384, 384, 1, 3); add(384, 384, 3, 1); add(x, 192, 1, 1)
            x = 2048
        self.c = nn.ModuleList(c)
        assert len(c) == 94

    def forward(self, x):
        it = iter(self.c)
        n = lambda t: next(it)(t)
        mp = lambda t: F.max_pool2d(t, 3, 2)
        ap = lambda t: F.avg_pool2d(t, 3, 1, 1, count_include_pad=False)
        x = n(x); x = n(x); x = n(x); x = mp(x); x = n(x); x = n(x); x = mp(x)
        for _ in range(3):
            a = n(x); b = n(n(x)); c = n(n(n(x))); d = n(ap(x)); x = torch.cat([a, b, c, d], 1)
        a = n(x); b = n(n(n(x))); x = torch.cat([a, b, mp(x)], 1)
        for _ in range(4):
            a = n(x); b = n(n(n(x))); c = n(n(n(n(n(x))))); d = n(ap(x)); x = torch.cat([a, b, c, d], 1)
        a = n(n(x)); b = n(n(n(n(x)))); x = torch.cat([a, b, mp(x)], 1)
        for _ in range(2):
            a = n(x)
            b = n(x); b1 = n(b); b2 = n(b)
            c = n(n(x)); c1 = n(c); c2 = n(c)
            d = n(ap(x)); x = torch.cat([a, b1, b2, c1, c2, d], 1)
        return x.float().mean((2, 3))


class Teacher(nn.Module):
    """MobileNet-V2 1.0/224 (Coral, uint8, Apache-2.0), dequantised to float32; every activation clipped to its quantised range."""
    def __init__(self, folder):
        super().__init__()
        g = json.load(open(os.path.join(folder, 'teacher.json')))
        w = torch.from_numpy(np.fromfile(os.path.join(folder, 'teacher.f16.bin'), '<f2').astype(np.float32))
        self.g, self.inp = g, g['in']
        self.p = nn.ParameterDict()
        get = lambda r: w[r['offset']:r['offset'] + r['n']].reshape(r['shape']).clone()
        for k, o in enumerate(g['ops']):
            if o['code'] in (3, 4):
                t = get(o['w'])
                t = t.permute(0, 3, 1, 2) if o['code'] == 3 else t.permute(3, 0, 1, 2)
                self.p[f'w{k}'] = nn.Parameter(t.contiguous(memory_format=torch.channels_last), requires_grad=False)
                self.p[f'b{k}'] = nn.Parameter(get(o['b']), requires_grad=False)

    def head(self):
        k = max(i for i, o in enumerate(self.g['ops']) if o['code'] == 3)
        return self.p[f'w{k}'][:, :, 0, 0], self.p[f'b{k}']

    @torch.no_grad()
    def forward(self, x):  # -> embedding [N,1280]
        T = {self.g['inp']: x.contiguous(memory_format=torch.channels_last)}
        for k, o in enumerate(self.g['ops']):
            X = T[o['I'][0]]
            if o['code'] in (3, 4):
                w, b = self.p[f'w{k}'], self.p[f'b{k}']
                if w.shape[2] == 3:
                    X = F.pad(X, (0, 1, 0, 1) if o['st'] == 2 else (1, 1, 1, 1))
                y = F.conv2d(X, w.to(X.dtype), b.to(X.dtype), o['st'], groups=w.shape[0] if o['code'] == 4 else 1)
            elif o['code'] == 0:
                y = X + T[o['I'][1]]
            elif o['code'] == 1:
                return X.float().mean((2, 3))
            y.clamp_((0 - o['zp']) * o['sc'], (255 - o['zp']) * o['sc'])
            T[o['O']] = y
