// One photo in full size; a number labels it and shows the next.
import { useEffect } from 'preact/hooks';
import { percent } from '../../components/bars.js';
import { Dialog } from '../../components/dialog.js';
import { preloadServerImage, ServerImage } from '../../components/serverImage.js';
import { useKeys } from '../../keys.js';
import { strings } from '../../strings/index.js';
import { LabelButtons } from '../../components/labelButtons.js';
import { labelOfKey } from '../../labels.js';
import { AttributionLine } from './attributionLine.js';
import type { ShownPhoto } from './photos/stacks.js';

const texts = strings.datasets;

export interface PhotoViewerProps {
  readonly dataset: string;
  readonly photos: readonly ShownPhoto[];
  /** Of all, with those that have yet to be loaded. */
  readonly count: number;
  readonly index: number;
  readonly labels: readonly string[];
  /** A photo may have several: it stays in sight when it has got one. */
  readonly severalLabels: boolean;
  readonly onIndex: (index: number) => void;
  readonly onLabel: (photo: ShownPhoto, label: string) => void;
  readonly onOther: (photo: ShownPhoto) => void;
  readonly onDelete: (photo: ShownPhoto) => void;
  readonly onUndo: () => void;
  readonly onClose: () => void;
}

export function PhotoViewer(props: PhotoViewerProps) {
  const { dataset, photos, count, index, labels, severalLabels, onIndex, onLabel, onOther, onDelete, onUndo, onClose } =
    props;
  const photo = photos[index];
  const following = photos[index + 1];
  useEffect(() => following && preloadServerImage(dataset, following.id, 'full'), [dataset, following?.id]);
  const step = (by: number): void => onIndex(Math.min(photos.length - 1, Math.max(0, index + by)));
  const labelIt = (labelled: ShownPhoto, label: string): void => {
    onLabel(labelled, label);
    if (!severalLabels) step(1);
  };
  useKeys((event) => {
    const label = labelOfKey(event.key, labels);
    if (photo === undefined) return false;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z') onUndo();
    else if (event.ctrlKey || event.metaKey) return false;
    else if (label !== undefined) labelIt(photo, label);
    else if (event.key === 'ArrowRight') step(1);
    else if (event.key === 'ArrowLeft') step(-1);
    else if (event.key.toLowerCase() === 'l') onOther(photo);
    else if (event.key === 'Delete') onDelete(photo);
    else return false;
    return true;
  }, 1);
  if (photo === undefined) return null;

  return (
    <Dialog title={texts.viewer(index + 1, count)} onClose={onClose} wide>
      <div class="photo-viewer">
        <div class="photo-large">
          <ServerImage
            dataset={dataset}
            id={photo.id}
            size="full"
            alt={texts.cell(photo.labels.join(', ') || texts.noLabels, '', photo.fileName ?? '')}
          />
        </div>
        <p role="status">
          <Labels labels={photo.labels} /> <span class="badge">{texts.splits[photo.split]}</span>{' '}
          {photo.predicted && (
            <span class="badge badge-warn">
              {texts.says(photo.predicted.label, percent(photo.predicted.probability))}
            </span>
          )}{' '}
          {photo.stack && <span class="badge">{texts.stack(photo.stack.count, photo.stack.isOpen)}</span>}{' '}
          <span class="muted">{photo.fileName}</span>
        </p>
        {photo.attribution && <AttributionLine attribution={photo.attribution} />}
        <LabelButtons
          labels={labels}
          {...(severalLabels && { pressed: photo.labels })}
          onLabel={(label) => labelIt(photo, label)}
          onOther={() => onOther(photo)}
        />
        <div class="row">
          <button type="button" onClick={() => step(-1)} disabled={index === 0}>
            {texts.previous}
          </button>
          <button type="button" onClick={() => step(1)} disabled={index === photos.length - 1}>
            {texts.next}
          </button>
          <button type="button" class="danger" onClick={() => onDelete(photo)}>
            {texts.delete}
          </button>
          <button type="button" class="plain" onClick={onUndo}>
            {texts.undo}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

const Labels = ({ labels }: { labels: readonly string[] }) =>
  labels.length === 0 ? (
    <span class="muted">{texts.noLabels}</span>
  ) : (
    <>
      {labels.map((label) => (
        <span key={label} class="badge badge-good">
          {label}
        </span>
      ))}
    </>
  );
