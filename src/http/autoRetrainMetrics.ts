// Metrics of classifiers that are trained again by themselves: what this process decided, and what waits to be learnt.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { AutoRetrainService } from '../training/autoRetrain/autoRetrainService.js';

export function watchAutoRetrains(
  registry: Registry,
  autoRetrain: Pick<AutoRetrainService, 'onDecision' | 'states'>,
): void {
  const decisions = new Counter({
    name: 'taxon_auto_retrain_decisions_total',
    help: 'Steps of classifiers that are trained again by themselves, as this process took them.',
    labelNames: ['model', 'decision'],
    registers: [registry],
  });
  autoRetrain.onDecision(({ classifier }, { kind }) => decisions.inc({ model: classifier, decision: kind }));
  new Gauge({
    name: 'taxon_auto_retrain_changes',
    help: 'Images that changed since the last training of a classifier that is trained again by itself.',
    labelNames: ['model'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { classifier, changes } of autoRetrain.states) this.set({ model: classifier }, changes);
    },
  });
}
