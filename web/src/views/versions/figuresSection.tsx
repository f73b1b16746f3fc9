// The figures of a version on some images: headline, confusion matrix, classes, reliability.
import { CellPhotos } from './cellPhotos.js';
import type { ModelVersion } from './classifierPage.js';
import { ClassTable } from './classTable.js';
import { Confusion } from './confusion.js';
import type { Figures } from './figures.js';
import { Headline } from './headline.js';
import type { MeasuredOn } from './predictions.js';
import { Reliability } from './reliability.js';
import { WorstMistakes } from './worstMistakes.js';

export interface Cell {
  readonly label: string;
  readonly predicted: string;
}

export interface FiguresSectionProps {
  readonly version: ModelVersion;
  readonly figures: Figures;
  /** Where the images are; undefined: not on this server. */
  readonly source: MeasuredOn | undefined;
  /** The cell whose images are open. */
  readonly cell: Cell | undefined;
  readonly onCell: (label: string, predicted: string) => void;
  readonly onClose: () => void;
}

export function FiguresSection({ version, figures, source, cell, onCell, onClose }: FiguresSectionProps) {
  return (
    <>
      <section class="card">
        <Headline figures={figures} />
      </section>
      <Confusion figures={figures} onCell={onCell} />
      <div class="columns">
        <ClassTable figures={figures} />
        <Reliability figures={figures} />
      </div>
      <WorstMistakes version={version} source={source} />
      {cell && <CellPhotos version={version} figures={figures} source={source} cell={cell} onClose={onClose} />}
    </>
  );
}
