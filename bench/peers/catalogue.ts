// Who takes part in `npm run bench:peers`, and how each is started. What a peer's settings are and why stands in its own file.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { engineNames, precisionNames } from '../../src/engines/engine.js';
import { allocatorSettings, nodeFlags } from '../../src/processSettings.js';
import type { ServerCommand } from './server.js';

/** What the bench has prepared for everybody: paths of files. */
export interface Materials {
  /** The version of the classifier that everybody serves. */
  readonly version: string;
  /** The ONNX file that Taxon compiled. */
  readonly onnx: string;
  /** Its last layer, labels and temperature as JSON. */
  readonly head: string;
  /** OpenVINO's int8 graph, quantized by NNCF; made when it is first asked for. */
  readonly int8: string;
  /** The version as `taxon export --format keras` writes it; made when it is first asked for. */
  readonly keras: string;
  readonly taxonCache: string;
  readonly taxonData: string;
}

export interface Peer {
  readonly name: string;
  readonly title: string;
  readonly isTaxon: boolean;
  /** Name of its file of Python packages in bench/peers/requirements. */
  readonly requirements?: string;
  /** Files among the materials that it needs beyond the common ones. */
  readonly needs?: 'int8' | 'keras';
  /** Takes part only when it is named by --only: why. */
  readonly onlyByName?: string;
  server(materials: Materials): ServerCommand;
}

/** Folder of everything that is installed or derived; git ignores it. */
export const cacheFolder = resolve('.cache/peers');
const folder = resolve('bench/peers');
export const pythonOf = (requirements: string): string => `${cacheFolder}/${requirements}/bin/python`;

/** The OpenVINO that `taxon engine install openvino` has installed, else the one of the Python peers, where there is one. */
function openvinoEnvironment(): Record<string, string> {
  const ofPeers = `${cacheFolder}/fastapi/lib/python3.11/site-packages/openvino`;
  return existsSync('native/openvino') || !existsSync(ofPeers) ? {} : { OPENVINO_DIR: ofPeers };
}

/** What a server of ours is started with, in this engine and precision. */
export const taxonServer = (
  { taxonData, taxonCache }: Pick<Materials, 'taxonData' | 'taxonCache'>,
  engine: string,
  precision: string,
): ServerCommand => ({
  command: [process.execPath, ...nodeFlags, 'dist/src/main.js'],
  env: {
    ...openvinoEnvironment(),
    ENGINE: engine,
    DEVICE: 'cpu',
    PRECISION: precision,
    DATA_DIR: taxonData,
    CACHE_DIR: taxonCache,
    MODELS_DIR: '',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    RATE_LIMIT: '0',
    // The others refuse nobody, however long the line: on a slow machine 64 images would be more than Taxon promises in time.
    REQUEST_TIMEOUT_MS: '120000',
    ...allocatorSettings,
  },
  path: '/v1/classify',
});

const taxons: Peer[] = engineNames
  .filter((engine) => engine !== 'tfjs')
  .flatMap((engine) => precisionNames.map((precision) => ({ engine, precision })))
  .filter(({ engine, precision }) => engine !== 'onnx' || precision !== 'bf16')
  .map(({ engine, precision }) => ({
    name: `taxon-${engine}-${precision}`,
    title: `Taxon, ${engine} ${precision}`,
    isTaxon: true,
    server: (materials) => taxonServer(materials, engine, precision),
  }));

/** A peer whose file is run by Python, or by the program of its own environment with `args`. */
function python(
  peer: Pick<Peer, 'name' | 'title' | 'needs' | 'onlyByName'> & { readonly requirements: string },
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Peer {
  return {
    ...peer,
    isTaxon: false,
    server: ({ version, onnx, head, int8, keras }) => ({
      command: [pythonOf(peer.requirements), ...args],
      env: {
        PYTHONPATH: folder,
        // Some hosts name a kernel for old releases of OpenBLAS, which slows NumPy down.
        OPENBLAS_CORETYPE: '',
        VERSION: version,
        MODEL: onnx,
        HEAD: head,
        MODEL_INT8: int8,
        KERAS_MODEL: keras,
        ...env,
      },
      path: '/classify',
    }),
  };
}

const fastapi = (precision: 'fp32' | 'bf16' | 'int8'): Peer =>
  python(
    {
      name: `fastapi-openvino-${precision}`,
      title: `FastAPI, OpenVINO ${precision}${precision === 'int8' ? ' (NNCF)' : ''}`,
      requirements: 'fastapi',
      ...(precision === 'int8' && { needs: 'int8' }),
    },
    [`${folder}/fastapi_openvino.py`],
    { PRECISION: precision },
  );

export const peers: readonly Peer[] = [
  ...taxons,
  python({ name: 'fastapi-onnxruntime', title: 'FastAPI, onnxruntime fp32', requirements: 'fastapi' }, [
    `${folder}/fastapi_onnxruntime.py`,
  ]),
  fastapi('fp32'),
  fastapi('bf16'),
  fastapi('int8'),
  python(
    {
      name: 'fastapi-pytorch',
      title: 'FastAPI, PyTorch fp32, compiled',
      requirements: 'torch',
      onlyByName: 'PyTorch of PyPI brings CUDA along, gigabytes of it; --only fastapi-pytorch installs it',
    },
    [`${folder}/fastapi_pytorch.py`],
  ),
  python(
    { name: 'litserve-onnxruntime', title: 'LitServe, onnxruntime fp32, batches of 8', requirements: 'litserve' },
    [`${folder}/litserve_onnxruntime.py`],
  ),
  python({ name: 'bentoml-onnxruntime', title: 'BentoML, onnxruntime fp32', requirements: 'bentoml' }, [
    `${folder}/bentoml_serve.py`,
  ]),
  python(
    {
      name: 'tensorflow-flask',
      title: 'Flask and gunicorn, TensorFlow fp32',
      requirements: 'tensorflow',
      needs: 'keras',
    },
    [`${folder}/tensorflow_serve.py`],
  ),
  {
    name: 'naive',
    title: 'naive Node.js server, onnxruntime fp32',
    isTaxon: false,
    server: ({ onnx, head }) => ({
      command: [process.execPath, 'dist/bench/naiveServer.js', onnx, head],
      env: {},
      path: '/v1/classify',
    }),
  },
];

/** Those whose name is one of `names` or starts with one and a hyphen; without names, those that take part by default. Throws on an unknown name. */
export function choosePeers(names: readonly string[] | undefined): Peer[] {
  if (names === undefined) return peers.filter(({ onlyByName }) => onlyByName === undefined);
  const matches = (peer: Peer, name: string): boolean => peer.name === name || peer.name.startsWith(`${name}-`);
  const unknown = names.find((name) => !peers.some((peer) => matches(peer, name)));
  if (unknown !== undefined)
    throw new Error(`no peer is called ${unknown}; there are ${peers.map(({ name }) => name).join(', ')}`);
  return peers.filter((peer) => names.some((name) => matches(peer, name)));
}
