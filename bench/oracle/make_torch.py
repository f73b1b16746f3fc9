"""Exports networks of torchvision and timm to ONNX as PyTorch does today and as it did before, and writes down what PyTorch computes with them.

usage: python make_torch.py OUT [case ...]      needs: pip install torch torchvision timm onnx onnxscript numpy

OUT/<case>/ gets model.onnx (dynamo, the batch of the example), old.onnx (TorchScript, an open batch) where the case has it, pixels.u8
(2 images) and expected.json, as make_imports.py writes them. Weights are random, batch-norm statistics those of some images, moved.
bench/imports.ts imports them and compares.
"""
import json
import os
import sys
import time

import numpy as np
import torch

IMAGES = 2
CLASSES = 10
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def torchvision(name, size=224, **options):
    def build():
        import torchvision.models

        return torchvision.models.get_model(name, weights=None, num_classes=CLASSES, **options), size, MEAN, DEVIATION

    return build


def timm(name):
    def build():
        import timm as library

        model = library.create_model(name, pretrained=False, num_classes=CLASSES)
        config = model.pretrained_cfg
        return model, config["input_size"][-1], config["mean"], config["std"]

    return build


# case: constructor, and whether the old exporter is tried too
CASES = {
    "torchvision-resnet18": (torchvision("resnet18"), True),
    "torchvision-mobilenet-v3-large": (torchvision("mobilenet_v3_large"), True),
    "torchvision-efficientnet-b0": (torchvision("efficientnet_b0"), True),
    "torchvision-shufflenet-v2": (torchvision("shufflenet_v2_x0_5"), True),
    "torchvision-alexnet": (torchvision("alexnet"), True),
    "torchvision-vgg11-bn": (torchvision("vgg11_bn"), False),
    "torchvision-squeezenet": (torchvision("squeezenet1_1"), True),
    "torchvision-densenet121": (torchvision("densenet121"), False),
    "torchvision-googlenet": (torchvision("googlenet", aux_logits=False, init_weights=False), False),
    "torchvision-inception-v3": (torchvision("inception_v3", 299, aux_logits=False, init_weights=False), True),
    "torchvision-inception-v3-turned": (torchvision("inception_v3", 299, aux_logits=False, init_weights=False, transform_input=True), False),
    "torchvision-mnasnet": (torchvision("mnasnet0_5"), False),
    "torchvision-regnet": (torchvision("regnet_y_400mf"), False),
    "torchvision-convnext-tiny": (torchvision("convnext_tiny"), False),
    "torchvision-vit-b-16": (torchvision("vit_b_16"), False),
    "torchvision-swin-t": (torchvision("swin_t"), False),
    "torchvision-maxvit-t": (torchvision("maxvit_t"), False),
    "timm-vit-tiny": (timm("vit_tiny_patch16_224"), True),
    "timm-deit-tiny-distilled": (timm("deit_tiny_distilled_patch16_224"), False),
    "timm-levit-128s": (timm("levit_128s"), False),
    "timm-mobilevit-xxs": (timm("mobilevit_xxs"), False),
    "timm-convnextv2-atto": (timm("convnextv2_atto"), False),
    "timm-mobilenetv4-small": (timm("mobilenetv4_conv_small"), False),
    "timm-efficientformerv2-s0": (timm("efficientformerv2_s0"), False),
    "timm-mixer-s32": (timm("mixer_s32_224"), False),
    "timm-nfnet-f0-light": (timm("nf_regnet_b0"), False),
}


def images(count, size, random):
    """Smooth colour fields with some noise, as make_models.py draws them."""
    coarse = random.uniform(0, 255, (count, 8, 8, 3))
    smooth = coarse.repeat(size // 8 + 1, 1).repeat(size // 8 + 1, 2)[:, :size, :size]
    return np.clip(smooth + random.normal(0, 20, smooth.shape), 0, 255).astype(np.uint8)


def prepare(pixels, mean, deviation):
    x = (pixels.astype(np.float32) / 255 - np.array(mean, np.float32)) / np.array(deviation, np.float32)
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2), dtype=np.float32))


def randomise(model, x):
    """Batch-norm statistics as after training on `x`, then moved: nothing may pass for the identity."""
    norms = [module for module in model.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    model.eval()
    for module in norms:
        module.train()
        module.momentum = None
    with torch.no_grad():
        model(x)
        for module in norms:
            module.eval()
            module.running_mean += 0.1 * module.running_var.sqrt() * torch.randn_like(module.running_mean)
            module.running_var *= torch.empty_like(module.running_var).uniform_(0.9, 1.1)
            if module.weight is not None:
                module.weight *= torch.empty_like(module.weight).uniform_(0.9, 1.1)
                module.bias += 0.1 * torch.randn_like(module.bias)
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "layer_scale" in name or "pos_embed" in name or "pos_embedding" in name:
                parameter += 0.1 * torch.randn_like(parameter)


def spread(model, x):
    """Logits a few units apart: with all probabilities equal nothing would be compared."""
    with torch.no_grad():
        layers = [module for module in model.modules() if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d))]
        heads = [layer for layer in layers if layer.weight.shape[0] == CLASSES]
        deviation = model(x).std()
        for layer in heads:
            layer.weight *= 2 / deviation


def build(case, out):
    constructor, old = CASES[case]
    folder = os.path.join(out, case)
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(7)
    random = np.random.default_rng(7)
    model, size, mean, deviation = constructor()
    x = prepare(images(6, size, random), mean, deviation)
    randomise(model, x)
    spread(model, x)
    pixels = images(IMAGES, size, random)
    with torch.no_grad():
        inputs = prepare(pixels, mean, deviation)
        probabilities = torch.softmax(model(inputs).double(), -1).numpy()
    files = ["model.onnx"]
    torch.onnx.export(model, (inputs[:1],), os.path.join(folder, "model.onnx"), dynamo=True, verbose=False, external_data=False)
    if old:
        files.append("old.onnx")
        torch.onnx.export(model, (inputs[:1],), os.path.join(folder, "old.onnx"), dynamo=False, input_names=["image"], dynamic_axes={"image": {0: "n"}})
    pixels.tofile(os.path.join(folder, "pixels.u8"))
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump({"files": files, "size": size, "preprocess": None, "mean": list(mean), "std": list(deviation), "images": IMAGES,
                   "probabilities": probabilities.ravel().tolist()}, file)
    return probabilities


if __name__ == "__main__":
    for wanted in sys.argv[2:] or CASES:
        began = time.time()
        try:
            found = build(wanted, sys.argv[1])
            print(wanted, f"{time.time() - began:.0f} s", found[0].round(3).tolist(), flush=True)
        except Exception as error:  # one network that this PyTorch cannot export must not hide the others
            print(wanted, "was not exported:", type(error).__name__, str(error)[:300], flush=True)
