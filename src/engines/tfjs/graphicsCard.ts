// What the NVIDIA driver says of the card that TensorFlow uses, and why TensorFlow uses none.
import { spawnSync } from 'node:child_process';
import type { Addon } from './addon.js';

export interface GraphicsCard {
  readonly name: string;
  readonly memoryBytes: number;
  readonly driverVersion: string;
}

/** The card in use, by nvidia-smi; undefined where that program is missing. `visible` is CUDA_VISIBLE_DEVICES. */
export function readGraphicsCard(visible = process.env['CUDA_VISIBLE_DEVICES']): GraphicsCard | undefined {
  const query = ['--query-gpu=index,uuid,name,memory.total,driver_version', '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  return status === 0 ? parseGraphicsCard(stdout, visible) : undefined;
}

/** Of several visible cards the addon uses the last one. */
export function parseGraphicsCard(csv: string, visible: string | undefined): GraphicsCard | undefined {
  const cards = csv
    .trim()
    .split('\n')
    .map((line) => line.split(', '));
  const wanted = visible?.split(',').map((entry) => entry.trim());
  const last = wanted?.at(-1);
  const card =
    last === undefined
      ? cards.at(-1)
      : cards.find(([index, uuid]) => index === last || uuid?.startsWith(last) === true);
  if (card?.length !== 5) return undefined;
  const [, , name, mebibytes, driverVersion] = card as [string, string, string, string, string];
  return { name, memoryBytes: Number(mebibytes) * 2 ** 20, driverVersion };
}

/** Why the addon found no GPU: its build, else TensorFlow's own words, which it writes to the standard error of a second process. */
export function explainMissingGpu({ file, cuda }: Addon): string {
  if (cuda === false)
    return "the native addon was built with TensorFlow's CPU build; build it again with: npm run build:tfjs-native -- --cuda";
  const env = {
    ...process.env,
    TF_CPP_MIN_LOG_LEVEL: '0',
    TF_CPP_MAX_VLOG_LEVEL: '1',
    TF_CPP_VMODULE: 'dso_loader=1,gpu_device=1',
  };
  const { stderr } = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file], {
    encoding: 'utf8',
    env,
    maxBuffer: 2 ** 26,
  });
  return readMissingGpuReason(stderr);
}

/** The reason in TensorFlow's log, as a sentence that names what is missing. */
export function readMissingGpuReason(log: string): string {
  const libraries = [...log.matchAll(/Could not load dynamic library '([^']+)'/g)].map(([, name]) => name!);
  if (libraries.some((name) => name.startsWith('libcuda.so')))
    return 'no NVIDIA driver: libcuda.so.1 cannot be loaded (in a container: start it with --gpus all and the NVIDIA container toolkit)';
  if (libraries.length > 0)
    return `CUDA libraries that TensorFlow needs cannot be loaded: ${[...new Set(libraries)].join(', ')}`;
  const failure = /failed call to cuInit: (.+)/.exec(log)?.[1];
  if (failure !== undefined) return `the NVIDIA driver does not start: ${failure}`;
  return 'TensorFlow found no CUDA device (CUDA_VISIBLE_DEVICES may hide it)';
}
