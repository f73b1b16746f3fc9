// What the camera sees, with the button for the other camera; says in words when there is none.
import type { ComponentChildren } from 'preact';
import type { Camera } from '../camera.js';
import { strings } from '../strings/index.js';
import './viewfinder.css';

const texts = strings.camera;

/** `children`: the buttons below the picture; only there while the camera is on. */
export function Viewfinder({ camera, children }: { camera: Camera; children?: ComponentChildren }) {
  const { state, video, isMirrored, switchOver } = camera;
  if (state === 'refused' || state === 'missing')
    return (
      <p class="note note-warn" role="alert">
        {texts[state]}
      </p>
    );
  return (
    <div class="viewfinder">
      <video ref={video} class={isMirrored ? 'mirrored' : ''} muted playsInline aria-label={texts.picture} />
      <div class="row viewfinder-buttons">
        {state === 'on' ? children : <span role="status">{texts.starting}</span>}
        {switchOver && (
          <button type="button" onClick={switchOver}>
            {texts.switchOver}
          </button>
        )}
      </div>
    </div>
  );
}
