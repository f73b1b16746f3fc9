// The sample images of the page's view Try, drawn here so that anybody may ship them: `node dist/scripts/drawSamples.js` writes
// web/public/samples. Each is a garment on a wall or a floor, with folds, a weave and a shadow, as a photo of one has.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';

const side = 480;

interface Drawing {
  /** Of the cloth, and of what lies behind it. */
  readonly colour: string;
  readonly ground: string;
  /** The outline of the garment, and the lines drawn on it: seams, folds, pleats. SVG path data on 480 × 480. */
  readonly outline: string;
  readonly details: string;
}

const drawings: Readonly<Record<string, Drawing>> = {
  't-shirt': {
    colour: '#2f6f9f',
    ground: '#d9d2c6',
    outline:
      'M176 84 Q240 124 304 84 L352 104 L424 196 L364 240 L340 208 Q336 300 346 408 Q240 424 134 408 Q144 300 140 208 L116 240 L56 196 L128 104 Z',
    details:
      '<path d="M176 84 Q240 140 304 84"/><path d="M183 92 Q240 150 297 92"/><path d="M140 208 Q138 160 150 124"/><path d="M340 208 Q342 160 330 124"/><path d="M64 188 L122 230"/><path d="M416 188 L358 230"/><path d="M135 398 Q240 414 345 398"/><path d="M190 240 Q210 320 180 390" opacity=".5"/><path d="M290 230 Q270 310 300 392" opacity=".5"/>',
  },
  pants: {
    colour: '#33475f',
    ground: '#cfc8bb',
    outline:
      'M164 48 L316 48 Q330 130 336 240 Q342 350 338 446 L266 448 Q262 330 242 190 L238 190 Q218 330 214 448 L142 446 Q138 350 144 240 Q150 130 164 48 Z',
    details:
      '<path d="M163 74 L317 74"/><path d="M240 48 L240 190"/><path d="M244 76 Q262 110 242 150"/><path d="M170 78 Q176 112 154 124"/><path d="M310 78 Q304 112 326 124"/><path d="M143 434 L214 436"/><path d="M266 436 L338 434"/><path d="M184 150 Q176 300 180 430" opacity=".5"/><path d="M296 150 Q304 300 300 430" opacity=".5"/><circle cx="240" cy="61" r="5" fill="#b98"/>',
  },
  dress: {
    colour: '#a33f5c',
    ground: '#e3ddd3',
    outline:
      'M196 50 L208 50 Q216 104 240 108 Q264 104 272 50 L284 50 Q290 100 306 128 Q296 170 288 200 Q330 320 372 430 Q240 462 108 430 Q150 320 192 200 Q184 170 174 128 Q190 100 196 50 Z',
    details:
      '<path d="M192 200 Q240 212 288 200"/><path d="M193 208 Q240 220 287 208"/><path d="M212 212 Q190 330 170 436"/><path d="M240 214 Q238 330 232 444"/><path d="M268 212 Q290 330 310 436"/><path d="M200 212 Q166 330 136 430" opacity=".5"/><path d="M282 212 Q320 330 346 428" opacity=".5"/>',
  },
  shorts: {
    colour: '#8a8455',
    ground: '#dad6d2',
    outline:
      'M132 112 L348 112 Q366 210 392 340 L262 364 Q256 280 242 244 L238 244 Q224 280 218 364 L88 340 Q114 210 132 112 Z',
    details:
      '<path d="M129 140 L351 140"/><path d="M240 112 L240 244"/><path d="M244 142 Q262 176 242 212"/><path d="M140 144 Q148 186 116 204"/><path d="M340 144 Q332 186 364 204"/><path d="M92 324 L218 348"/><path d="M262 348 L388 324"/><path d="M222 112 Q214 160 228 190"/><path d="M258 112 Q268 160 250 196"/>',
  },
  hat: {
    colour: '#b9975f',
    ground: '#d4dade',
    outline:
      'M150 262 Q152 132 200 122 Q240 140 280 122 Q328 132 330 262 Q420 276 446 306 Q380 356 240 358 Q100 356 34 306 Q60 276 150 262 Z',
    details:
      '<path d="M150 262 Q240 296 330 262 L330 228 Q240 258 150 228 Z" fill="#3a2a20" stroke="none"/><path d="M200 122 Q240 170 280 122"/><path d="M70 306 Q240 352 410 306" opacity=".5"/><path d="M150 262 Q240 298 330 262"/>',
  },
  longsleeve: {
    colour: '#7d8a6a',
    ground: '#ddd8d0',
    outline:
      'M182 72 Q240 104 298 72 L346 92 Q380 130 394 210 L420 392 L372 402 L338 226 Q334 320 342 420 Q240 434 138 420 Q146 320 142 226 L108 402 L60 392 L86 210 Q100 130 134 92 Z',
    details:
      '<path d="M182 72 Q240 124 298 72"/><path d="M188 80 Q240 136 292 80"/><path d="M142 226 Q140 160 154 112"/><path d="M338 226 Q340 160 326 112"/><path d="M63 378 L111 388"/><path d="M417 378 L369 388"/><path d="M139 408 Q240 422 341 408"/><path d="M190 250 Q206 330 182 404" opacity=".5"/><path d="M290 240 Q274 320 300 404" opacity=".5"/>',
  },
};

