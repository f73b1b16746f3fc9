// Files dropped on the page or pasted into it, as the browser would hand them over.
import type { Page } from 'playwright-core';

export interface DroppedFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly type?: string;
}

const transferOf = (files: readonly DroppedFile[]): string => `(() => {
  const transfer = new DataTransfer();
  for (const { name, type, base64 } of ${JSON.stringify(
    files.map(({ name, bytes, type = 'image/png' }) => ({ name, type, base64: bytes.toString('base64') })),
  )})
    transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
  return transfer;
})()`;

/** On the element of `selector`: first held over it, then let go. */
export async function dropFiles(page: Page, selector: string, files: readonly DroppedFile[]): Promise<void> {
  const dataTransfer = await page.evaluateHandle(transferOf(files));
  await page.dispatchEvent(selector, 'dragover', { dataTransfer });
  await page.dispatchEvent(selector, 'drop', { dataTransfer });
}

/** A PNG, through the clipboard and the keyboard. */
export async function pasteImage(page: Page, bytes: Buffer): Promise<void> {
  await page.evaluate(`navigator.clipboard.write([new ClipboardItem({
    'image/png': new Blob([Uint8Array.from(atob('${bytes.toString('base64')}'), (c) => c.charCodeAt(0))], { type: 'image/png' }),
  })])`);
  await page.keyboard.press('ControlOrMeta+v');
}
