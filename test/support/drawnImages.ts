// Images drawn for the tests that need "an image" and do not care which.
import sharp from 'sharp';

/** A JPEG of a coloured disc on a plain ground; `hue` 0..359 makes it different. */
export function drawJpeg(hue: number, width = 320, height = 240): Promise<Buffer> {
  const svg = `<svg width="${width}" height="${height}"><rect width="100%" height="100%" fill="hsl(${hue} 40% 80%)"/><circle cx="50%" cy="50%" r="30%" fill="hsl(${(hue + 180) % 360} 70% 40%)"/></svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 90 }).toBuffer();
}
