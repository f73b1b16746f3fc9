// The camera of a class: one photo at a press, several while the button is held.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useCamera } from '../../camera.js';
import { Viewfinder } from '../../components/viewfinder.js';
import { strings } from '../../strings/index.js';

const texts = strings.teach;

/** Between two photos while the button is held. */
const intervalMs = 250;

export function Shutter({ label, onShot }: { label: string; onShot: (file: File) => void }) {
  const camera = useCamera();
  const [isHeld, setIsHeld] = useState(false);
  const shots = useRef(0);
  const shoot = (): void => {
    // Names must differ within a visit; the server knows images by their content.
    void camera.shoot(`${label} ${Date.now()} ${++shots.current}.jpg`).then(onShot);
  };
  useEffect(() => {
    if (!isHeld) return undefined;
    shoot();
    const timer = setInterval(shoot, intervalMs);
    return () => clearInterval(timer);
  }, [isHeld]);
  const release = (): void => setIsHeld(false);
  const isShutterKey = ({ key }: KeyboardEvent): boolean => key === ' ' || key === 'Enter';
  return (
    <Viewfinder camera={camera}>
      <button
        type="button"
        class="primary shutter"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setIsHeld(true);
        }}
        onPointerUp={release}
        onPointerCancel={release}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={(event) => isShutterKey(event) && setIsHeld(true)}
        onKeyUp={release}
        onBlur={release}
      >
        {texts.hold}
      </button>
    </Viewfinder>
  );
}