/** Cloth: its outline filled, light from above, a weave of fine noise over it, its lines dark, and its shadow behind. */
function svgOf({ colour, ground, outline, details }: Drawing): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">
  <defs>
    <linearGradient id="light" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".28"/><stop offset="1" stop-color="#000" stop-opacity=".3"/></linearGradient>
    <radialGradient id="room" cx=".4" cy=".35" r=".9"><stop offset="0" stop-color="#fff" stop-opacity=".25"/><stop offset="1" stop-color="#000" stop-opacity=".22"/></radialGradient>
    <filter id="blur"><feGaussianBlur stdDeviation="9"/></filter>
    <filter id="soft"><feGaussianBlur stdDeviation="5"/></filter>
    <filter id="weave"><feTurbulence type="fractalNoise" baseFrequency=".5 .7" numOctaves="2" seed="3"/><feColorMatrix values="0 0 0 0 0  0 0 0 0 0  0 0 0 0 0  .5 0 0 0 -.12"/></filter>
    <filter id="folds"><feTurbulence type="fractalNoise" baseFrequency=".012 .006" numOctaves="3" seed="5"/><feColorMatrix values="0 0 0 0 0  0 0 0 0 0  0 0 0 0 0  1.8 0 0 0 -.75"/></filter>
    <clipPath id="cloth"><path d="${outline}"/></clipPath>
  </defs>
  <rect width="100%" height="100%" fill="${ground}"/><rect width="100%" height="100%" fill="url(#room)"/>
  <path d="${outline}" transform="translate(9 13)" fill="#000" opacity=".4" filter="url(#blur)"/>
  <path d="${outline}" fill="${colour}"/>
  <g clip-path="url(#cloth)">
    <rect width="100%" height="100%" filter="url(#folds)" opacity=".55"/>
    <rect width="100%" height="100%" fill="url(#light)"/>
    <path d="${outline}" fill="none" stroke="#000" stroke-width="16" opacity=".28" filter="url(#soft)"/>
    <rect width="100%" height="100%" filter="url(#weave)" opacity=".3"/>
  </g>
  <g fill="none" stroke="#000" stroke-opacity=".45" stroke-width="2.2" stroke-linecap="round">${details}</g>
</svg>`;
}

export const garments = Object.keys(drawings);

/** A JPEG of one of the garments; each `variant` has another colour, light and place, and no two are equal. */
export const drawGarment = (name: string, variant: number): Promise<Buffer> =>
  sharp(Buffer.from(svgOf(drawings[name]!)))
    .modulate({
      hue: (variant * 47) % 360,
      brightness: 0.85 + 0.05 * (variant % 7),
      saturation: 0.7 + 0.1 * (variant % 5),
    })
    .flop(variant % 2 === 1)
    .rotate((variant % 9) - 4, { background: '#cfc8bb' })
    .resize(360, 360, { fit: 'cover' })
    .jpeg({ quality: 85 })
    .toBuffer();

/** Writes NAME.webp for each drawing. */
export async function drawSamples(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, drawing] of Object.entries(drawings))
    await sharp(Buffer.from(svgOf(drawing)))
      .webp({ quality: 72 })
      .toFile(join(directory, `${name}.webp`));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await drawSamples('web/public/samples');
