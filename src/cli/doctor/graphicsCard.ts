// The NVIDIA card and its driver, and whether an engine uses it.
import { existsSync } from 'node:fs';
import type { Config } from '../../config.js';
import { readGraphicsCard, type GraphicsCard } from '../../engines/tfjs/graphicsCard.js';
import { bytesText, ok, problem, warning, type Finding } from './finding.js';

export interface CardFacts {
  /** As nvidia-smi tells it. */
  readonly card: GraphicsCard | undefined;
  /** A card is in the machine or handed to the container, whether its driver answers or not. */
  readonly hasDevice: boolean;
  /** An engine that is installed computes on such cards. */
  readonly hasEngine: boolean;
}

export const lookAtCard = (hasEngine: boolean): CardFacts => ({
  card: readGraphicsCard(),
  hasDevice: existsSync('/dev/nvidiactl') || existsSync('/proc/driver/nvidia/version'),
  hasEngine,
});

export function judgeCard({ card, hasDevice, hasEngine }: CardFacts, { DEVICE }: Pick<Config, 'DEVICE'>): Finding {
  const check = 'GPU';
  if (card === undefined) {
    if (hasDevice)
      return warning(
        check,
        'there is an NVIDIA device, and nvidia-smi does not tell of it',
        'Reinstall the driver, or restart after its update; in a container: --gpus all and NVIDIA_DRIVER_CAPABILITIES=compute,utility (docs/gpu.md).',
      );
    return DEVICE === 'cuda'
      ? problem(
          check,
          'DEVICE=cuda, and there is no NVIDIA card or driver',
          'Install the driver (nvidia-smi must work), in a container start with --gpus all; or unset DEVICE.',
        )
      : ok(check, 'no NVIDIA card or driver: the processor computes');
  }
  const found = `${card.name}, ${bytesText(card.memoryBytes)}, driver ${card.driverVersion}`;
  return hasEngine
    ? ok(check, found)
    : warning(
        check,
        `${found}; no engine is installed that computes on it`,
        "Build TensorFlow's: npm run build:tfjs-native -- --cuda (docs/gpu.md).",
      );
}
