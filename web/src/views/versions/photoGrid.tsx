// Thumbnails of images with a caption each; one opens in full.
import { useState } from 'preact/hooks';
import { Dialog } from '../../components/dialog.js';
import { ServerImage } from '../../components/serverImage.js';
import { strings } from '../../strings/index.js';
import type { Prediction } from './predictions.js';

const texts = strings.versions;

export interface Photo {
  readonly prediction: Pick<Prediction, 'imageId' | 'label' | 'predicted' | 'fileName'>;
  readonly caption: string;
}

const shownAtOnce = 48;

export function PhotoGrid({ dataset, photos }: { dataset: string; photos: readonly Photo[] }) {
  const [limit, setLimit] = useState(shownAtOnce);
  const [open, setOpen] = useState<Photo>();
  return (
    <>
      <ul class="photo-grid">
        {photos.slice(0, limit).map((photo) => {
          const { imageId, label, predicted } = photo.prediction;
          return (
            <li key={imageId}>
              <button
                type="button"
                class="plain"
                aria-label={`${texts.openPhoto(label, predicted ?? texts.unreadable)}, ${photo.caption}`}
                onClick={() => setOpen(photo)}
              >
                <ServerImage dataset={dataset} id={imageId} size="thumbnail" alt={texts.photoOf(label)} />
                <span class="caption">{photo.caption}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {photos.length > limit && (
        <button type="button" onClick={() => setLimit(limit + shownAtOnce)}>
          {texts.more}
        </button>
      )}
      {open && <FullPhoto dataset={dataset} photo={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

const FullPhoto = ({ dataset, photo, onClose }: { dataset: string; photo: Photo; onClose: () => void }) => {
  const { imageId, label, predicted, fileName } = photo.prediction;
  return (
    <Dialog wide title={texts.mixUp(label, predicted ?? texts.unreadable)} onClose={onClose}>
      <div class="full-photo">
        <ServerImage dataset={dataset} id={imageId} size="full" alt={texts.photoOf(label)} />
      </div>
      <p class="muted">
        {fileName} · {photo.caption}
      </p>
    </Dialog>
  );
};
