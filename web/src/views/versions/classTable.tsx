// Each class: how much of it is found, and how far its name can be believed.
import { wilsonInterval } from '../../../../src/training/evaluation/proportions.js';
import { formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import type { Figures } from './figures.js';

const texts = strings.versions;

export function ClassTable({ figures: { classes } }: { figures: Figures }) {
  const recall = (hits: number, support: number): number => (support === 0 ? 2 : hits / support);
  const sorted = [...classes].sort((a, b) => recall(a.hits, a.support) - recall(b.hits, b.support));
  return (
    <section class="card">
      <h2>{texts.classesTitle}</h2>
      <p class="muted">{texts.classesHelp}</p>
      <div class="table-frame tall" role="region" aria-label={texts.classesTitle} tabindex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.classColumns.label}</th>
              <th scope="col" class="number">
                {texts.classColumns.support}
              </th>
              <th scope="col" class="number">
                {texts.classColumns.recall}
              </th>
              <th scope="col" class="number">
                {texts.classColumns.precision}
              </th>
              <th scope="col" class="number">
                {texts.classColumns.f1}
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map(({ label, support, predicted, hits, f1 }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="number">{support}</td>
                <td class="number">
                  <Share hits={hits} of={support} />
                </td>
                <td class="number">
                  <Share hits={hits} of={predicted} />
                </td>
                <td class="number">{formatShare(f1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** With its 95 % interval (Wilson); nothing of nothing. */
function Share({ hits, of }: { hits: number; of: number }) {
  if (of === 0) return <>–</>;
  const { low, high } = wilsonInterval(hits, of);
  return (
    <>
      {formatShare(hits / of)}{' '}
      <span class="muted interval">
        ({Math.round(low * 100)} to {Math.round(high * 100)})
      </span>
    </>
  );
}
