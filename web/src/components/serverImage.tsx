// An image that the server keeps: of a dataset, or one that waits for review. Its box is there before the image is.
import { useEffect, useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { taxon } from '../session.js';
import { strings } from '../strings/index.js';
import { keptUrl, leaseImage, type FetchImage } from './imageCache.js';
import './serverImage.css';

/** thumbnail: 256 pixels at most; full: as it was uploaded. */
export type ImageSize = 'thumbnail' | 'full';

interface Shown {
  readonly size: ImageSize;
  readonly alt: string;
}

/** Of a dataset, by the image's id. Fetched when it is rendered, given up when it is not any more. */
export const ServerImage = ({ dataset, id, size, alt }: Shown & { dataset: string; id: number }) => (
  <SizedImage of={(wanted) => datasetImage(dataset, id, wanted)} size={size} alt={alt} />
);

/** Of a correction, by its id. */
export const FeedbackImage = ({ id, size, alt }: Shown & { id: number }) => (
  <SizedImage of={(wanted) => reviewImage('feedback', id, wanted)} size={size} alt={alt} />
);

/** Captured of a request, by its id. */
export const CaptureImage = ({ id, size, alt }: Shown & { id: number }) => (
  <SizedImage of={(wanted) => reviewImage('captures', id, wanted)} size={size} alt={alt} />
);

/** Fetches an image that will be shown next; the result takes it back. */
export const preloadServerImage = (dataset: string, id: number, size: ImageSize): (() => void) =>
  preload(datasetImage(dataset, id, size));

/** As preloadServerImage, of a correction. */
export const preloadFeedbackImage = (id: number, size: ImageSize): (() => void) =>
  preload(reviewImage('feedback', id, size));

/** As preloadServerImage, of a captured image. */
export const preloadCaptureImage = (id: number, size: ImageSize): (() => void) =>
  preload(reviewImage('captures', id, size));

function preload({ address, fetchImage }: Fetchable): () => void {
  const lease = leaseImage(address, fetchImage);
  // Whoever shows it says what went wrong.
  lease.url.catch(() => undefined);
  return lease.release;
}

interface Fetchable {
  readonly address: string;
  readonly fetchImage: FetchImage;
}

function datasetImage(name: string, id: number, size: ImageSize): Fetchable {
  const path = `/v1/admin/datasets/{name}/images/{id}/${size === 'full' ? 'file' : 'thumbnail'}` as const;
  return {
    address: `${name}/${id}/${size}`,
    fetchImage: async (signal) =>
      blobOf(await taxon.value.api.GET(path, { params: { path: { name, id } }, parseAs: 'blob', signal })),
  };
}

function reviewImage(queue: 'feedback' | 'captures', id: number, size: ImageSize): Fetchable {
  const path = `/v1/admin/${queue}/{id}/${size === 'full' ? 'image' : 'thumbnail'}` as const;
  return {
    address: `/${queue}/${id}/${size}`,
    fetchImage: async (signal) =>
      blobOf(await taxon.value.api.GET(path, { params: { path: { id } }, parseAs: 'blob', signal })),
  };
}

/** The schema of a binary answer is a string; asked for as a Blob, it is one. */
export const blobOf = (answer: Parameters<typeof dataOf>[0]): Blob => dataOf(answer) as Blob;

/** Formats that the server reads and the browser does not are seen as their thumbnail, which is always WebP. */
function SizedImage({ of, size, alt }: Shown & { of: (size: ImageSize) => Fetchable }) {
  const wanted = of(size);
  const fallback = size === 'full' ? of('thumbnail') : undefined;
  return <FetchedImage key={wanted.address} {...wanted} alt={alt} fallback={fallback} />;
}

type FetchedImageProps = Fetchable & { readonly alt: string; readonly fallback?: Fetchable | undefined };

function FetchedImage({ address, fetchImage, alt, fallback }: FetchedImageProps) {
  const [url, setUrl] = useState(() => keptUrl(address));
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let shown = true;
    const lease = leaseImage(address, fetchImage);
    lease.url.then(
      (loaded) => shown && setUrl(loaded),
      () => shown && setFailed(true),
    );
    return () => {
      shown = false;
      lease.release();
    };
  }, [address]);
  if (failed && fallback) return <FetchedImage key={fallback.address} {...fallback} alt={alt} />;
  const soon = url ?? (fallback && keptUrl(fallback.address));
  if (soon !== undefined && !failed)
    return <img class="server-image" src={soon} alt={alt} decoding="async" onError={() => setFailed(true)} />;
  return (
    <span class="server-image" {...(alt === '' ? { 'aria-hidden': true } : { role: 'img', 'aria-label': alt })}>
      {failed && <span class="muted">{strings.shell.noImage}</span>}
    </span>
  );
}
