"""The training photos: unpacked once into one memory-mapped array, then drawn as random views.

Sources, all optional but one: the zips of WebP photos named NNNNN_<source>_<label or none>.webp, and a folder of
class folders with the clothing photos at full size, which replace those of the zip.
"""
import io, json, math, os, zipfile
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from PIL import Image, ImageOps

LABELS = ['dress', 'hat', 'longsleeve', 'outwear', 'pants', 'shirt', 'shoes', 'shorts', 'skirt', 't-shirt']
SIDE = 256  # of the unpacked photos
# How often one photo of a source is drawn, relative to the others. Clothing is what the bundled head classifies;
# the sample of ImageNet has the widest choice of subjects; the scenes are many and alike.
SOURCE_WEIGHT = {'clothing': 2.0, 'imagenet-sample': 2.0, 'dogcat': 1.0, 'grocery': 0.7,
                 'intel': 0.4, 'food101': 0.5, 'trashnet': 0.5, 'bsds': 1.0, 'coco': 1.0}


def list_zip(path):
    for name in sorted(n for n in zipfile.ZipFile(path).namelist() if n.endswith('.webp')):
        _, source, label = os.path.basename(name)[:-5].split('_', 2)
        yield {'source': source, 'label': label if label in LABELS else None, 'zip': path, 'name': name}


def list_folder(path):
    for label in LABELS:
        for name in sorted(os.listdir(os.path.join(path, label))):
            yield {'source': 'clothing', 'label': label, 'file': os.path.join(path, label, name)}


def unpack(folder, zips, clothing=None):
    """Writes photos.bin (uint8 [N, SIDE, SIDE, 3]) and photos.json into `folder`, unless they are there."""
    listing = os.path.join(folder, 'photos.json')
    if os.path.exists(listing):
        return
    items = [i for z in zips for i in list_zip(z) if not (clothing and i['source'] == 'clothing')]
    items += list_folder(clothing) if clothing else []
    archives = {z: zipfile.ZipFile(z) for z in zips}
    out = np.memmap(os.path.join(folder, 'photos.bin'), np.uint8, 'w+', shape=(len(items), SIDE, SIDE, 3))
    for k, item in enumerate(items):
        data = io.BytesIO(archives[item['zip']].read(item['name'])) if 'zip' in item else item['file']
        picture = ImageOps.exif_transpose(Image.open(data)).convert('RGB')
        out[k] = np.asarray(picture.resize((SIDE, SIDE), Image.BICUBIC))
    out.flush()
    with open(listing + '.tmp', 'w') as f:
        json.dump([[i['source'], i['label']] for i in items], f)
    os.replace(listing + '.tmp', listing)


class Photos:
    def __init__(self, folder):
        self.items = json.load(open(os.path.join(folder, 'photos.json')))
        self.pixels = np.memmap(os.path.join(folder, 'photos.bin'), np.uint8, 'r').reshape(-1, SIDE, SIDE, 3)
        self.labels = np.array([LABELS.index(label) if label else -1 for _, label in self.items])
        weight = np.array([SOURCE_WEIGHT[source] for source, _ in self.items])
        self.chance = weight / weight.sum()
        self.pool = ThreadPoolExecutor(2)

    def views(self, ids, numbers, size):
        """uint8 [N, size, size, 3]: view `number` of photo `id` is the same crop every time; number 0 is the whole photo."""
        return np.stack(list(self.pool.map(lambda t: crop(self.pixels[t[0]], t, size), zip(ids, numbers))))

    def whole(self, ids, size):
        """uint8 [N, size, size, 3]: whole photos."""
        return self.views(ids, [0] * len(ids), size)


def crop(picture, seed, size):
    """A crop of 25 to 100 % of the area with sides 3:4 to 4:3, at size x size; `seed` is the photo and the number of its view."""
    side = picture.shape[0]
    x, y, w, h = 0, 0, side, side
    rng = np.random.default_rng(seed)
    while seed[1]:
        area, ratio = rng.uniform(0.25, 1.0) * side * side, math.exp(rng.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = math.sqrt(area * ratio), math.sqrt(area / ratio)
        if w <= side and h <= side:
            x, y = rng.uniform(0, side - w), rng.uniform(0, side - h)
            break
    return np.asarray(Image.fromarray(picture).resize((size, size), Image.BILINEAR, box=(x, y, x + w, y + h)))
