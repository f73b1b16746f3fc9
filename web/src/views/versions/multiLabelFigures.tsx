// The figures of a version that says any number of labels of a photo.
import type { components } from 'taxon-client';
import { formatCount, formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import type { ModelVersion } from './classifierPage.js';
import type { MeasuredOn } from './predictions.js';
import { WorstMistakes } from './worstMistakes.js';

const texts = strings.versions;

type Figures = components['schemas']['MultiLabelFigures'];

export interface MultiLabelFiguresProps {
  readonly version: ModelVersion;
  readonly figures: Figures;
  /** Where the photos are; undefined: not on this server. */
  readonly source: MeasuredOn | undefined;
}

export const MultiLabelFigures = ({ version, figures, source }: MultiLabelFiguresProps) => (
  <>
    <section class="card">
      <MultiLabelHeadline figures={figures} />
    </section>
    <MultiLabelClasses figures={figures} />
    <WorstMistakes version={version} source={source} />
  </>
);

function MultiLabelHeadline({ figures }: { figures: Figures }) {
  const { meanAveragePrecision, meanAveragePrecisionInterval: interval, images, exactMatch, microF1 } = figures;
  return (
    <div>
      <p class="headline">
        <strong>{formatShare(meanAveragePrecision)}</strong>{' '}
        <span>
          {texts.meanPrecision(
            formatCount(images),
            texts.between(formatShare(interval.low), formatShare(interval.high)),
          )}
        </span>
      </p>
      <p class="muted">{texts.exactMatch(formatShare(exactMatch), formatShare(microF1))}</p>
    </div>
  );
}

function MultiLabelClasses({ figures: { classes } }: { figures: Figures }) {
  const columns = texts.multiLabelColumns;
  const sorted = [...classes].sort((a, b) => (a.averagePrecision ?? 2) - (b.averagePrecision ?? 2));
  return (
    <section class="card">
      <h2>{texts.classesTitle}</h2>
      <p class="muted">{texts.multiLabelClassesHelp}</p>
      <div class="table-frame tall" role="region" aria-label={texts.classesTitle} tabindex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{columns.label}</th>
              {[columns.support, columns.average, columns.recall, columns.precision, columns.threshold].map((title) => (
                <th key={title} scope="col" class="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map(({ label, support, averagePrecision, recall, precision, threshold }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="number">{support}</td>
                <td class="number">{averagePrecision === null ? '–' : formatShare(averagePrecision)}</td>
                <td class="number">{formatShare(recall)}</td>
                <td class="number">{formatShare(precision)}</td>
                <td class="number">{formatShare(threshold)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
