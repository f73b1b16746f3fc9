// Metrics of drift: of active versions, all processes together, as this one judged them last.
import { Gauge, type Registry } from 'prom-client';
import type { DriftReport, DriftService } from '../serving/drift/driftService.js';

const gauges: Readonly<Record<string, readonly [help: string, value: (report: DriftReport) => number | undefined]>> = {
  taxon_drift_images: [
    'Images that the active version answered in the last day and that were compared with those of its training.',
    ({ seen }) => seen?.images,
  ],
  taxon_drift_embeddings: [
    'Population stability index of their embeddings; absent while they are too few.',
    ({ stability }) => stability.embeddings,
  ],
  taxon_drift_classes: [
    'Population stability index of the classes that they are taken for; absent while they are too few.',
    ({ stability }) => stability.classes,
  ],
  taxon_drifted: [
    '1 where the images of the last day are not like those of the training, else 0.',
    ({ state, stability }) => (stability.embeddings === undefined ? undefined : Number(state?.drifted === true)),
  ],
};

export function watchDrift(registry: Registry, drift: Pick<DriftService, 'list'>): void {
  for (const [name, [help, valueOf]] of Object.entries(gauges))
    new Gauge({
      name,
      help,
      labelNames: ['model', 'version'],
      registers: [registry],
      collect() {
        this.reset();
        for (const report of drift.list()) {
          const value = valueOf(report);
          if (value !== undefined) this.set({ model: report.name, version: report.version }, value);
        }
      },
    });
}
