// Metrics of images that are drawn to be kept for review: what became of them in this process, and how many wait.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { CaptureService } from '../serving/captureService.js';

export function watchCaptures(registry: Registry, captures: Pick<CaptureService, 'counts' | 'depth'>): void {
  new Counter({
    name: 'taxon_captures_total',
    help: 'Images of requests that were drawn to be kept, for each classifier: kept; dropped, since too many waited; failed.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries<number>({ ...captures.counts })) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: 'taxon_capture_queue_depth',
    help: 'Images of requests that wait to be written down.',
    registers: [registry],
    collect() {
      this.set(captures.depth);
    },
  });
}
