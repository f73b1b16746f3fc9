// One class: its photos, and every way to give it more.
import { useEffect, useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { ClassPhotos } from './classPhotos.js';
import { useDropTarget } from './dropTarget.js';
import { FileButton } from './fileButton.js';
import { Shutter } from './shutter.js';
import { useUploadQueue, type Refused } from './uploadQueue.js';

const texts = strings.teach;

export interface ClassCardProps {
  readonly dataset: string;
  readonly label: string;
  /** Images of it on the server. */
  readonly total: number;
  /** Its images are other ones now. */
  readonly onChange: () => void;
  /** It begins or ends to send images. */
  readonly onBusy: (label: string, isBusy: boolean) => void;
  readonly isCameraOpen: boolean;
  readonly onCamera: (isOpen: boolean) => void;
}

export function ClassCard(props: ClassCardProps) {
  const { dataset, label, total, onChange, onBusy, isCameraOpen, onCamera } = props;
  /** Of this visit, the newest last. */
  const [added, setAdded] = useState<readonly number[]>([]);
  const queue = useUploadQueue(dataset, label, (ids) => {
    setAdded((before) => [...before, ...ids]);
    onChange();
  });
  const isBusy = queue.waiting > 0;
  useEffect(() => onBusy(label, isBusy), [isBusy]);
  const { over, on } = useDropTarget(queue.add);
  return (
    <section class={over ? 'card class-card class-card-over' : 'card class-card'} aria-label={label} {...on}>
      <header class="class-head">
        <h3>{label}</h3>
        <span class="muted" role="status">
          {isBusy ? texts.sending(queue.waiting) : texts.photos(total)}
        </span>
      </header>
      {total > 0 ? (
        <ClassPhotos dataset={dataset} label={label} total={total} added={added} onChange={onChange} />
      ) : (
        <p class="class-drop muted">{texts.dropHere(label)}</p>
      )}
      {isCameraOpen && <Shutter label={label} onShot={(file) => queue.add([file])} />}
      <div class="row">
        <FileButton text={texts.choosePhotos} label={label} onFiles={queue.add} />
        <FileButton text={texts.chooseFolder} label={label} isFolder onFiles={queue.add} />
        <button
          type="button"
          aria-expanded={isCameraOpen}
          aria-label={`${isCameraOpen ? texts.closeCamera : texts.camera}: ${label}`}
          onClick={() => onCamera(!isCameraOpen)}
        >
          {isCameraOpen ? texts.closeCamera : texts.camera}
        </button>
      </div>
      <RefusedFiles files={queue.refused} />
    </section>
  );
}

function RefusedFiles({ files }: { files: readonly Refused[] }) {
  if (files.length === 0) return null;
  return (
    <details class="note note-warn">
      <summary>{texts.notAdded(files.length)}</summary>
      <ul>
        {files.map(({ name, reason }, at) => (
          <li key={at}>{texts.refused(name, reason)}</li>
        ))}
      </ul>
    </details>
  );
}
