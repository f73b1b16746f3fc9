// Texts around the camera.
export const cameraTexts = {
  picture: 'What the camera sees',
  starting: 'The camera is starting…',
  switchOver: 'Other camera',
  refused: 'The browser may not use the camera. Allow it beside the address of this page, or choose a photo instead.',
  missing:
    'There is no camera here. Browsers also hide it from pages without https, except on localhost; choose a photo instead.',
} as const;
