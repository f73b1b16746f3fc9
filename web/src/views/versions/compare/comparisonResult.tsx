// What a comparison has found: who is better, by how much, in which classes and on which images.
import { formatCount, formatGain } from '../../../format.js';
import { strings } from '../../../strings/index.js';
import { PhotoGrid } from '../photoGrid.js';
import type { Comparison, Pair } from './comparison.js';

const texts = strings.versions;

export interface ComparisonResultProps {
  readonly comparison: Comparison;
  readonly dataset: string;
  readonly a: number;
  readonly b: number;
}

export function ComparisonResult({ comparison, dataset, a, b }: ComparisonResultProps) {
  const { images, bothRight, onlyA, onlyB, bothWrong, gain, gainInterval } = comparison;
  const { low, high } = gainInterval;
  const verdict = low > 0 ? texts.better(b) : high < 0 ? texts.better(a) : texts.draw;
  const parts = [
    { name: texts.bothRight, count: bothRight, kind: 'both' },
    { name: texts.onlyRight(a), count: onlyA.length, kind: 'a' },
    { name: texts.onlyRight(b), count: onlyB.length, kind: 'b' },
    { name: texts.bothWrong, count: bothWrong.length, kind: 'none' },
  ];
  return (
    <>
      <section class="card">
        <p class="verdict" role="status">
          <strong>{verdict}</strong>
        </p>
        <p>{texts.gain(formatCount(images), formatGain(gain), texts.gainBetween(formatGain(low), formatGain(high)))}</p>
        <div class="parts" aria-hidden="true">
          {parts.map(({ kind, count }) => (
            <span key={kind} class={`part-${kind}`} style={{ flexGrow: count }} />
          ))}
        </div>
        <ul class="part-names">
          {parts.map(({ name, kind, count }) => (
            <li key={kind}>
              <span class={`part-${kind}`} aria-hidden="true" /> {name}: <strong>{formatCount(count)}</strong>
            </li>
          ))}
        </ul>
      </section>
      <Classes comparison={comparison} a={a} b={b} />
      <Photos title={texts.onlyRight(a)} pairs={onlyA} dataset={dataset} a={a} b={b} />
      <Photos title={texts.onlyRight(b)} pairs={onlyB} dataset={dataset} a={a} b={b} />
      <Photos title={texts.bothWrong} pairs={bothWrong} dataset={dataset} a={a} b={b} />
    </>
  );
}

const Classes = ({ comparison: { classes }, a, b }: Pick<ComparisonResultProps, 'comparison' | 'a' | 'b'>) => (
  <section class="card">
    <h2>{texts.byClass}</h2>
    <div class="table-frame tall" role="region" aria-label={texts.byClass} tabindex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.classColumns.label}</th>
            <th scope="col" class="number">
              {texts.classColumns.support}
            </th>
            <th scope="col" class="number">
              {texts.right(a)}
            </th>
            <th scope="col" class="number">
              {texts.right(b)}
            </th>
            <th scope="col" class="number">
              {texts.difference}
            </th>
          </tr>
        </thead>
        <tbody>
          {classes.map(({ label, images, aRight, bRight }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td class="number">{images}</td>
              <td class={`number ${aRight > bRight ? 'wins' : ''}`}>{aRight}</td>
              <td class={`number ${bRight > aRight ? 'wins' : ''}`}>{bRight}</td>
              <td class="number">{aRight === bRight ? '' : formatGain((bRight - aRight) / images)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
);

interface PhotosProps {
  readonly title: string;
  readonly pairs: readonly Pair[];
  readonly dataset: string;
  readonly a: number;
  readonly b: number;
}

function Photos({ title, pairs, dataset, a, b }: PhotosProps) {
  if (pairs.length === 0) return null;
  const photos = pairs.map((pair) => ({
    prediction: pair.image,
    caption: `${pair.image.label}: ${texts.saidEach(a, pair.a)}, ${texts.saidEach(b, pair.b)}`,
  }));
  return (
    <section class="card">
      <h2>
        {title} <span class="muted">({formatCount(pairs.length)})</span>
      </h2>
      <PhotoGrid dataset={dataset} photos={photos} />
    </section>
  );
}
