// The photo, large, or the invitation to bring one: chosen, dropped, pasted or taken.
import { useState } from 'preact/hooks';
import { useCamera } from '../../camera.js';
import { Dialog } from '../../components/dialog.js';
import { Viewfinder } from '../../components/viewfinder.js';
import { useFileIntake } from '../../fileIntake.js';
import { strings } from '../../strings/index.js';
import type { Explanation } from './explanation.js';
import { HeatMap } from './heatMap.js';
import type { Photo } from './photo.js';

const texts = strings.try;

export interface StageProps {
  readonly photo: Photo | undefined;
  readonly onFile: (file: File) => void;
  /** To be laid over the photo. */
  readonly explanation: Explanation | undefined;
}

export function Stage({ photo, onFile, explanation }: StageProps) {
  const [isCameraOpen, setIsCameraOpen] = useState(false);
  const isOver = useFileIntake(([first]) => onFile(first!));
  return (
    <section class={`stage ${isOver ? 'stage-over' : ''}`} aria-label={texts.title}>
      {photo ? <Shown key={photo.url} photo={photo} explanation={explanation} /> : <Invitation />}
      {isOver && <p class="stage-veil">{texts.dropHere}</p>}
      <div class="row stage-buttons">
        <label class={`button ${photo ? '' : 'primary'}`}>
          {photo ? texts.another : texts.choose}
          <input
            class="visually-hidden"
            type="file"
            accept="image/*"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file) onFile(file);
              currentTarget.value = '';
            }}
          />
        </label>
        <button type="button" onClick={() => setIsCameraOpen(true)}>
          {texts.camera}
        </button>
      </div>
      {isCameraOpen && (
        <CameraDialog
          onClose={() => setIsCameraOpen(false)}
          onFile={(file) => {
            setIsCameraOpen(false);
            onFile(file);
          }}
        />
      )}
    </section>
  );
}

const Invitation = () => (
  <div class="invitation">
    <svg viewBox="0 0 64 64" width="72" height="72" aria-hidden="true">
      <rect x="6" y="12" width="52" height="40" rx="6" />
      <circle cx="22" cy="26" r="5" />
      <path d="M8 46 24 34l10 8 12-14 12 12" />
    </svg>
    <p>{texts.drop}</p>
  </div>
);

function Shown({ photo, explanation }: { photo: Photo; explanation: Explanation | undefined }) {
  const [isReadable, setIsReadable] = useState(true);
  if (!isReadable) return <p class="invitation">{texts.notShown(photo.file.name)}</p>;
  return (
    <div class="shown">
      <img src={photo.url} alt={texts.photoOf(photo.file.name)} onError={() => setIsReadable(false)} />
      {explanation && <HeatMap explanation={explanation} />}
    </div>
  );
}

function CameraDialog({ onFile, onClose }: { onFile: (file: File) => void; onClose: () => void }) {
  const camera = useCamera();
  const shoot = async (): Promise<void> => onFile(await camera.shoot('camera.jpg'));
  return (
    <Dialog title={texts.cameraTitle} onClose={onClose}>
      <Viewfinder camera={camera}>
        <button type="button" class="primary" onClick={() => void shoot()}>
          {texts.shoot}
        </button>
      </Viewfinder>
    </Dialog>
  );
}
