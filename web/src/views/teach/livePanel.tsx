// What the classifier says now, of what the camera sees or of a photo.
import { useEffect, useState } from 'preact/hooks';
import type { Classification } from 'taxon-client';
import { useCamera } from '../../camera.js';
import { Bars } from '../../components/bars.js';
import { ProblemNote } from '../../components/problem.js';
import { Viewfinder } from '../../components/viewfinder.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { useDropTarget } from './dropTarget.js';
import { FileButton } from './fileButton.js';

const texts = strings.teach;

/** Between an answer and the next photo of the camera. */
const pauseMs = 250;

/** Of what is sent while the camera runs, in pixels: enough for a backbone that looks at 299 × 299. */
const shortSide = 320;

export interface LivePanelProps {
  readonly model: string;
  readonly answers: boolean;
  /** Another one than answers now; undefined: what everybody gets. */
  readonly version: number | undefined;
  /** Changes with what it was taught. */
  readonly lesson: number;
  readonly isCameraOpen: boolean;
  readonly onCamera: (isOpen: boolean) => void;
}

export function LivePanel({ model, answers, version, lesson, isCameraOpen, onCamera }: LivePanelProps) {
  const [file, setFile] = useState<File>();
  const take = ([first]: readonly File[]): void => {
    if (first === undefined) return;
    onCamera(false);
    setFile(first);
  };
  const { over, on } = useDropTarget(take);
  return (
    <section class={over ? 'card class-card-over' : 'card'} {...on}>
      <h2>{texts.steps.live}</h2>
      {!answers ? (
        <p class="muted">{texts.liveEmpty}</p>
      ) : (
        <div class="stack">
          {isCameraOpen && <LiveCamera model={model} version={version} />}
          {!isCameraOpen && file && <LivePhoto model={model} version={version} lesson={lesson} file={file} />}
          {!isCameraOpen && !file && <p class="muted">{texts.liveHelp}</p>}
          <div class="row">
            <button type="button" aria-expanded={isCameraOpen} onClick={() => onCamera(!isCameraOpen)}>
              {isCameraOpen ? texts.closeCamera : texts.liveCamera}
            </button>
            <FileButton text={texts.livePhoto} label={texts.steps.live} onFiles={take} />
          </div>
        </div>
      )}
    </section>
  );
}

interface Asked {
  readonly model: string;
  readonly version: number | undefined;
}

function LiveCamera({ model, version }: Asked) {
  const camera = useCamera();
  const [answer, setAnswer] = useState<Classification>();
  const [error, setError] = useState<unknown>();
  const isOn = camera.state === 'on';
  useEffect(() => {
    if (!isOn) return undefined;
    const { signal, abort } = abortable();
    const watch = async (): Promise<void> => {
      while (!signal.aborted) {
        const file = await camera.shoot('camera.jpg');
        setAnswer(
          await taxon.value.classify(file, {
            model,
            ...(version !== undefined && { version }),
            shrink: shortSide,
            signal,
          }),
        );
        setError(undefined);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    watch().catch((failure: unknown) => signal.aborted || setError(failure));
    return abort;
  }, [isOn, model, version]);
  return (
    <>
      <Viewfinder camera={camera} />
      {error !== undefined && <ProblemNote error={error} />}
      {answer && <Says answer={answer} />}
    </>
  );
}

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

function LivePhoto({ model, version, lesson, file }: Asked & { lesson: number; file: File }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  const { data, error, reload } = useLoad(
    (signal) => taxon.value.classify(file, { model, ...(version !== undefined && { version }), shrink: true, signal }),
    [file, model, version, lesson],
  );
  return (
    <>
      {url && <img class="live-photo" src={url} alt={texts.livePhotoOf(file.name)} />}
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data && <Says answer={data} />}
    </>
  );
}

/** Read out when the best class changes. */
const Says = ({ answer: { predictions } }: { answer: Classification }) => (
  <div class="live-answer">
    <p role="status">
      <strong>{predictions[0]?.label}</strong>
    </p>
    <Bars predictions={predictions} />
  </div>
);
