// Metrics of the server as a whole: is it ready, how long may an answer take, how much room is left on its disks.
import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Gauge, type Registry } from 'prom-client';

export interface ServerSources {
  /** See HealthDeps. */
  readonly whyNotReady: () => string | undefined;
  /** Deadline of a classification. */
  readonly requestTimeoutMs: number;
  /** Directories whose file systems are shown, by the name that the series has. */
  readonly directories: Readonly<Record<string, string>>;
}

/** Called once, when the parts are there. */
export function watchServer(registry: Registry, { whyNotReady, requestTimeoutMs, directories }: ServerSources): void {
  new Gauge({
    name: 'taxon_ready',
    help: '1 while /health/ready answers 200, else 0.',
    registers: [registry],
    collect() {
      this.set(whyNotReady() === undefined ? 1 : 0);
    },
  });
  new Gauge({
    name: 'taxon_request_timeout_seconds',
    help: 'Deadline of a classification (REQUEST_TIMEOUT_MS).',
    registers: [registry],
  }).set(requestTimeoutMs / 1000);
  watchDisks(registry, directories);
}

function watchDisks(registry: Registry, directories: ServerSources['directories']): void {
  addDiskGauge(registry, directories, {
    name: 'taxon_disk_size_bytes',
    help: 'Size of the file system that holds a directory of the server.',
    bytesOf: ({ blocks, bsize }) => blocks * bsize,
  });
  addDiskGauge(registry, directories, {
    name: 'taxon_disk_available_bytes',
    help: 'Room for the server on the file system that holds a directory of it.',
    bytesOf: ({ bavail, bsize }) => bavail * bsize,
  });
}

interface DiskGauge {
  readonly name: string;
  readonly help: string;
  readonly bytesOf: (disk: StatsFs) => number;
}

/** Of a directory that is not made yet, the file system where it will be; undefined: it is gone with the folder it was in. */
export const measureDisk = (path: string): Promise<StatsFs | undefined> =>
  statfs(path).catch(() => statfs(dirname(resolve(path))).catch(() => undefined));

function addDiskGauge(
  registry: Registry,
  directories: ServerSources['directories'],
  { name, help, bytesOf }: DiskGauge,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['directory'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const [directory, path] of Object.entries(directories)) {
        const disk = await measureDisk(path);
        if (disk !== undefined) this.set({ directory }, bytesOf(disk));
      }
    },
  });
}
