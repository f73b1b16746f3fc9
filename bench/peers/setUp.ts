// Everything that the sides need and that is not there yet: Python environments, the compiled model and what is derived from it. Idempotent.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureCompiledBackbone } from '../../src/engines/compileCache.js';
import { loadHead } from '../../src/models/loadHead.js';
import { readVersion } from '../../src/models/versions.js';
import { loadImages } from '../images.js';
import { cacheFolder, pythonOf, type Materials, type Peer } from './catalogue.js';

const run = promisify(execFile);
const version = 'models/clothing/1';
const calibrationImages = 200;

/** The files that everybody needs; those of a single peer are only named here, see prepare. */
export async function prepareMaterials(dataDir: string): Promise<Materials> {
  const taxonCache = join(cacheFolder, 'taxon');
  const { directory, manifest } = await readVersion(version);
  const onnx = await ensureCompiledBackbone(
    { ...manifest.backbone, directory, preprocessing: manifest.preprocessing },
    taxonCache,
  );
  const head = join(cacheFolder, 'head.json');
  const { model } = await loadHead(directory, manifest);
  const layers = model.topology.layers.filter(({ className }) => className !== 'InputLayer');
  if (layers.length !== 1 || layers[0]!.className !== 'Dense')
    throw new Error(`the head of ${version} is not one dense layer, which is all that the peers compute`);
  const weight = (name: string): number[] => [...model.weights.get(`${layers[0]!.name}/${name}`)!.data];
  const { labels, temperature } = manifest;
  await writeFile(head, JSON.stringify({ labels, temperature, kernel: weight('kernel'), bias: weight('bias') }));
  const derived = (ending: string): string => onnx.replace(/^.*\//, `${cacheFolder}/`).replace(/\.onnx$/, ending);
  return {
    version,
    onnx,
    head,
    int8: derived('.nncf.xml'),
    keras: derived('.keras'),
    taxonCache,
    taxonData: dataDir,
  };
}

/** Installs what `peer` needs. Rejects with what pip or the peer's own preparation says. */
export async function prepare(peer: Peer, materials: Materials): Promise<void> {
  if (peer.requirements !== undefined) await installPackages(peer.requirements);
  if (peer.needs === 'int8' && !existsSync(materials.int8)) await quantize(materials);
  if (peer.needs === 'keras' && !existsSync(materials.keras)) await exportKeras(materials);
}

/** A virtual environment of exactly the listed packages; made anew when the list has changed. */
export async function installPackages(requirements: string): Promise<void> {
  const list = `bench/peers/requirements/${requirements}.txt`;
  const folder = join(cacheFolder, requirements);
  const stamp = join(folder, 'installed.sha256');
  const wanted = createHash('sha256')
    .update(await readFile(list))
    .digest('hex');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return;
  console.log(`installing ${list}`);
  const python = process.env['PYTHON'] ?? 'python3';
  await run(python, ['-m', 'venv', folder]);
  await run('nice', ['-n', '10', pythonOf(requirements), '-m', 'pip', 'install', '--quiet', '-r', list], {
    maxBuffer: 1e8,
  });
  await writeFile(stamp, wanted);
}

async function quantize({ onnx, int8, head }: Materials): Promise<void> {
  console.log(`quantizing with NNCF on ${calibrationImages} images`);
  const folder = join(tmpdir(), `taxon-calibration-${process.pid}`);
  await mkdir(folder);
  try {
    const images = await loadImages('../shared/data/clothing/train', calibrationImages, 640, 480);
    for (const [i, image] of images.entries())
      await writeFile(join(folder, `${String(i).padStart(3, '0')}.jpg`), image);
    const env = { ...process.env, HEAD: head, PYTHONPATH: 'bench/peers' };
    await run(pythonOf('fastapi'), ['bench/peers/nncf_quantize.py', onnx, int8, folder], { env, maxBuffer: 1e8 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function exportKeras({ keras }: Materials): Promise<void> {
  const unfinished = keras.replace(/\.keras$/, '.unfinished.keras');
  await rm(unfinished, { force: true });
  await run(process.execPath, [
    'dist/src/cli/main.js',
    'export',
    'clothing',
    '--format',
    'keras',
    '--out',
    unfinished,
    '--models',
    'models',
  ]);
  await rename(unfinished, keras);
}

/** Images of everybody: 640 × 480, about 60 KB each, and two of 12 megapixels. */
export async function loadBenchImages(): Promise<{ readonly small: Buffer[]; readonly large: Buffer[] }> {
  const folder = '../shared/data/clothing/test';
  const isThere = existsSync(folder) && (await readdir(folder)).length > 0;
  if (!isThere) console.log(`${folder} is not here: the images are drawn`);
  return { small: await loadImages(folder, 32, 640, 480), large: await loadImages(folder, 2, 4000, 3000) };
}
