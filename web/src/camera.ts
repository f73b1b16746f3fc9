// The camera of the device as state: a stream in a <video>, another camera on request, still images of what it shows.
import type { RefObject } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Camera {
  /** For the <video> that shows it. */
  readonly video: RefObject<HTMLVideoElement | null>;
  /** `refused`: by the user or the browser's rules; `missing`: no camera, or a page that came without TLS, which gets none. */
  readonly state: 'starting' | 'on' | 'refused' | 'missing';
  /** The picture faces the user and is shown as in a mirror. */
  readonly isMirrored: boolean;
  /** Goes from front to back, or to the next camera; absent where there is but one. */
  readonly switchOver: (() => void) | undefined;
  /** What it shows now as a JPEG named `name`. */
  readonly shoot: (name: string) => Promise<File>;
}

/** On as long as the component is there. */
export function useCamera(): Camera {
  const video = useRef<HTMLVideoElement>(null);
  const [wanted, setWanted] = useState<MediaTrackConstraints>({ facingMode: 'environment' });
  const [state, setState] = useState<Camera['state']>('starting');
  const [track, setTrack] = useState<MediaStreamTrack>();
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);

  useEffect(() => {
    const controller = new AbortController();
    setState('starting');
    void openCamera(wanted, controller.signal).then(async (opened) => {
      if (controller.signal.aborted) return;
      if (typeof opened === 'string') {
        setState(opened);
        return;
      }
      video.current!.srcObject = opened;
      await video.current!.play().catch(() => undefined);
      setTrack(opened.getVideoTracks()[0]);
      setDevices((await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput'));
      setState('on');
    });
    return () => controller.abort();
  }, [wanted]);

  const shoot = useCallback((name: string) => stillOf(video.current!, name), []);
  const switchOver = (): void => setWanted(track === undefined ? wanted : otherThan(track, devices));
  return {
    video,
    state,
    isMirrored: track?.getSettings().facingMode === 'user',
    switchOver: devices.length > 1 ? switchOver : undefined,
    shoot,
  };
}

/** The stream stops when `signal` says so. */
async function openCamera(
  wanted: MediaTrackConstraints,
  signal: AbortSignal,
): Promise<MediaStream | 'refused' | 'missing'> {
  // Browsers hide mediaDevices from pages without TLS.
  if (!('mediaDevices' in navigator)) return 'missing';
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { ...wanted, width: { ideal: 1280 } } });
    const stop = (): void => stream.getTracks().forEach((track) => track.stop());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    return stream;
  } catch (error) {
    return (error as DOMException).name === 'NotAllowedError' ? 'refused' : 'missing';
  }
}

/** Phones say which way a camera looks; of other cameras the next. */
function otherThan(track: MediaStreamTrack, devices: readonly MediaDeviceInfo[]): MediaTrackConstraints {
  const { facingMode, deviceId } = track.getSettings();
  if (facingMode !== undefined) return { facingMode: facingMode === 'user' ? 'environment' : 'user' };
  const at = devices.findIndex((device) => device.deviceId === deviceId);
  return { deviceId: { exact: devices[(at + 1) % devices.length]!.deviceId } };
}

async function stillOf(video: HTMLVideoElement, name: string): Promise<File> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext('2d')!.drawImage(video, 0, 0);
  return new File([await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })], name, { type: 'image/jpeg' });
}
